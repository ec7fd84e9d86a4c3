;; Walks JSON objects and notes where the values of a few of their members stand. Loaded by json-walk.ts and record-run.ts,
;; which also say what stands where in the memory; docs/decisions/scan.md says why this is WebAssembly.
;;
;; Behind the bytes that are walked stand 64 bytes of 0, which no text, number or blank goes on over: nothing here
;; has to look at where they end.
;;
;; Memory:
;;   0x0000  by member: start and end of its text (i32 each); start 0: absent
;;   0x0100  what a run of records is told and tells; see $run
;;   0x0200  by hash of a key: number of the member + 1, 0: none; the next place where it is taken
;;   0x0400  by member, 32 bytes: length of its key, depth, kind, 0, then the key
;;   0x1000  by hash of a text: address of what is remembered of it, 0: nothing
;;   0x9000  what is remembered, one behind the other: hash, group * 65536 + length, value (i32 each), then the text
;;   0x70000 by kind of head: how many sets of needs it has, then the sets (i32 each, a bit for each need)
;;   0x80000 by hash of a head: the head + 1, 0: none; the address of its kind; the next place where it is taken
;;   0x90000 by note: id (16 bytes)
;;   0xa0000 by note: hash of the record (i32)
;;   0xa8000 by note: offset of the record (f64)
;;   0xb0000 the bytes that are walked
(module
  (memory (export "memory") 32)

  ;; Index behind the object that starts at $start, or 0: not valid, not at its end, nested deeper than 30, or with
  ;; something in it that makes the members uncertain (a key twice or with an escape, another type of value).
  (func $walk (export "walk") (param $start i32) (result i32)
    (local $at i32) (local $depth i32) (local $kinds i32) (local $state i32) (local $member i32) (local $inside i32)
    (local $c i32) (local $from i32) (local $v v128) (local $escaped i32) (local $kind i32) (local $mask i32)
    (local $quotes v128) (local $slashes v128) (local $controls v128)
    (v128.store (i32.const 0) (local.get $v))
    (v128.store offset=16 (i32.const 0) (local.get $v))
    (v128.store offset=32 (i32.const 0) (local.get $v))
    (v128.store offset=48 (i32.const 0) (local.get $v))
    (v128.store offset=64 (i32.const 0) (local.get $v))
    (v128.store offset=80 (i32.const 0) (local.get $v))
    (v128.store offset=96 (i32.const 0) (local.get $v))
    (v128.store offset=112 (i32.const 0) (local.get $v))
    (v128.store offset=128 (i32.const 0) (local.get $v))
    (v128.store offset=144 (i32.const 0) (local.get $v))
    (v128.store offset=160 (i32.const 0) (local.get $v))
    (v128.store offset=176 (i32.const 0) (local.get $v))
    (v128.store offset=192 (i32.const 0) (local.get $v))
    (v128.store offset=208 (i32.const 0) (local.get $v))
    (v128.store offset=224 (i32.const 0) (local.get $v))
    (v128.store offset=240 (i32.const 0) (local.get $v))
    (local.set $quotes (i8x16.splat (i32.const 0x22)))
    (local.set $slashes (i8x16.splat (i32.const 0x5c)))
    (local.set $controls (i8x16.splat (i32.const 0x1f)))
    (local.set $at (i32.add (local.get $start) (i32.const 1)))
    (local.set $depth (i32.const 1))
    (local.set $kinds (i32.const 1))
    (local.set $member (i32.const -1))
    ;; $state: 0 first key or end, 1 key, 2 value, 3 first value or end, 4 comma or end
    (block $broken
      (loop $next
        (block $to_key
          (local.set $c (i32.load8_u (local.get $at)))
          (if (i32.eq (local.get $state) (i32.const 4)) (then
            (if (i32.eq (local.get $c) (i32.const 0x2c)) (then
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (local.set $state (i32.sub (i32.const 2) (i32.and (local.get $kinds) (i32.const 1))))
              (br_if $next (i32.or
                (i32.ne (local.get $state) (i32.const 1))
                (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22))))
              (br $to_key)))
            (if (i32.eq (i32.and (local.get $c) (i32.const 0xdf)) (i32.const 0x5d)) (then
              ;; } or ], as what is open says
              (br_if $broken (i32.ne
                (i32.and (local.get $kinds) (i32.const 1))
                (i32.eq (local.get $c) (i32.const 0x7d))))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
              (local.set $kinds (i32.shr_u (local.get $kinds) (i32.const 1)))
              (local.set $inside (i32.and (local.get $inside) (i32.gt_u (local.get $depth) (i32.const 1))))
              (br_if $next (local.get $depth))
              (return (local.get $at)))))
          (else (if (i32.le_u (local.get $state) (i32.const 1)) (then
            (br_if $to_key (i32.eq (local.get $c) (i32.const 0x22)))
            (if (i32.and (i32.eq (local.get $c) (i32.const 0x7d)) (i32.eqz (local.get $state))) (then
              (local.set $state (i32.const 4))
              (br $next))))
          (else
            (if (i32.eq (local.get $c) (i32.const 0x22)) (then
              (local.set $from (i32.add (local.get $at) (i32.const 1)))
              (local.set $at (call $plain_end (local.get $from)))
              (local.set $escaped (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22)))
              (if (local.get $escaped) (then
                (local.set $at (call $string_end (local.get $at)))
                (br_if $broken (i32.eqz (local.get $at)))))
              (if (i32.ge_s (local.get $member) (i32.const 0)) (then
                (br_if $broken (local.get $escaped))
                (br_if $broken (call $kind_of (local.get $member)))
                (i32.store (i32.shl (local.get $member) (i32.const 3)) (local.get $from))
                (i32.store offset=4 (i32.shl (local.get $member) (i32.const 3)) (local.get $at))
                (local.set $member (i32.const -1))))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (local.set $state (i32.const 4))
              (br $next)))
            (if (i32.eq (i32.and (local.get $c) (i32.const 0xdf)) (i32.const 0x5b)) (then
              ;; { or [
              (br_if $broken (i32.eq (local.get $depth) (i32.const 30)))
              (local.set $kind (i32.eq (local.get $c) (i32.const 0x7b)))
              (if (i32.ge_s (local.get $member) (i32.const 0)) (then
                (br_if $broken (i32.ne (call $kind_of (local.get $member)) (i32.const 1)))
                (br_if $broken (i32.eqz (local.get $kind)))
                (i32.store (i32.shl (local.get $member) (i32.const 3)) (local.get $at))
                (local.set $inside (i32.const 1))
                (local.set $member (i32.const -1))))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (local.set $depth (i32.add (local.get $depth) (i32.const 1)))
              (local.set $kinds (i32.or (i32.shl (local.get $kinds) (i32.const 1)) (local.get $kind)))
              (local.set $state (i32.mul (i32.sub (i32.const 1) (local.get $kind)) (i32.const 3)))
              (br $next)))
            (if (i32.and (i32.eq (local.get $c) (i32.const 0x5d)) (i32.eq (local.get $state) (i32.const 3))) (then
              (local.set $state (i32.const 4))
              (br $next)))
            (if (i32.eqz (call $is_blank (local.get $c))) (then
              (local.set $at (call $word_end (local.get $at)))
              (br_if $broken (i32.eqz (local.get $at)))
              (if (i32.ge_s (local.get $member) (i32.const 0)) (then
                ;; null is as good as absent
                (br_if $broken (i32.ne (local.get $c) (i32.const 0x6e)))
                (local.set $member (i32.const -1))))
              (local.set $state (i32.const 4))
              (br $next)))))))
          (br_if $broken (i32.eqz (call $is_blank (local.get $c))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next))
        ;; Members of an object, from quote to quote: most of what is walked, so it is written out here.
        (loop $key
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $from (local.get $at))
          (local.set $mask
            (i32.or
              (i8x16.bitmask (v128.or
                (v128.or (i8x16.eq (local.tee $v (v128.load (local.get $at))) (local.get $quotes)) (i8x16.eq (local.get $v) (local.get $slashes)))
                (i8x16.le_u (local.get $v) (local.get $controls))))
              (i32.shl (i8x16.bitmask (v128.or
                (v128.or (i8x16.eq (local.tee $v (v128.load offset=16 (local.get $at))) (local.get $quotes)) (i8x16.eq (local.get $v) (local.get $slashes)))
                (i8x16.le_u (local.get $v) (local.get $controls)))) (i32.const 16))))
          (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $mask))))
          (if (i32.eqz (local.get $mask)) (then (local.set $at (call $plain_end (local.get $at)))))
          (br_if $broken (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22)))
          (local.set $member (i32.const -1))
          (if (i32.eq (local.get $depth) (i32.add (local.get $inside) (i32.const 1))) (then
            (local.set $member (call $member_of (local.get $from) (local.get $at) (local.get $depth)))
            (if (i32.ge_s (local.get $member) (i32.const 0)) (then
              (br_if $broken (i32.load (i32.shl (local.get $member) (i32.const 3))))
              (br_if $broken (i32.eq (call $kind_of (local.get $member)) (i32.const 2)))))))
          (loop $colon
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (local.set $c (i32.load8_u (local.get $at)))
            (if (i32.ne (local.get $c) (i32.const 0x3a)) (then
              (br_if $colon (call $is_blank (local.get $c)))
              (br $broken))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $state (i32.const 2))
          (br_if $next (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $from (local.get $at))
          (local.set $mask
            (i32.or
              (i8x16.bitmask (v128.or
                (v128.or (i8x16.eq (local.tee $v (v128.load (local.get $at))) (local.get $quotes)) (i8x16.eq (local.get $v) (local.get $slashes)))
                (i8x16.le_u (local.get $v) (local.get $controls))))
              (i32.shl (i8x16.bitmask (v128.or
                (v128.or (i8x16.eq (local.tee $v (v128.load offset=16 (local.get $at))) (local.get $quotes)) (i8x16.eq (local.get $v) (local.get $slashes)))
                (i8x16.le_u (local.get $v) (local.get $controls)))) (i32.const 16))))
          (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $mask))))
          (if (i32.eqz (local.get $mask)) (then (local.set $at (call $plain_end (local.get $at)))))
          (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22)) (then
            (br_if $broken (i32.ge_s (local.get $member) (i32.const 0)))
            (local.set $at (call $string_end (local.get $at)))
            (br_if $broken (i32.eqz (local.get $at)))))
          (if (i32.ge_s (local.get $member) (i32.const 0)) (then
            (br_if $broken (call $kind_of (local.get $member)))
            (i32.store (i32.shl (local.get $member) (i32.const 3)) (local.get $from))
            (i32.store offset=4 (i32.shl (local.get $member) (i32.const 3)) (local.get $at))
            (local.set $member (i32.const -1))))
          ;; ","
          (if (i32.eq (i32.and (i32.load align=1 (local.get $at)) (i32.const 0xffffff)) (i32.const 0x222c22)) (then
            (local.set $at (i32.add (local.get $at) (i32.const 2)))
            (br $key)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $state (i32.const 4))
          (br $next))))
    (i32.const 0))

  (func $is_blank (param $c i32) (result i32)
    (i32.or
      (i32.or (i32.eq (local.get $c) (i32.const 0x20)) (i32.eq (local.get $c) (i32.const 0x0a)))
      (i32.or (i32.eq (local.get $c) (i32.const 0x0d)) (i32.eq (local.get $c) (i32.const 0x09)))))

  (func $kind_of (param $member i32) (result i32)
    (i32.load8_u offset=0x402 (i32.shl (local.get $member) (i32.const 5))))

  ;; Index of the first quote, backslash or control character.
  (func $plain_end (param $at i32) (result i32)
    (local $v v128) (local $mask i32)
    (loop $more
      (local.set $v (v128.load (local.get $at)))
      (local.set $mask (i8x16.bitmask (v128.or
        (v128.or
          (i8x16.eq (local.get $v) (i8x16.splat (i32.const 0x22)))
          (i8x16.eq (local.get $v) (i8x16.splat (i32.const 0x5c))))
        (i8x16.le_u (local.get $v) (i8x16.splat (i32.const 0x1f))))))
      (if (local.get $mask) (then (return (i32.add (local.get $at) (i32.ctz (local.get $mask))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $more))
    (unreachable))

  ;; Index of the quote that ends a string which has an escape at $at; 0: none does.
  (func $string_end (param $at i32) (result i32)
    (loop $more
      (local.set $at (call $escape_end (local.get $at)))
      (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))
      (local.set $at (call $plain_end (local.get $at)))
      (br_if $more (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22))))
    (local.get $at))

  ;; Index behind the escape at $at; 0: it is none.
  (func $escape_end (param $at i32) (result i32)
    (local $c i32) (local $end i32)
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x5c)) (then (return (i32.const 0))))
    (local.set $c (i32.load8_u offset=1 (local.get $at)))
    (local.set $at (i32.add (local.get $at) (i32.const 2)))
    (if (i32.eq (local.get $c) (i32.const 0x75)) (then
      (local.set $end (i32.add (local.get $at) (i32.const 4)))
      (loop $digit
        (local.set $c (i32.load8_u (local.get $at)))
        (if (i32.eqz (i32.or
              (i32.lt_u (i32.sub (local.get $c) (i32.const 0x30)) (i32.const 10))
              (i32.lt_u (i32.sub (i32.or (local.get $c) (i32.const 0x20)) (i32.const 0x61)) (i32.const 6))))
          (then (return (i32.const 0))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $digit (i32.lt_u (local.get $at) (local.get $end))))
      (return (local.get $at))))
    ;; " / \ b f n r t
    (if (i32.or
          (i32.or
            (i32.or (i32.eq (local.get $c) (i32.const 0x22)) (i32.eq (local.get $c) (i32.const 0x2f)))
            (i32.or (i32.eq (local.get $c) (i32.const 0x5c)) (i32.eq (local.get $c) (i32.const 0x62))))
          (i32.or
            (i32.or (i32.eq (local.get $c) (i32.const 0x66)) (i32.eq (local.get $c) (i32.const 0x6e)))
            (i32.or (i32.eq (local.get $c) (i32.const 0x72)) (i32.eq (local.get $c) (i32.const 0x74)))))
      (then (return (local.get $at))))
    (i32.const 0))

  ;; Index behind the number, true, false or null at $at; 0: it is none.
  (func $word_end (param $at i32) (result i32)
    (local $c i32) (local $from i32)
    (local.set $c (i32.load8_u (local.get $at)))
    (if (i32.eq (local.get $c) (i32.const 0x74)) (then
      (return (select (i32.add (local.get $at) (i32.const 4)) (i32.const 0)
        (i32.eq (i32.load (local.get $at)) (i32.const 0x65757274))))))
    (if (i32.eq (local.get $c) (i32.const 0x6e)) (then
      (return (select (i32.add (local.get $at) (i32.const 4)) (i32.const 0)
        (i32.eq (i32.load (local.get $at)) (i32.const 0x6c6c756e))))))
    (if (i32.eq (local.get $c) (i32.const 0x66)) (then
      (return (select (i32.add (local.get $at) (i32.const 5)) (i32.const 0)
        (i32.eq (i32.load offset=1 (local.get $at)) (i32.const 0x65736c61))))))
    (if (i32.eq (local.get $c) (i32.const 0x2d)) (then
      (local.set $at (i32.add (local.get $at) (i32.const 1)))))
    (local.set $from (local.get $at))
    (local.set $at (call $digits_end (local.get $at)))
    (if (i32.eq (local.get $at) (local.get $from)) (then (return (i32.const 0))))
    ;; no leading zero
    (if (i32.and
          (i32.eq (i32.load8_u (local.get $from)) (i32.const 0x30))
          (i32.gt_u (i32.sub (local.get $at) (local.get $from)) (i32.const 1)))
      (then (return (i32.const 0))))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2e)) (then
      (local.set $from (i32.add (local.get $at) (i32.const 1)))
      (local.set $at (call $digits_end (local.get $from)))
      (if (i32.eq (local.get $at) (local.get $from)) (then (return (i32.const 0))))))
    (if (i32.eq (i32.or (i32.load8_u (local.get $at)) (i32.const 0x20)) (i32.const 0x65)) (then
      (local.set $from (i32.add (local.get $at) (i32.const 1)))
      (local.set $c (i32.load8_u (local.get $from)))
      (local.set $from (i32.add (local.get $from)
        (i32.or (i32.eq (local.get $c) (i32.const 0x2b)) (i32.eq (local.get $c) (i32.const 0x2d)))))
      (local.set $at (call $digits_end (local.get $from)))
      (if (i32.eq (local.get $at) (local.get $from)) (then (return (i32.const 0))))))
    (local.get $at))

  (func $digits_end (param $at i32) (result i32)
    (loop $more
      (if (i32.lt_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x30)) (i32.const 10)) (then
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $more))))
    (local.get $at))

  ;; Number of the member whose key this is, -1: of none.
  (func $member_of (param $from i32) (param $to i32) (param $depth i32) (result i32)
    (local $place i32) (local $length i32) (local $member i32) (local $about i32) (local $index i32)
    (local.set $length (i32.sub (local.get $to) (local.get $from)))
    (if (i32.gt_u (local.get $length) (i32.const 28)) (then (return (i32.const -1))))
    (local.set $place (call $key_place (local.get $to) (local.get $length) (local.get $depth)))
    (block $none (loop $probe
      (local.set $member (i32.sub (i32.load8_u offset=0x200 (local.get $place)) (i32.const 1)))
      (br_if $none (i32.lt_s (local.get $member) (i32.const 0)))
      (local.set $about (i32.add (i32.const 0x400) (i32.shl (local.get $member) (i32.const 5))))
      (if (i32.eq
            (i32.load16_u (local.get $about))
            (i32.or (local.get $length) (i32.shl (local.get $depth) (i32.const 8)))) (then
        (if (call $is_same (i32.add (local.get $about) (i32.const 4)) (local.get $from) (local.get $length))
          (then (return (local.get $member))))))
      (local.set $place (i32.and (i32.add (local.get $place) (i32.const 1)) (i32.const 0x1ff)))
      (br $probe)))
    (i32.const -1))

  ;; Where a key has its place: by its last bytes (a quote stands before it), its length and depth.
  (func $key_place (export "keyPlace") (param $to i32) (param $length i32) (param $depth i32) (result i32)
    (i32.shr_u
      (i32.mul
        (i32.add
          (i32.add
            (i32.and (i32.load (i32.sub (local.get $to) (i32.const 4)))
              (select (i32.const -1) (i32.const 0xffffff00) (i32.gt_u (local.get $length) (i32.const 3))))
            (i32.mul (local.get $length) (i32.const 0x01000193)))
          (i32.mul (local.get $depth) (i32.const 0x00abcdef)))
        (i32.const 0x9e3779b1))
      (i32.const 23)))

  (func $is_same (param $a i32) (param $b i32) (param $length i32) (result i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $a) (local.get $length)))
    (block $short
      (br_if $short (i32.lt_u (local.get $length) (i32.const 8)))
      (loop $more
        (if (i64.ne (i64.load align=1 (local.get $a)) (i64.load align=1 (local.get $b)))
          (then (return (i32.const 0))))
        (local.set $a (i32.add (local.get $a) (i32.const 8)))
        (local.set $b (i32.add (local.get $b) (i32.const 8)))
        (br_if $more (i32.le_u (i32.add (local.get $a) (i32.const 8)) (local.get $end))))
      ;; the last 8 bytes, some of them again
      (local.set $b (i32.sub (local.get $b) (i32.sub (i32.add (local.get $a) (i32.const 8)) (local.get $end))))
      (return (i64.eq
        (i64.load align=1 (i32.sub (local.get $end) (i32.const 8)))
        (i64.load align=1 (local.get $b)))))
    (block $different (loop $each
      (if (i32.eq (local.get $a) (local.get $end)) (then (return (i32.const 1))))
      (br_if $different (i32.ne (i32.load8_u (local.get $a)) (i32.load8_u (local.get $b))))
      (local.set $a (i32.add (local.get $a) (i32.const 1)))
      (local.set $b (i32.add (local.get $b) (i32.const 1)))
      (br $each)))
    (i32.const 0))

  ;; A hash of the bytes, by which accidents are told apart, not attacks.
  (func $hash (export "hash") (param $from i32) (param $to i32) (result i32)
    (local $h i64) (local $i i64) (local $j i64) (local $k i64)
    (local.set $h (i64.mul (i64.extend_i32_u (i32.sub (local.get $to) (local.get $from))) (i64.const 0x9e3779b97f4a7c15)))
    ;; four at a time, because each has to wait for its multiplication
    (if (i32.ge_u (i32.sub (local.get $to) (local.get $from)) (i32.const 64)) (then
      (local.set $i (i64.const 0x9e3779b97f4a7c15))
      (local.set $j (i64.const 0xc2b2ae3d27d4eb4f))
      (local.set $k (i64.const 0x165667b19e3779f9))
      (loop $lanes
        (local.set $h (call $mixed (local.get $h) (i64.load align=1 (local.get $from))))
        (local.set $i (call $mixed (local.get $i) (i64.load offset=8 align=1 (local.get $from))))
        (local.set $j (call $mixed (local.get $j) (i64.load offset=16 align=1 (local.get $from))))
        (local.set $k (call $mixed (local.get $k) (i64.load offset=24 align=1 (local.get $from))))
        (local.set $from (i32.add (local.get $from) (i32.const 32)))
        (br_if $lanes (i32.le_u (i32.add (local.get $from) (i32.const 32)) (local.get $to))))
      (local.set $h (call $mixed (call $mixed (call $mixed (local.get $h) (local.get $i)) (local.get $j)) (local.get $k)))))
    (block $tail
      (loop $more
        (br_if $tail (i32.gt_u (i32.add (local.get $from) (i32.const 8)) (local.get $to)))
        (local.set $h (call $mixed (local.get $h) (i64.load align=1 (local.get $from))))
        (local.set $from (i32.add (local.get $from) (i32.const 8)))
        (br $more)))
    (if (i32.lt_u (local.get $from) (local.get $to)) (then
      (local.set $h (call $mixed (local.get $h)
        (i64.and (i64.load align=1 (local.get $from))
          (i64.sub
            (i64.shl (i64.const 1) (i64.extend_i32_u (i32.shl (i32.sub (local.get $to) (local.get $from)) (i32.const 3))))
            (i64.const 1)))))))
    (i32.wrap_i64 (i64.xor (i64.shr_u (local.get $h) (i64.const 32)) (local.get $h))))

  (func $mixed (param $h i64) (param $word i64) (result i64)
    (i64.mul
      (i64.xor (i64.rotl (local.get $h) (i64.const 29)) (local.get $word))
      (i64.const 0xff51afd7ed558ccd)))

  ;; What is remembered of a member's text in its group, or -1.
  (func $recall (export "recall") (param $member i32) (result i32)
    (local $from i32) (local $length i32) (local $hash i32) (local $place i32) (local $entry i32)
    (local.set $from (i32.load (i32.shl (local.get $member) (i32.const 3))))
    (local.set $length (i32.sub (i32.load offset=4 (i32.shl (local.get $member) (i32.const 3))) (local.get $from)))
    (if (i32.gt_u (local.get $length) (i32.const 512)) (then (return (i32.const -1))))
    (local.set $hash (call $hash (local.get $from) (i32.add (local.get $from) (local.get $length))))
    (local.set $length (i32.or (local.get $length) (i32.shl (local.get $member) (i32.const 16))))
    (local.set $place (i32.and (i32.add (local.get $hash) (local.get $member)) (i32.const 0x1fff)))
    (block $none (loop $probe
      (local.set $entry (i32.load offset=0x1000 (i32.shl (local.get $place) (i32.const 2))))
      (br_if $none (i32.eqz (local.get $entry)))
      (if (i32.and
            (i32.eq (i32.load (local.get $entry)) (local.get $hash))
            (i32.eq (i32.load offset=4 (local.get $entry)) (local.get $length))) (then
        (if (call $is_same
              (i32.add (local.get $entry) (i32.const 12))
              (local.get $from)
              (i32.and (local.get $length) (i32.const 0xffff)))
          (then (return (i32.load offset=8 (local.get $entry)))))))
      (local.set $place (i32.and (i32.add (local.get $place) (i32.const 1)) (i32.const 0x1fff)))
      (br $probe)))
    (i32.const -1))

  ;; Takes records in a row, with commas and blanks between them, and notes of each the id, a hash and the offset: the
  ;; members 0 to 3 are its id (a UUID), time, and two texts that are its head; 4 and 5 are texts that no record has
  ;; in one length. Gives the index behind the last one that it noted, and says at 0x130 why it stopped there:
  ;;   0 what follows is none that it could take
  ;;   1 the hour of what follows is another one than at 0x100
  ;;   2 what it noted last may meet all needs of a set that its head has, or there is something of it that was never
  ;;      seen before
  ;;   3 there is no room for more notes
  ;; 0x100  the hour: 13 bytes as in 2023-07-10T11
  ;; 0x110  its microseconds since 1970 (f64)
  ;; 0x118  the newest time of what was noted (f64)
  ;; 0x120  what has to be added to an address to have an offset (f64)
  ;; 0x128  how many notes there are (i32)
  ;; 0x138  the lengths that members 4 and 5 must not have (i32 each)
  ;; 0x140  how many members meet needs (i32), then their numbers (a byte each); what is remembered of their texts is
  ;;        the needs that they meet
  (func (export "run") (param $at i32) (result i32)
    (local $last i32) (local $end i32) (local $c i32) (local $note i32) (local $time i32) (local $seconds i32)
    (local $source i32) (local $name i32)
    (local.set $last (local.get $at))
    (loop $next
      (i32.store (i32.const 0x130) (i32.const 0))
      (loop $between
        (local.set $c (i32.load8_u (local.get $at)))
        (if (i32.or (i32.eq (local.get $c) (i32.const 0x2c)) (call $is_blank (local.get $c))) (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $between))))
      (if (i32.ne (local.get $c) (i32.const 0x7b)) (then (return (local.get $last))))
      (local.set $note (i32.load (i32.const 0x128)))
      (if (i32.eq (local.get $note) (i32.const 0x1000)) (then
        (i32.store (i32.const 0x130) (i32.const 3))
        (return (local.get $last))))
      (local.set $end (call $walk (local.get $at)))
      (if (i32.or
            (i32.eqz (local.get $end))
            (i32.or
              (i32.or (i32.eqz (i32.load (i32.const 0x10))) (i32.eqz (i32.load (i32.const 0x18))))
              (i32.or
                (i32.or (i32.eqz (call $length_of (i32.const 2))) (i32.eqz (call $length_of (i32.const 3))))
                (i32.or
                  (i32.eq (call $length_of (i32.const 4)) (i32.load (i32.const 0x138)))
                  (i32.eq (call $length_of (i32.const 5)) (i32.load (i32.const 0x13c)))))))
        (then (return (local.get $last))))
      (local.set $time (i32.load (i32.const 8)))
      (if (i32.ne (call $length_of (i32.const 1)) (i32.const 20)) (then (return (local.get $last))))
      (local.set $seconds (call $seconds_of (local.get $time)))
      (if (i32.lt_s (local.get $seconds) (i32.const 0)) (then (return (local.get $last))))
      (if (v128.any_true (v128.and
            (v128.xor (v128.load (local.get $time)) (v128.load (i32.const 0x100)))
            (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 0 0 0))) (then
        (i32.store (i32.const 0x130) (i32.const 1))
        (return (local.get $last))))
      (if (i32.ne (call $length_of (i32.const 0)) (i32.const 36)) (then (return (local.get $last))))
      (if (i32.eqz (call $note_id (i32.load (i32.const 0)) (i32.shl (local.get $note) (i32.const 4))))
        (then (return (local.get $last))))
      (i32.store offset=0xa0000 (i32.shl (local.get $note) (i32.const 2)) (call $hash (local.get $at) (local.get $end)))
      (f64.store offset=0xa8000 (i32.shl (local.get $note) (i32.const 3))
        (f64.add (f64.load (i32.const 0x120)) (f64.convert_i32_u (local.get $at))))
      (f64.store (i32.const 0x118) (f64.max
        (f64.load (i32.const 0x118))
        (f64.add
          (f64.load (i32.const 0x110))
          (f64.mul (f64.convert_i32_u (local.get $seconds)) (f64.const 1e6)))))
      (i32.store (i32.const 0x128) (i32.add (local.get $note) (i32.const 1)))
      (local.set $source (call $recall (i32.const 2)))
      (local.set $name (call $recall (i32.const 3)))
      (if (i32.or
            (i32.lt_s (i32.or (local.get $source) (local.get $name)) (i32.const 0))
            (call $may_meet (i32.or (i32.shl (local.get $source) (i32.const 15)) (local.get $name)))) (then
        (i32.store (i32.const 0x130) (i32.const 2))
        (return (local.get $end))))
      (local.set $at (local.get $end))
      (local.set $last (local.get $end))
      (br $next))
    (unreachable))

  ;; Of a member's text; 0: it is absent or empty.
  (func $length_of (param $member i32) (result i32)
    (i32.sub
      (i32.load offset=4 (i32.shl (local.get $member) (i32.const 3)))
      (i32.load (i32.shl (local.get $member) (i32.const 3)))))

  ;; Seconds of the hour in 2023-07-10T11:42:36Z; -1: minute and second are not written so.
  (func $seconds_of (param $time i32) (result i32)
    (local $minute i32) (local $second i32)
    (local.set $minute (call $two_digits (i32.add (local.get $time) (i32.const 14))))
    (local.set $second (call $two_digits (i32.add (local.get $time) (i32.const 17))))
    (if (i32.or
          (i32.or
            (i32.ne (i32.load8_u offset=13 (local.get $time)) (i32.const 0x3a))
            (i32.ne (i32.load8_u offset=16 (local.get $time)) (i32.const 0x3a)))
          (i32.or
            (i32.ne (i32.load8_u offset=19 (local.get $time)) (i32.const 0x5a))
            (i32.or (i32.ge_u (local.get $minute) (i32.const 60)) (i32.ge_u (local.get $second) (i32.const 60)))))
      (then (return (i32.const -1))))
    (i32.add (i32.mul (local.get $minute) (i32.const 60)) (local.get $second)))

  ;; 100 and more: these are none.
  (func $two_digits (param $at i32) (result i32)
    (local $tens i32) (local $ones i32)
    (local.set $tens (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x30)))
    (local.set $ones (i32.sub (i32.load8_u offset=1 (local.get $at)) (i32.const 0x30)))
    (select
      (i32.add (i32.mul (local.get $tens) (i32.const 10)) (local.get $ones))
      (i32.const 100)
      (i32.and (i32.lt_u (local.get $tens) (i32.const 10)) (i32.lt_u (local.get $ones) (i32.const 10)))))

  ;; Notes the 16 bytes of the UUID at $at; 0: it is none in lower case.
  (func $note_id (param $at i32) (param $place i32) (result i32)
    (local $first v128) (local $middle v128) (local $last v128) (local $wrong v128)
    (local.set $first (v128.load (local.get $at)))
    (local.set $middle (v128.load offset=10 (local.get $at)))
    (local.set $last (v128.load offset=20 (local.get $at)))
    (if (i32.or
          (i32.or
            (i32.ne (i32.load8_u offset=8 (local.get $at)) (i32.const 0x2d))
            (i32.ne (i32.load8_u offset=13 (local.get $at)) (i32.const 0x2d)))
          (i32.or
            (i32.ne (i32.load8_u offset=18 (local.get $at)) (i32.const 0x2d))
            (i32.ne (i32.load8_u offset=23 (local.get $at)) (i32.const 0x2d))))
      (then (return (i32.const 0))))
    ;; its digits: 0 to 7, 9 to 12, 14 to 17; 19 to 22, 24 to 35
    (local.set $first (call $digits (i8x16.shuffle 0 1 2 3 4 5 6 7 9 10 11 12 14 15 22 23 (local.get $first) (local.get $middle))))
    (local.set $last (call $digits (i8x16.shuffle 25 0 1 2 4 5 6 7 8 9 10 11 12 13 14 15 (local.get $last) (local.get $middle))))
    (v128.store offset=0x90000 (local.get $place)
      (i8x16.narrow_i16x8_u (call $joined (local.get $first)) (call $joined (local.get $last))))
    (i32.eqz (i8x16.bitmask (v128.or (local.get $first) (local.get $last)))))

  ;; What 16 hexadecimal digits stand for, a byte each; with the highest bit: it is none.
  (func $digits (param $text v128) (result v128)
    (local $number v128) (local $letter v128)
    (local.set $number (i8x16.sub (local.get $text) (i8x16.splat (i32.const 0x30))))
    (local.set $letter (i8x16.sub (local.get $text) (i8x16.splat (i32.const 0x61))))
    (v128.bitselect
      (local.get $number)
      (v128.bitselect
        (i8x16.add (local.get $letter) (i8x16.splat (i32.const 10)))
        (i8x16.splat (i32.const 0x80))
        (i8x16.lt_u (local.get $letter) (i8x16.splat (i32.const 6))))
      (i8x16.lt_u (local.get $number) (i8x16.splat (i32.const 10)))))

  ;; Two digits after the other as one byte, in 16 bits.
  (func $joined (param $digits v128) (result v128)
    (v128.and
      (v128.or
        (i16x8.shl (local.get $digits) (i32.const 4))
        (i16x8.shr_u (local.get $digits) (i32.const 8)))
      (i16x8.splat (i32.const 0xff))))

  ;; 0: the present record's members do not meet all needs of any set of this head.
  (func $may_meet (param $head i32) (result i32)
    (local $kind i32) (local $end i32) (local $met i32) (local $index i32) (local $known i32)
    (local.set $kind (call $kind_of_head (i32.add (local.get $head) (i32.const 1))))
    (if (i32.eqz (local.get $kind)) (then (return (i32.const 1))))
    (if (i32.eqz (i32.load (local.get $kind))) (then (return (i32.const 0))))
    (loop $more
      (if (i32.lt_u (local.get $index) (i32.load (i32.const 0x140))) (then
        (local.set $known (i32.load8_u offset=0x144 (local.get $index)))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br_if $more (i32.eqz (i32.load (i32.shl (local.get $known) (i32.const 3)))))
        (local.set $known (call $recall (local.get $known)))
        (if (i32.lt_s (local.get $known) (i32.const 0)) (then (return (i32.const 1))))
        (local.set $met (i32.or (local.get $met) (local.get $known)))
        (br $more))))
    (local.set $end (i32.add (local.get $kind) (i32.shl (i32.load (local.get $kind)) (i32.const 2))))
    (loop $set
      (local.set $kind (i32.add (local.get $kind) (i32.const 4)))
      (if (i32.eqz (i32.and (i32.load (local.get $kind)) (i32.xor (local.get $met) (i32.const -1))))
        (then (return (i32.const 1))))
      (br_if $set (i32.lt_u (local.get $kind) (local.get $end))))
    (i32.const 0))

  ;; Address of the kind; 0: there is no such head.
  (func $kind_of_head (param $entry i32) (result i32)
    (local $place i32) (local $found i32)
    (local.set $place (call $head_place (local.get $entry)))
    (loop $probe
      (local.set $found (i32.load offset=0x80000 (i32.shl (local.get $place) (i32.const 3))))
      (if (i32.eq (local.get $found) (local.get $entry))
        (then (return (i32.load offset=0x80004 (i32.shl (local.get $place) (i32.const 3))))))
      (local.set $place (i32.and (i32.add (local.get $place) (i32.const 1)) (i32.const 0x1fff)))
      (br_if $probe (local.get $found)))
    (i32.const 0))

  (func $head_place (export "headPlace") (param $entry i32) (result i32)
    (i32.shr_u (i32.mul (local.get $entry) (i32.const 0x9e3779b1)) (i32.const 19)))
)
