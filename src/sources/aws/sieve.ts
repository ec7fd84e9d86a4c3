import type { Need, Sieve, Way } from '../../core/sieve.ts';
import type { JsonWalk, Member } from '../../lib/json-walk.ts';
import { HEADS_LIMIT, RecordRun, RUN } from '../../lib/record-run.ts';
import { scrubText } from '../../lib/scrub.ts';
import { parseTimeUs } from '../../lib/time.ts';
import { CALLER, isHead, textOf } from './askable.ts';
import { NoteList, type Notes } from './notes.ts';

/**
 * Looks at CloudTrail records in bytes. Of those that no rule can be about it notes what scan has to know of an event;
 * the others it notes with their bytes. It takes only records that are certain to become events: calls with a plain id,
 * time, name and source. All others it leaves to the framer.
 */
export class CloudTrailSieve implements Sieve {
  readonly #run: RecordRun;
  readonly #walk: JsonWalk;
  readonly #heads: Heads;
  /** What is asked of members besides the call: their numbers, and their needs with a bit each. */
  readonly #asked: readonly Asked[];
  readonly #notes = new NoteList();
  #data: Buffer = Buffer.alloc(0);

  /** `ways`: what askableWays left. */
  constructor(ways: readonly Way[]) {
    const others = new Map(
      ways.flatMap((way) => way.filter((need) => !isHead(need)).map((need) => [textOf(need), need])),
    );
    const bits = new Map(Array.from(others.keys(), (text, index) => [text, 1 << index]));
    const fields = [...new Set(Array.from(others.values(), ({ field }) => field))];
    const members = [...OWN, ...fields.filter((field) => !OWN_NAMES.includes(field)).flatMap(membersFor)];
    const numberOf = (field: string): number =>
      members.findIndex(({ path, kind }) => kind === 'text' && path.join('.') === field);
    this.#heads = new Heads(ways, bits);
    this.#asked = fields.map((field) => ({
      member: numberOf(field),
      needs: Array.from(others).flatMap(([text, need]) =>
        need.field === field ? [{ need, bit: bits.get(text) ?? 0 }] : [],
      ),
    }));
    const lengths = ['AwsCloudTrailInsight'.length, 'Insight'.length] as const;
    this.#run = new RecordRun(
      members,
      lengths,
      this.#asked.map(({ member }) => member),
    );
    this.#walk = this.#run.walk;
  }

  /** Where data can be put to be looked at without another copy: see JsonWalk. */
  get room(): Buffer {
    return this.#walk.room;
  }

  look(data: Buffer): void {
    this.#data = data;
    this.#walk.look(data);
  }

  take(index: number, offset: number): number {
    let at = index;
    for (;;) {
      const end = this.#run.run(at, offset + at - index);
      if (end !== -1) at = end;
      const noted = index + this.#run.lastOffset - offset;
      if (!this.#goesOn(noted, at)) return at === index ? -1 : at;
    }
  }

  /** All that was noted since the last call. */
  drain(): Notes {
    this.#notes.take(this.#run.notes());
    this.#run.forgetNotes();
    return this.#notes.drain();
  }

  /** Gives the run what it stopped for. false: the framer has to see to what follows. */
  #goesOn(start: number, end: number): boolean {
    switch (this.#run.why) {
      case 'hour':
        return this.#learnHour();
      case 'look':
        if (this.#mayHit()) this.#notes.keep(this.#run.count - 1, this.#data.subarray(start, end));
        return true;
      case 'full':
        this.#notes.take(this.#run.notes());
        this.#run.forgetNotes();
        return true;
      case 'other':
        return false;
    }
  }

  #learnHour(): boolean {
    const hour = this.#walk.textOf(RUN.time).slice(0, HOUR_LENGTH);
    const us = hour[10] === 'T' ? parseTimeUs(`${hour}:00:00Z`) : undefined;
    if (us !== undefined) this.#run.learnHour(us);
    return us !== undefined;
  }

  #mayHit(): boolean {
    const left = this.#heads.waysLeft(this.#run);
    if (left.length === 0) return false;
    let met = 0;
    for (const asked of this.#asked) met |= this.#met(asked);
    for (const needed of left) if ((met & needed) === needed) return true;
    return false;
  }

  /** Bits of the needs that the member's text meets; all where there is no telling. */
  #met({ member, needs }: Asked): number {
    const walk = this.#walk;
    if (!walk.has(member)) return 0;
    const known = walk.recall(member);
    if (known !== -1) return known;
    const text = walk.textOf(member);
    let met = 0;
    for (const { need, bit } of needs) if (!isPlain(text) || meets(text, need)) met |= bit;
    walk.remember(member, met);
    return met;
  }
}

