import { JsonWalk, type Member } from './json-walk.ts';

/** What was noted of records, in their order. */
export interface RunNotes {
  readonly count: number;
  /** Four words of each record's id (a UUID): its bytes, the first of a word the lowest. */
  readonly ids: Uint32Array;
  /** 32 bits of a hash over each record's bytes: tells accidents apart, not attacks. */
  readonly prints: Int32Array;
  /** Where each record is in its file. */
  readonly offsets: Float64Array;
  /** The newest time, microseconds; -Infinity: of nothing. */
  readonly newestUs: number;
}

/** Why a run stopped. `look`: what it noted last has to be looked at. The others are about what follows. */
const WHYS = ['other', 'hour', 'look', 'full'] as const;

/** Members by number that a run itself is about; of the last two no record has a text of this length. */
export const RUN = { id: 0, time: 1, source: 2, name: 3, type: 4, category: 5 } as const;

/**
 * Walks over records in a row and notes them. It stops where it does not know something: the microseconds of an hour, or
 * what a source, a name or another text means; and behind a record that may meet all that somebody needs.
 */
export class RecordRun {
  readonly walk: JsonWalk;
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  #heads = 0;
  readonly #kinds = new Map<string, number>();
  #nextKind = KINDS_AT;

  /**
   * `members`: the first six as in RUN. `lengths`: those that type and category must not have. `asked`: numbers of the
   * members that meet needs.
   */
  constructor(members: readonly Member[], lengths: readonly [number, number], asked: readonly number[]) {
    this.walk = new JsonWalk(members);
    const { buffer } = this.walk.code.memory;
    this.#words = new Int32Array(buffer);
    this.#numbers = new Float64Array(buffer);
    this.#words.set(lengths, LENGTHS_AT);
    this.#words[ASKED_AT] = asked.length;
    this.walk.bytes.set(asked, 4 * (ASKED_AT + 1));
    this.forgetNotes();
  }

  /** Takes records from the one at `index` on, which is at `offset`. Index behind the last one that it noted; -1: none. */
  run(index: number, offset: number): number {
    return this.walk.inMemory(index, (address) => {
      this.#numbers[SHIFT_AT] = offset - address;
      return this.walk.code.run(address);
    });
  }

  get why(): (typeof WHYS)[number] {
    return WHYS[this.#words[WHY_AT] ?? 0] ?? 'other';
  }

  /** The hour of the present record's time begins then. */
  learnHour(us: number): void {
    const at = this.walk.addressOf(RUN.time);
    this.walk.bytes.copy(this.walk.bytes, HOUR_AT, at, at + HOUR_BYTES);
    this.#numbers[HOUR_US_AT] = us;
  }

  /**
   * Records with this source and name, which have numbers below HEADS_LIMIT, need no look where their members meet not
   * all needs of any of these sets; a set is of bits. What is remembered of a member's text is the needs that it meets.
   */
  learnHead(source: number, name: number, sets: readonly number[]): void {
    const kind = this.#kindOf(sets);
    if (kind === undefined || this.#heads === PLACES / 2) return;
    const entry = source * HEADS_LIMIT + name + 1;
    let place = this.walk.code.headPlace(entry);
    while (this.#words[HEADS_AT + 2 * place] !== 0) place = (place + 1) & (PLACES - 1);
    this.#words.set([entry, kind], HEADS_AT + 2 * place);
    this.#heads += 1;
  }

  /** Address of the sets; undefined: there is no room for more. */
  #kindOf(sets: readonly number[]): number | undefined {
    const known = this.#kinds.get(sets.join());
    if (known !== undefined) return known;
    const at = this.#nextKind;
    if (at + 1 + sets.length > HEADS_AT) return undefined;
    this.#words.set([sets.length, ...sets], at);
    this.#nextKind += 1 + sets.length;
    this.#kinds.set(sets.join(), 4 * at);
    return 4 * at;
  }

  get count(): number {
    return this.#words[COUNT_AT] ?? 0;
  }

  /** Where the last record that was noted is in its file. */
  get lastOffset(): number {
    return this.#numbers[OFFSETS_AT + this.count - 1] ?? 0;
  }

  /** All that was noted since they were forgotten; a view of it. */
  notes(): RunNotes {
    const { buffer } = this.walk.code.memory;
    const { count } = this;
    return {
      count,
      ids: new Uint32Array(buffer, IDS, 4 * count),
      prints: new Int32Array(buffer, PRINTS, count),
      offsets: new Float64Array(buffer, OFFSETS, count),
      newestUs: this.#numbers[NEWEST_AT] ?? Number.NEGATIVE_INFINITY,
    };
  }

  forgetNotes(): void {
    this.#words[COUNT_AT] = 0;
    this.#numbers[NEWEST_AT] = Number.NEGATIVE_INFINITY;
  }
}

/** Numbers of sources, and of names. */
export const HEADS_LIMIT = 32_768;

/** The memory's parts, as json-walk.wat says. */
const HOUR_AT = 0x100;
const HOUR_BYTES = 13;
const HOUR_US_AT = 0x110 >> 3;
const NEWEST_AT = 0x118 >> 3;
const SHIFT_AT = 0x120 >> 3;
const COUNT_AT = 0x128 >> 2;
const WHY_AT = 0x130 >> 2;
const LENGTHS_AT = 0x138 >> 2;
const ASKED_AT = 0x140 >> 2;
const KINDS_AT = 0x70000 >> 2;
const HEADS_AT = 0x80000 >> 2;
const PLACES = 0x2000;
const IDS = 0x90000;
const PRINTS = 0xa0000;
const OFFSETS = 0xa8000;
const OFFSETS_AT = OFFSETS >> 3;
