import type { Observation } from '../../core/event.ts';
import { ask } from './answers.ts';
import type { Bulk, ItemResult } from './bulk.ts';
import type { Elastic } from './client.ts';
import { encodeDocument, type EventDocument, type Form } from './event-document.ts';
import type { Indices } from './indices.ts';
import { minuteOf, withinReach } from '../reach.ts';

export type Verdict =
  | { readonly kind: 'stored' | 'duplicate' | 'conflict' }
  /** The mapping does not take it, whatever was tried. */
  | { readonly kind: 'refused'; readonly problem: string };

/**
 * Creates events by id, and tells those that are new from those that are there: two events of one id whose times are
 * within reach are one. The document's id is the event's; another event of the same id far away in time, as no source
 * has, takes the next slot behind it. An event close to the end of a period is looked for in the neighbouring index first.
 */
export class EventWriter {
  readonly #elastic: Elastic;
  readonly #bulk: Bulk;
  readonly #indices: Indices;

  constructor(elastic: Elastic, bulk: Bulk, indices: Indices) {
    this.#elastic = elastic;
    this.#bulk = bulk;
    this.#indices = indices;
  }

  /** In the order of the events: of two of one id the first is judged first. */
  async write(events: readonly Observation[], appendedMs: number, signal: AbortSignal): Promise<readonly Verdict[]> {
    const ingested = new Date(appendedMs).toISOString();
    const verdicts: Verdict[] = [];
    const waiting = [...Map.groupBy(events.map(placeOf), ({ event }) => event.event.event.id).values()].map(
      (group): Group => ({ left: group.toReversed(), stored: [] }),
    );
    for (let groups = waiting; groups.length > 0; groups = groups.filter(({ left }) => left.length > 0)) {
      const heads: Head[] = [];
      for (const group of groups) {
        const head = group.left.pop();
        if (head === undefined) continue;
        // What was stored a moment ago need not be asked for.
        if (group.stored.some((known) => isNear(known, head.event) && isSame(factsOf(known), factsOf(head.event)))) {
          verdicts[head.place] = DUPLICATE;
        } else heads.push({ ...head, group });
      }
      const settled = await this.#settle(heads, ingested, signal);
      for (const [index, head] of heads.entries()) {
        const verdict = settled[index] ?? DUPLICATE;
        verdicts[head.place] = verdict;
        if (verdict.kind === 'stored') head.group.stored.push(head.event);
      }
    }
    return verdicts;
  }

  /** Events of different ids. */
  async #settle(heads: readonly Head[], ingested: string, signal: AbortSignal): Promise<readonly Verdict[]> {
    const verdicts: Verdict[] = [];
    let open = heads.map(({ event }, place): Attempt => ({
      event,
      place,
      index: this.#indices.eventsAt(event.timeUs),
      slot: 0,
      form: 'whole',
      contradicted: false,
    }));
    open = await this.#withoutNeighbours(open, verdicts, signal);
    while (open.length > 0) {
      const results = await this.#bulk.write(
        open.map(({ event, index, slot, form }) => ({
          action: JSON.stringify({ create: { _index: index, _id: idOf(event, slot) } }),
          document: encodeDocument(event, ingested, slot, form),
        })),
        signal,
      );
      const next: Attempt[] = [];
      const taken: Attempt[] = [];
      for (const [index, attempt] of open.entries()) {
        const result: ItemResult = results[index] ?? { status: 400 };
        if (result.status === 409) taken.push(attempt);
        else if (result.status <= 201) verdicts[attempt.place] = STORED;
        else if (attempt.form === 'whole' && result.status === 400) next.push({ ...attempt, form: 'opaque' });
        else verdicts[attempt.place] = { kind: 'refused', problem: result.problem ?? '' };
      }
      next.push(...(await this.#compare(taken, verdicts, signal)));
      open = next;
    }
    return verdicts;
  }