interface Asked {
  readonly member: number;
  readonly needs: readonly { readonly need: Need; readonly bit: number }[];
}

/** `2023-07-10T11` */
const HOUR_LENGTH = 13;

/** What the sieve itself asks, as RUN has it. Insights have other names; their type or category tells them, by its length. */
const OWN_NAMES: readonly string[] = ['eventID', 'eventTime', 'eventSource', 'eventName', 'eventType', 'eventCategory'];
const OWN: readonly Member[] = [
  ...OWN_NAMES.map((name): Member => ({ path: [name], kind: 'text' })),
  // An envelope is none of its records.
  { path: ['Records'], kind: 'forbidden' },
  { path: ['records'], kind: 'forbidden' },
  { path: [CALLER], kind: 'object' },
];

/** A name with a dot may also be one key. */
function membersFor(field: string): readonly Member[] {
  const [first = '', second] = field.split('.');
  if (second === undefined) return [{ path: [first], kind: 'text' }];
  return [
    { path: [first, second], kind: 'text' },
    { path: [field], kind: 'forbidden' },
  ];
}

/** Folding and redaction leave it as it is, but for upper case. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text) && scrubText(text) === text;
}

function meets(text: string, { as, texts }: Need): boolean {
  const folded = text.toLowerCase();
  return as === 'whole' ? texts.includes(folded) : texts.some((part) => folded.includes(part));
}

/** The ways that are left once it is known which service was called for what; there are few such calls. */
class Heads {
  readonly #ways: readonly Way[];
  readonly #bits: ReadonlyMap<string, number>;
  readonly #known = new Map<number, readonly number[]>();
  readonly #names: string[] = [];
  readonly #sources: string[] = [];

  constructor(ways: readonly Way[], bits: ReadonlyMap<string, number>) {
    this.#ways = ways;
    this.#bits = bits;
  }

  /** Of each way the bits of its other needs; 0 where it has none. */
  waysLeft(run: RecordRun): readonly number[] {
    const source = numberOf(run.walk, RUN.source, this.#sources);
    const name = numberOf(run.walk, RUN.name, this.#names);
    if (source === -1 || name === -1) return ANYTHING;
    const key = source * HEADS_LIMIT + name;
    let left = this.#known.get(key);
    if (left === undefined) {
      left = this.#compute(this.#sources[source] ?? '', this.#names[name] ?? '');
      this.#known.set(key, left);
      run.learnHead(source, name, left);
    }
    return left;
  }

  #compute(source: string, name: string): readonly number[] {
    if (!isPlain(source) || !isPlain(name)) return ANYTHING;
    const isMet = (need: Need): boolean => !isHead(need) || meets(need.field === 'eventName' ? name : source, need);
    const left = this.#ways.filter((way) => way.every(isMet));
    return [...new Set(left.map((way) => way.reduce((bits, need) => bits | (this.#bits.get(textOf(need)) ?? 0), 0)))];
  }
}

const ANYTHING: readonly number[] = [0];
/**
 * Number of the member's text among the known ones; -1: there are too many, or it is too long. More than AWS has are
 * somebody's play: what is new then counts as a possible hit.
 */
function numberOf(walk: JsonWalk, member: number, known: string[]): number {
  const number = walk.recall(member);
  if (number !== -1) return number;
  const text = walk.textOf(member);
  const before = known.indexOf(text);
  if (before === -1 && (known.length === HEADS_LIMIT || text.length > TEXT_LIMIT)) return -1;
  const now = before === -1 ? known.push(text) - 1 : before;
  walk.remember(member, now);
  return now;
}

const TEXT_LIMIT = 128;
