import type { AuditEvent } from '../core/event.ts';
import type { TallyOf, TallyQuestion, TallyRow } from '../core/access-reader.ts';

type Window = Pick<TallyQuestion, 'fromUs' | 'toUs' | 'parts'>;

/** What of an event is counted. */
export type TalliedEvent = Pick<AuditEvent, 'event' | 'source' | 'whosaw'>;

/** Counts events one by one: what stores do at once is held against it. */
export class Tally {
  readonly #of: TallyOf;
  readonly #window: Window;
  readonly #values = new Map<string, Counts>();

  constructor(of: TallyOf, window: Window) {
    this.#of = of;
    this.#window = window;
  }

  add(event: TalliedEvent, timeUs: number): void {
    const value = valueOf(this.#of, event);
    if (value === undefined) return;
    const counts = this.#values.get(value) ?? { accesses: new Set(), environments: new Map(), parts: new Map() };
    this.#values.set(value, counts);
    const { access, environment = '' } = event.whosaw;
    counts.accesses.add(access.id);
    addTo(counts.environments, environment, access.id);
    addTo(counts.parts, partOf(timeUs, this.#window), access.id);
  }

  rows(limit: number): readonly TallyRow[] {
    return Array.from(this.#values, ([value, { accesses, environments, parts }]) => ({
      value,
      count: accesses.size,
      environments: Array.from(environments, ([name, ids]) => [name, ids.size] as const).toSorted(mostFirst),
      parts: Array.from({ length: this.#window.parts }, (_, part) => parts.get(part)?.size ?? 0),
    }))
      .toSorted((a, b) => mostFirst([a.value, a.count], [b.value, b.count]))
      .slice(0, limit);
  }
}

interface Counts {
  readonly accesses: Set<string>;
  readonly environments: Map<string, Set<string>>;
  readonly parts: Map<number, Set<string>>;
}

export function partOf(timeUs: number, { fromUs, toUs, parts }: Window): number {
  return Math.floor(((timeUs - fromUs) * parts) / (toUs - fromUs + 1));
}

export function mostFirst([a, countA]: readonly [string, number], [b, countB]: readonly [string, number]): number {
  if (countA !== countB) return countB - countA;
  return a < b ? -1 : Number(a > b);
}

function valueOf(of: TallyOf, { event, source, whosaw }: TalliedEvent): string | undefined {
  const { kind } = whosaw.access;
  if (kind === undefined) return undefined;
  const isGiven = kind === 'read' && event.outcome === 'success';
  switch (of) {
    case 'secrets':
      return isGiven ? whosaw.secret?.id : undefined;
    case 'identities':
      return isGiven ? whosaw.actor?.id : undefined;
    case 'denials':
      return event.outcome === 'failure' ? whosaw.actor?.id : undefined;
    case 'addresses':
      return source?.address;
  }
}

function addTo<K>(map: Map<K, Set<string>>, key: K, id: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([id]));
  else known.add(id);
}
