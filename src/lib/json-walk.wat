;; Walks one JSON object and notes where the values of a few of its members stand. Loaded by json-walk.ts, which also
;; says what stands where in the memory; docs/decisions/scan.md says why this is WebAssembly.
;;
;; Memory:
;;   0x0000  by member: start and end of its text (i32 each); start 0: absent
;;   0x0200  by hash of a key: number of the member + 1, 0: none; the next place where it is taken
;;   0x0400  by member, 32 bytes: length of its key, depth, kind, 0, then the key
;;   0x1000  by hash of a text: address of what is remembered of it, 0: nothing
;;   0x9000  what is remembered, one behind the other: hash, group * 65536 + length, value (i32 each), then the text
;;   0x80000 the bytes that are walked
(module
  (memory (export "memory") 32)

  ;; Index behind the object that starts at $start, or 0: not valid, not at its end by $limit, nested deeper than 30, or
  ;; with something in it that makes the members uncertain (a key twice or with an escape, another type of value).
  (func (export "walk") (param $start i32) (param $limit i32) (result i32)
    (local $at i32) (local $depth i32) (local $kinds i32) (local $state i32) (local $member i32) (local $inside i32)
    (local $c i32) (local $from i32) (local $v v128) (local $escaped i32) (local $kind i32)
    (v128.store offset=0 (i32.const 0) (local.get $v))
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
    (local.set $at (i32.add (local.get $start) (i32.const 1)))
    (local.set $depth (i32.const 1))
    (local.set $kinds (i32.const 1))
    (local.set $member (i32.const -1))
    ;; $state: 0 first key or end, 1 key, 2 value, 3 first value or end, 4 comma or end
    (block $broken
      (loop $next
        (br_if $broken (i32.ge_u (local.get $at) (local.get $limit)))
        (local.set $c (i32.load8_u (local.get $at)))
        (if (i32.eq (local.get $state) (i32.const 4)) (then
          (if (i32.eq (local.get $c) (i32.const 0x2c)) (then
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (local.set $state (i32.sub (i32.const 2) (i32.and (local.get $kinds) (i32.const 1))))
            (br $next)))
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
          (if (i32.eq (local.get $c) (i32.const 0x22)) (then
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (local.set $from (local.get $at))
            (local.set $at (call $plain_end (local.get $at) (local.get $limit)))
            (br_if $broken (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22)))
            (local.set $member (i32.const -1))
            (if (i32.or
                  (i32.eq (local.get $depth) (i32.const 1))
                  (i32.and (local.get $inside) (i32.eq (local.get $depth) (i32.const 2)))) (then
              (local.set $member (call $member_of (local.get $from) (local.get $at) (local.get $depth)))
              (if (i32.ge_s (local.get $member) (i32.const 0)) (then
                (br_if $broken (i32.load (i32.shl (local.get $member) (i32.const 3))))
                (br_if $broken (i32.eq (call $kind_of (local.get $member)) (i32.const 2)))))))
            (loop $colon
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br_if $broken (i32.ge_u (local.get $at) (local.get $limit)))
              (local.set $c (i32.load8_u (local.get $at)))
              (br_if $colon (call $is_blank (local.get $c))))
            (br_if $broken (i32.ne (local.get $c) (i32.const 0x3a)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (local.set $state (i32.const 2))
            (br $next)))
          (if (i32.and (i32.eq (local.get $c) (i32.const 0x7d)) (i32.eqz (local.get $state))) (then
            (local.set $state (i32.const 4))
            (br $next))))
        (else
          (if (i32.eq (local.get $c) (i32.const 0x22)) (then
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (local.set $from (local.get $at))
            (local.set $escaped (i32.const 0))
            (block $ended (loop $string
              (local.set $at (call $plain_end (local.get $at) (local.get $limit)))
              (local.set $c (i32.load8_u (local.get $at)))
              (br_if $broken (i32.ge_u (local.get $at) (local.get $limit)))
              (br_if $ended (i32.eq (local.get $c) (i32.const 0x22)))
              (local.set $at (call $escape_end (local.get $at) (local.get $limit)))
              (local.set $escaped (i32.const 1))
              (br_if $string (local.get $at))
              (br $broken)))
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
            (local.set $at (call $word_end (local.get $at) (local.get $limit)))
            (br_if $broken (i32.eqz (local.get $at)))
            (if (i32.ge_s (local.get $member) (i32.const 0)) (then
              ;; null is as good as absent
              (br_if $broken (i32.ne (local.get $c) (i32.const 0x6e)))
              (local.set $member (i32.const -1))))
            (local.set $state (i32.const 4))
            (br $next)))))))
        (br_if $broken (i32.eqz (call $is_blank (local.get $c))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (i32.const 0))

  (func $is_blank (param $c i32) (result i32)
    (i32.or
      (i32.or (i32.eq (local.get $c) (i32.const 0x20)) (i32.eq (local.get $c) (i32.const 0x0a)))
      (i32.or (i32.eq (local.get $c) (i32.const 0x0d)) (i32.eq (local.get $c) (i32.const 0x09)))))

  (func $kind_of (param $member i32) (result i32)
    (i32.load8_u offset=0x402 (i32.shl (local.get $member) (i32.const 5))))

  ;; Index of the first quote, backslash or control character; at or behind $limit: there is none before.
  (func $plain_end (param $at i32) (param $limit i32) (result i32)
    (local $v v128) (local $mask i32)
    (loop $more
      (local.set $v (v128.load (local.get $at)))
      (local.set $mask (i8x16.bitmask (v128.or
        (v128.or
          (i8x16.eq (local.get $v) (v128.const i8x16 34 34 34 34 34 34 34 34 34 34 34 34 34 34 34 34))
          (i8x16.eq (local.get $v) (v128.const i8x16 92 92 92 92 92 92 92 92 92 92 92 92 92 92 92 92)))
        (i8x16.lt_u (local.get $v) (v128.const i8x16 32 32 32 32 32 32 32 32 32 32 32 32 32 32 32 32)))))
      (if (local.get $mask) (then (return (i32.add (local.get $at) (i32.ctz (local.get $mask))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $more (i32.lt_u (local.get $at) (local.get $limit))))
    (local.get $at))

  ;; Index behind the escape at $at; 0: it is none.
  (func $escape_end (param $at i32) (param $limit i32) (result i32)
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
  (func $word_end (param $at i32) (param $limit i32) (result i32)
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
    (local $h i64)
    (local.set $h (i64.mul (i64.extend_i32_u (i32.sub (local.get $to) (local.get $from))) (i64.const 0x9e3779b97f4a7c15)))
    (block $tail
      (loop $more
        (br_if $tail (i32.gt_u (i32.add (local.get $from) (i32.const 8)) (local.get $to)))
        (local.set $h (i64.mul
          (i64.xor (i64.rotl (local.get $h) (i64.const 29)) (i64.load align=1 (local.get $from)))
          (i64.const 0xff51afd7ed558ccd)))
        (local.set $from (i32.add (local.get $from) (i32.const 8)))
        (br $more)))
    (if (i32.lt_u (local.get $from) (local.get $to)) (then
      (local.set $h (i64.mul
        (i64.xor (i64.rotl (local.get $h) (i64.const 29))
          (i64.and (i64.load align=1 (local.get $from))
            (i64.sub
              (i64.shl (i64.const 1) (i64.extend_i32_u (i32.shl (i32.sub (local.get $to) (local.get $from)) (i32.const 3))))
              (i64.const 1))))
        (i64.const 0xff51afd7ed558ccd)))))
    (i32.wrap_i64 (i64.xor (i64.shr_u (local.get $h) (i64.const 32)) (local.get $h))))

  ;; What is remembered of a member's text in its group, or -1.
  (func (export "recall") (param $member i32) (result i32)
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
)
