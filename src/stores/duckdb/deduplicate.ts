import { randomInt } from 'node:crypto';
import { idWords } from './id-set.ts';
import type { IdWords } from './id-set.ts';
import { REACH_MINUTES, minuteOf, withinReach } from '../reach.ts';
import { ASK, KnownIds, OTHER, SAME, UNKNOWN_FACTS, look, mayAsk } from './known-ids.ts';
import type { Neighbourhood } from './known-ids.ts';
import type { PackedEvent } from './packed-batch.ts';
import { factsFingerprint } from './sealed-columns.ts';
import type { SegmentRange } from './segments.ts';
import { sealedIds } from './stored-events.ts';
import type { EventSource } from './stored-events.ts';
import { CATALOG } from './table.ts';
import { idList, idOf, numberOf, optional, query, textOf } from './values.ts';

export type Verdict = 'new' | 'duplicate' | 'conflict';

/**
 * Tells events that are new from those that the store has. The promise: two events of one id whose times are at most
 * REACH_MINUTES apart are one event, whenever the second comes and however commits are grouped. Ids of the minutes in
 * use are in memory; others are asked for.
 */
export class Deduplicator {
  readonly #source: EventSource;
  readonly #known = new KnownIds(KNOWN_IDS_LIMIT);
  /** Nobody outside knows it, so nobody finds facts that look the same. */
  readonly #seed = randomInt(2 ** 32);

  constructor(source: EventSource) {
    this.#source = source;
  }

