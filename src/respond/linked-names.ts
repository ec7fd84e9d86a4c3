import { isObject, objectAt, stringAt, type JsonValue } from '../core/json.ts';
import type { AuditEvent } from '../core/event.ts';
import type { EventOutline } from '../core/event-outline.ts';

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

/** An event with the vendor's redacted record. */
export interface WholeEvent {
  readonly event: AuditEvent;
  readonly record: JsonValue;
}

/** The newest event under each name, oldest first: it says by which evidence. */
export function newestOfNames(events: readonly EventOutline[]): readonly EventOutline[] {
  return Array.from(new Map(events.map((event) => [nameKey(event), event])).values()).toSorted(
    (a, b) => a.timeUs - b.timeUs,
  );
}

/** The names under which events of one identity were written, most frequent first; `whole`: by id, the newest of each name. */
export function linkedNames(
  actor: string,
  events: readonly EventOutline[],
  whole: ReadonlyMap<string, WholeEvent>,
): readonly LinkedName[] {
  const counts = new Map<string, number>();
  for (const event of events) counts.set(nameKey(event), (counts.get(nameKey(event)) ?? 0) + 1);
  const names = newestOfNames(events).map((event) => ({
    store: storeOf(event.dataset),
    name: nameOf(event),
    evidence: evidenceOf(actor, whole.get(event.id)),
    events: counts.get(nameKey(event)) ?? 0,
  }));
  return names.toSorted((a, b) => b.events - a.events || (a.name < b.name ? -1 : 1));
}

function nameKey(event: EventOutline): string {
  return JSON.stringify([storeOf(event.dataset), nameOf(event)]);
}

function nameOf({ user = '-' }: EventOutline): string {
  return user;
}

function storeOf(dataset: string): string {
  if (dataset.startsWith('aws')) return 'aws';
  return dataset.startsWith('azure') ? 'azure' : 'vault';
}

function evidenceOf(actor: string, whole: WholeEvent | undefined): Evidence {
  const person = /^person:(.+)$/.exec(actor)?.[1];
  if (person === undefined) return 'its own id';
  const context =
    whole !== undefined && isObject(whole.record)
      ? objectAt(objectAt(whole.record, 'userIdentity'), 'sessionContext')
      : {};
  if (stringAt(context, 'sourceIdentity')?.toLowerCase() === person) return 'SourceIdentity';
  return whole?.event.user?.email === person ? 'email' : 'people';
}
