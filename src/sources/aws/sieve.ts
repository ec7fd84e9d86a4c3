import type { Need, Sieve, Way } from '../../core/sieve.ts';
import { JsonWalk, type Member } from '../../lib/json-walk.ts';
import { scrubText } from '../../lib/scrub.ts';
import { CALLER, isHead, textOf } from './askable.ts';
import { NoteList, type Notes } from './notes.ts';
import { SecondClock } from './second-clock.ts';

/**
 * Looks at CloudTrail records in bytes. Of those that no rule can be about it notes what scan has to know of an event;
 * the others it notes with their bytes. It takes only records that are certain to become events: calls with a plain id,
 * time, name and source. All others it leaves to the framer.
 */
export class CloudTrailSieve implements Sieve {
  readonly #walk: JsonWalk;
  readonly #heads: Heads;
  /** What is asked of members besides the call: their numbers, and their needs with a bit each. */
  readonly #asked: readonly Asked[];
  readonly #clock = new SecondClock();
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
    this.#walk = new JsonWalk(members);
    this.#heads = new Heads(ways, bits);
    this.#asked = fields.map((field) => ({
      member: numberOf(field),
      needs: Array.from(others).flatMap(([text, need]) =>
        need.field === field ? [{ need, bit: bits.get(text) ?? 0 }] : [],
      ),
    }));
  }

  look(data: Buffer): void {
    this.#data = data;
    this.#walk.look(data);
  }

  take(index: number, offset: number): number {
    const walk = this.#walk;
    const end = walk.walk(index);
    if (end === -1 || !this.#isCall()) return -1;
    const timeUs = this.#clock.timeUs(walk.bytes, walk.addressOf(TIME), walk.lengthOf(TIME));
    if (timeUs === undefined || !this.#notes.noteId(walk.bytes, walk.addressOf(ID), walk.lengthOf(ID))) return -1;
    this.#notes.note(walk.hash(index, end), offset, timeUs);
    if (this.#mayHit()) this.#notes.keep(this.#data, index, end);
    return end;
  }

  /** All that was noted since the last call. */
  drain(): Notes {
    return this.#notes.drain();
  }

  /** Insights have other names, and what has no name or source is rejected. */
  #isCall(): boolean {
    const walk = this.#walk;
    if (!walk.has(ID) || !walk.has(TIME) || !walk.has(SOURCE) || !walk.has(NAME)) return false;
    if (walk.lengthOf(SOURCE) === 0 || walk.lengthOf(NAME) === 0) return false;
    const isInsight =
      (walk.has(TYPE) && walk.lengthOf(TYPE) === 'AwsCloudTrailInsight'.length) ||
      (walk.has(CATEGORY) && walk.lengthOf(CATEGORY) === 'Insight'.length);
    return !isInsight;
  }

  #mayHit(): boolean {
    const left = this.#heads.waysLeft(this.#walk);
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

/** What the sieve itself asks; numbers of members. */
const OWN_NAMES: readonly string[] = ['eventID', 'eventTime', 'eventSource', 'eventName', 'eventType', 'eventCategory'];
const [ID, TIME, SOURCE, NAME, TYPE, CATEGORY] = [0, 1, 2, 3, 4, 5] as const;
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
  waysLeft(walk: JsonWalk): readonly number[] {
    const source = numberOf(walk, SOURCE, this.#sources);
    const name = numberOf(walk, NAME, this.#names);
    if (source === -1 || name === -1) return ANYTHING;
    const key = source * HEADS_LIMIT + name;
    let left = this.#known.get(key);
    if (left === undefined) {
      left = this.#compute(this.#sources[source] ?? '', this.#names[name] ?? '');
      this.#known.set(key, left);
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
/** More names, or pairs of them, than AWS has are somebody's play: what is new then counts as a possible hit. */
const HEADS_LIMIT = 32_768;

/** Number of the member's text among the known ones; -1: there are too many, or it is too long. */
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
