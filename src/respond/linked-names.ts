import { isObject, objectAt, stringAt } from '../core/json.ts';
import type { FoundEvent } from './search.ts';

/** Under which name a store knows an identity, and what says that it is the same. */
export interface LinkedName {
  /** `vault`, `aws`, `azure`. */
  readonly store: string;
  readonly name: string;
  readonly evidence: Evidence;
  readonly events: number;
}

export type Evidence =
  /** The store names it so itself. */
  | 'its own id'
  /** The store tells the address that is the person's id. */
  | 'email'
  /** AWS: the session carries it, whoever assumed the role cannot change it. */
  | 'SourceIdentity'
  /** Expectations say so. */
  | 'people';

/** The names under which events of one identity were written, most frequent first. */
export function linkedNames(actor: string, events: readonly FoundEvent[]): readonly LinkedName[] {
  const names = new Map<string, { store: string; name: string; evidence: Evidence; events: number }>();
  for (const found of events) {
    const { event } = found;
    const store = storeOf(event.event.dataset);
    const name = event.user?.name ?? event.user?.email ?? event.user?.id ?? '-';
    const evidence = evidenceOf(actor, found);
    const key = JSON.stringify([store, name, evidence]);
    const known = names.get(key);
    if (known === undefined) names.set(key, { store, name, evidence, events: 1 });
    else known.events += 1;
  }
  return [...names.values()].toSorted((a, b) => b.events - a.events || (a.name < b.name ? -1 : 1));
}

function storeOf(dataset: string): string {
  if (dataset.startsWith('aws')) return 'aws';
  return dataset.startsWith('azure') ? 'azure' : 'vault';
}

function evidenceOf(actor: string, { event, record }: FoundEvent): Evidence {
  const person = /^person:(.+)$/.exec(actor)?.[1];
  if (person === undefined) return 'its own id';
  const context = isObject(record) ? objectAt(objectAt(record, 'userIdentity'), 'sessionContext') : {};
  if (stringAt(context, 'sourceIdentity')?.toLowerCase() === person) return 'SourceIdentity';
  return event.user?.email === person ? 'email' : 'people';
}