  /** What its neighbouring index has is decided; the rest is left. */
  async #withoutNeighbours(open: readonly Attempt[], verdicts: Verdict[], signal: AbortSignal): Promise<Attempt[]> {
    const near = open.flatMap((attempt) =>
      this.#indices.nearTo(attempt.event.timeUs).map((index) => ({ ...attempt, index })),
    );
    if (near.length > 0) await this.#compare(near, verdicts, signal);
    return open.filter(({ place }) => verdicts[place] === undefined);
  }

  /**
   * Compares with what has the id, slot by slot; what is decided gets its verdict. The rest, to be created in the first
   * slot that is free, is given back.
   */
  async #compare(attempts: readonly Attempt[], verdicts: Verdict[], signal: AbortSignal): Promise<readonly Attempt[]> {
    const free: Attempt[] = [];
    let open = attempts;
    while (open.length > 0) {
      const stored = await this.#stored(open, signal);
      open = open.flatMap((attempt, index): readonly Attempt[] => {
        const known = stored[index];
        if (known === undefined) {
          if (attempt.contradicted) verdicts[attempt.place] = CONFLICT;
          else free.push(attempt);
          return [];
        }
        const isReached = withinReach(minuteOf(known.timeUs), minuteOf(attempt.event.timeUs));
        if (isReached && isSame(known.facts, factsOf(attempt.event))) {
          verdicts[attempt.place] = DUPLICATE;
          return [];
        }
        return [{ ...attempt, slot: attempt.slot + 1, contradicted: attempt.contradicted || isReached }];
      });
    }
    return free;
  }

  /** As they are at this moment, seen by searches or not. */
  async #stored(attempts: readonly Attempt[], signal: AbortSignal): Promise<readonly (Stored | undefined)[]> {
    const found: (Stored | undefined)[] = [];
    for (let from = 0; from < attempts.length; from += IDS_AT_ONCE) {
      const docs = attempts
        .slice(from, from + IDS_AT_ONCE)
        .map(({ event, index, slot }) => ({ _index: index, _id: idOf(event, slot) }));
      const call = { method: 'POST', path: '/_mget', query: COMPARED, body: { docs }, signal } as const;
      const { docs: answers } = await ask<MultiGet>(this.#elastic, call);
      for (const { _source: document } of answers) {
        found.push(
          document && {
            timeUs: document.whosaw.store.time_us,
            facts: [document.whosaw.actor?.id, document.whosaw.secret?.id, document.event.outcome],
          },
        );
      }
    }
    return found;
  }
}

interface Placed {
  readonly event: Observation;
  readonly place: number;
}

/** Events of one id: those to come, the next one last, and those that were new. */
interface Group {
  readonly left: Placed[];
  readonly stored: Observation[];
}

interface Head extends Placed {
  readonly group: Group;
}

interface Attempt extends Placed {
  readonly index: string;
  readonly slot: number;
  readonly form: Form;
  /** One within reach says something else. */
  readonly contradicted: boolean;
}

type Facts = readonly (string | undefined)[];

interface Stored {
  readonly timeUs: number;
  readonly facts: Facts;
}

interface MultiGet {
  readonly docs: readonly { readonly _source?: EventDocument }[];
}

function placeOf(event: Observation, place: number): Placed {
  return { event, place };
}

function idOf({ event }: Observation, slot: number): string {
  return slot === 0 ? event.event.id : `${event.event.id}+${slot}`;
}

/** What a duplicate has in common with the stored event. */
function factsOf({ event: { event, whosaw } }: Observation): Facts {
  return [whosaw.actor?.id, whosaw.secret?.id, event.outcome];
}

function isSame(a: Facts, b: Facts): boolean {
  return a.every((value, index) => value === b[index]);
}

function isNear(a: Observation, b: Observation): boolean {
  return withinReach(minuteOf(a.timeUs), minuteOf(b.timeUs));
}

const STORED: Verdict = { kind: 'stored' };
const DUPLICATE: Verdict = { kind: 'duplicate' };
const CONFLICT: Verdict = { kind: 'conflict' };
const IDS_AT_ONCE = 1_000;
const COMPARED = { _source_includes: 'whosaw.store.time_us,whosaw.actor.id,whosaw.secret.id,event.outcome' };