  /** In the order of the events. What is new counts as stored from here on: the caller stores it or gives up the store. */
  async judge(events: readonly PackedEvent[]): Promise<readonly Verdict[]> {
    const minutes = events.map(({ timeUs }) => minuteOf(timeUs));
    await this.#prepare(new Set(minutes), events.length);
    const ids = events.map(({ facts }) => facts[1]);
    const words = idWords(ids);
    const around = new Map(Array.from(new Set(minutes), (minute) => [minute, this.#known.around(minute)]));
    const questions = events.map(({ facts, secret }, index): Question => {
      const minute = minutes[index] ?? 0;
      const content = this.#hash(facts[5], secret?.secret.id, facts[10]);
      const fingerprint = (): string => factsFingerprint(facts[5], secret?.secret.id, facts[10]);
      return { index, id: facts[1], minute, around: around.get(minute) ?? NOWHERE, facts: content, fingerprint };
    });
    const stored = await this.#ask(questions.filter((one) => mayAsk(one.around) && knownOf(one, words) & ASK));
    return questions.map((question) => this.#verdict(question, words, stored));
  }

  #verdict(question: Question, words: IdWords, stored: Stored): Verdict {
    const { index, id, minute, around, facts } = question;
    const known = knownOf(question, words);
    const near = known & ASK ? stored.get(id)?.filter((one) => withinReach(one.minute, minute)) : undefined;
    if (known & SAME || near?.some((one) => sameFacts(one, question))) return 'duplicate';
    if (known & OTHER || (near !== undefined && near.length > 0)) return 'conflict';
    if (!this.#known.remember(around, words, index, facts)) push(stored, id, { minute, facts });
    return 'new';
  }

  /** Brings what is around these minutes into memory, unless it is too much. */
  async #prepare(minutes: ReadonlySet<number>, events: number): Promise<void> {
    const needed = new Set<number>();
    for (const minute of minutes) {
      for (let near = minute - REACH_MINUTES; near <= minute + REACH_MINUTES; near++) needed.add(near);
    }
    const missing = this.#known.use(needed);
    this.#known.trim(events);
    if (missing.length === 0 || missing.length > LOAD_MINUTES) return;
    const rows = await this.#idsWithin(missing);
    if (rows === undefined) return;
    this.#known.trim(events + rows.length);
    this.#known.load(
      missing,
      idWords(rows.map(({ id }) => id)),
      rows.map(({ minute }) => minute),
    );
  }

  /** undefined: too many to be worth it. */
  async #idsWithin(minutes: readonly number[]): Promise<readonly { id: string; minute: number }[] | undefined> {
    const bounds = boundsOf(minutes, 0);
    const { connection } = this.#source;
    const sealed = await sealedIds(this.#source, rangeOf(bounds));
    const from = sealed === undefined ? IDS : `(SELECT id, time FROM ${IDS} UNION ALL SELECT id, time FROM ${sealed})`;
    const [count] = await query(connection, `SELECT count(*) FROM ${from} ${WITHIN}`, bounds);
    if (numberOf(count?.[0]) > LOAD_LIMIT) return undefined;
    const wanted = new Set(minutes);
    const rows = await query(connection, `SELECT id, time FROM ${from} ${WITHIN}`, bounds);
    return rows
      .map(([id, time]) => ({ id: idOf(id), minute: minuteOf(numberOf(time)) }))
      .filter(({ minute }) => wanted.has(minute));
  }

  async #ask(questions: readonly Question[]): Promise<Stored> {
    const stored: Stored = new Map();
    if (questions.length === 0) return stored;
    const { connection } = this.#source;
    const bounds = boundsOf(
      questions.map(({ minute }) => minute),
      REACH_MINUTES,
    );
    const parameters = { ...bounds, ids: idList(questions.map(({ id }) => id)) };
    const rows = await query(connection, STORED_FACTS, parameters);
    for (const [id, time, actor, secret, outcome] of rows) {
      const facts = this.#hash(optional(actor, textOf), optional(secret, textOf), textOf(outcome));
      push(stored, idOf(id), { minute: minuteOf(numberOf(time)), facts });
    }
    const sealed = await sealedIds(this.#source, rangeOf(bounds));
    if (sealed === undefined) return stored;
    const sql = `SELECT id, time, facts FROM ${sealed} ${WITHIN} AND id IN (SELECT unnest($ids))`;
    for (const [id, time, facts] of await query(connection, sql, parameters)) {
      push(stored, idOf(id), { minute: minuteOf(numberOf(time)), fingerprint: textOf(facts) });
    }
    return stored;
  }

  /** Above UNKNOWN_FACTS. */
  #hash(actor: string | undefined, secret: string | undefined, outcome: string): number {
    return Math.max(UNKNOWN_FACTS + 1, hash(hash(hash(this.#seed, actor), secret), outcome) >>> 0);
  }
}

interface Question {
  readonly index: number;
  readonly id: string;
  readonly minute: number;
  readonly around: Neighbourhood;
  /** Hash of what a duplicate has in common with the stored event. */
  readonly facts: number;
  /** The same for an event that is sealed. */
  readonly fingerprint: () => string;
}

/** Of an event in the database, or of a sealed one. */
type StoredFacts =
  | { readonly minute: number; readonly facts: number }
  | { readonly minute: number; readonly fingerprint: string };

/** What the database said of ids, and what of their minutes is new since. */
type Stored = Map<string, StoredFacts[]>;

function knownOf({ around, index, facts }: Question, words: IdWords): number {
  return look(around, words, index, facts);
}

function sameFacts(stored: StoredFacts, { facts, fingerprint }: Question): boolean {
  return 'facts' in stored ? stored.facts === facts : stored.fingerprint === fingerprint();
}

function push(stored: Stored, id: string, facts: StoredFacts): void {
  const others = stored.get(id);
  if (others === undefined) stored.set(id, [facts]);
  else others.push(facts);
}

function boundsOf(minutes: readonly number[], reach: number): { readonly from: bigint; readonly to: bigint } {
  const from = minutes.reduce((low, minute) => Math.min(low, minute)) - reach;
  const to = minutes.reduce((high, minute) => Math.max(high, minute)) + reach;
  return { from: BigInt(from) * MINUTE_US, to: (BigInt(to) + 1n) * MINUTE_US - 1n };
}

function rangeOf({ from, to }: ReturnType<typeof boundsOf>): SegmentRange {
  return { timeUs: [Number(from), Number(to)] };
}

function hash(seed: number, text: string | undefined): number {
  if (text === undefined) return Math.imul(seed ^ 0x1_0001, PRIME);
  let value = seed;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), PRIME);
    value ^= value >>> 15;
  }
  return Math.imul(value ^ 0x1_0000, PRIME);
}

const PRIME = 0x5bd1e995;
const NOWHERE: Neighbourhood = { near: [], own: undefined, isComplete: false };

/** About 100 MB, for which ten minutes at 6,000 events a second fit. */
const KNOWN_IDS_LIMIT = 4_000_000;
/** A batch that needs more minutes than this asks for its ids instead. */
const LOAD_MINUTES = 256;
const LOAD_LIMIT = 1_000_000;
const MINUTE_US = 60_000_000n;

const IDS = `${CATALOG}.events`;
const WITHIN = 'WHERE time BETWEEN $from AND $to';
const STORED_FACTS = `
  SELECT id, time, actor, secret, outcome FROM ${CATALOG}.events
  ${WITHIN} AND id IN (SELECT unnest($ids))`;
