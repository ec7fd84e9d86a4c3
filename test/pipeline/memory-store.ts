import type { Deletion, StoredDay } from '../../src/core/days.ts';
import type { Alert } from '../../src/core/alert.ts';
import type { Gap } from '../../src/core/gap.ts';
import type { JsonValue } from '../../src/core/json.ts';
import type { Observation } from '../../src/core/event.ts';
import type {
  CommitBatch,
  CommitReceipt,
  EventRange,
  Mark,
  Notification,
  NotificationResult,
  SourceCheckpoint,
  StoredEvent,
  StoredState,
} from '../../src/core/ports.ts';
import type {
  AccessGroup,
  AccessQuestion,
  AlertQuestion,
  EventQuestion,
  FirstTimes,
  GapQuestion,
  IdentityFacts,
  OutlinePage,
  OutlineQuestion,
  SearchPage,
  SearchQuestion,
  SecretFacts,
  SourceFacts,
  StoredAlert,
  TallyQuestion,
  TallyRow,
} from '../../src/core/access-reader.ts';
import type { Rejection } from '../../src/core/record.ts';
import { compileQuery } from '../../src/query/compile-query.ts';
import { Tally } from '../../src/query/tally.ts';
import { readQuery } from '../../src/query/read-query.ts';
import { outlineOf } from '../../src/core/event-outline.ts';
import { encodeEvent } from '../../src/core/encode-event.ts';
import { nearest } from '../../src/lib/nearest.ts';
import { DAY_US, formatTimeUs, parseTimeUs } from '../../src/lib/time.ts';
import type { Store } from '../contract/store-adapter.ts';

/** What is durable: a store that is opened over it again goes on with it. */
export class MemoryDisk {
  readonly events: StoredEvent[] = [];
  readonly sealed = new Set<StoredEvent>();
  readonly deletions: Deletion[] = [];
  readonly counts = new Map<string, number>();
  readonly rejections: Rejection[] = [];
  readonly alerts = new Map<string, Alert>();
  readonly marks = new Map<string, Mark>();
  readonly warmed = new Set<string>();
  readonly checkpoints = new Map<string, SourceCheckpoint>();
  readonly newestUs = new Map<string, number>();
  readonly gaps = new Map<string, Gap>();
  readonly secrets = new Map<string, SecretFacts>();
  readonly notifications = new Map<string, StoredNotification>();
  /** By id: a second look at an event is frequent. */
  readonly byId = new Map<string, StoredEvent[]>();
}

interface StoredNotification {
  readonly alertId: string;
  readonly sink: string;
  readonly state: NotificationResult['state'];
  readonly attempts: number;
  readonly reason?: string;
}

const REACH_MINUTES = 5;
const PAGE_EVENTS = 5_000;

/** The ports of a store by the plainest means, in memory: the model that others are held against, and fast. */
export class MemoryStore implements Store {
  readonly disk: MemoryDisk;
  readonly #pageEvents: number;

  constructor(disk: MemoryDisk, pageEvents = PAGE_EVENTS) {
    this.disk = disk;
    this.#pageEvents = pageEvents;
  }

  async commit(batch: CommitBatch): Promise<CommitReceipt> {
    const receipt = { stored: 0, duplicates: 0, conflicts: 0 };
    for (const observation of batch.observations) {
      const verdict = this.#judge(observation);
      receipt[verdict] += 1;
      if (verdict === 'stored') this.#store({ observation, appendedMs: batch.appendedMs });
      if (verdict === 'conflicts') this.#reject(conflict(observation));
    }
    for (const rejection of batch.rejections) this.#reject(rejection);
    const { disk } = this;
    for (const alert of batch.alerts) {
      if ((disk.alerts.get(alert.id)?.version ?? -1) < alert.version) disk.alerts.set(alert.id, alert);
    }
    for (const mark of batch.marks) disk.marks.set(JSON.stringify([mark.rule, mark.group, mark.day]), mark);
    for (const gap of batch.gaps ?? []) {
      if ((disk.gaps.get(gap.id)?.version ?? -1) < gap.version) disk.gaps.set(gap.id, gap);
    }
    for (const checkpoint of batch.checkpoints) this.#checkpoint(checkpoint);
    for (const { alertId, sink } of batch.notifications) {
      const key = JSON.stringify([alertId, sink]);
      if (!disk.notifications.has(key)) disk.notifications.set(key, { alertId, sink, state: 'pending', attempts: 0 });
    }
    return receipt;
  }

  async load(): Promise<StoredState> {
    const { checkpoints, marks, warmed } = this.disk;
    return {
      checkpoints: byKey(checkpoints).map((checkpoint) => {
        const newestUs = this.disk.newestUs.get(checkpoint.source);
        return newestUs === undefined ? checkpoint : { ...checkpoint, newestUs };
      }),
      marks: [...marks.values()],
      warmed: [...warmed],
    };
  }

  async *events({ timeUs, appendedMs, rules }: EventRange): AsyncGenerator<readonly StoredEvent[]> {
    const isMeant = (stored: StoredEvent): boolean =>
      within(stored.observation.timeUs, timeUs) &&
      within(stored.appendedMs, appendedMs) &&
      (rules === undefined || rules.some((rule) => stored.observation.event.whosaw.rules?.includes(rule) === true));
    let after: StoredEvent | undefined;
    for (;;) {
      // Each page is a look of its own: what is committed between two pages shows in the second.
      const rest = this.disk.events
        .filter((stored) => isMeant(stored) && (after === undefined || compare(stored, after) > 0))
        .toSorted(compare);
      if (rest.length === 0) return;
      const page = rest.slice(0, this.#pageEvents);
      after = page.at(-1);
      yield page;
    }
  }

  async eventsById(ids: readonly string[], timeUs: readonly [number, number]): Promise<readonly StoredEvent[]> {
    const found = Array.from(new Set(ids)).flatMap((id) => this.disk.byId.get(id) ?? []);
    return found.filter(({ observation }) => within(observation.timeUs, timeUs)).toSorted(compare);
  }

  async markWarmed(rules: readonly string[]): Promise<void> {
    for (const rule of rules) this.disk.warmed.add(rule);
  }

  async pending(limit: number, sink?: string): Promise<readonly Notification[]> {
    const pending = Array.from(this.disk.notifications.values()).flatMap((entry) => {
      const alert = this.disk.alerts.get(entry.alertId);
      const isMeant = entry.state === 'pending' && (sink === undefined || entry.sink === sink);
      return isMeant && alert !== undefined
        ? [{ alertId: entry.alertId, sink: entry.sink, attempts: entry.attempts, alert }]
        : [];
    });
    return pending.slice(0, limit);
  }

  async settle(key: { readonly alertId: string; readonly sink: string }, result: NotificationResult): Promise<void> {
    const name = JSON.stringify([key.alertId, key.sink]);
    const known = this.disk.notifications.get(name);
    if (known?.state !== 'pending') return;
    const { attempts = known.attempts, reason } = { ...result } as { attempts?: number; reason?: string };
    this.disk.notifications.set(name, {
      alertId: key.alertId,
      sink: key.sink,
      state: result.state,
      attempts,
      ...(reason === undefined ? {} : { reason }),
    });
  }

  async secrets(text: string, limit: number): Promise<readonly SecretFacts[]> {
    const isMeant = (id: string): boolean => id === text || id.endsWith(`/${text}`) || id.endsWith(`:${text}`);
    return Array.from(this.disk.secrets.values())
      .filter(({ secret }) => isMeant(secret.id))
      .toSorted(
        (a, b) => Number(b.secret.id === text) - Number(a.secret.id === text) || order(a.secret.id, b.secret.id),
      )
      .slice(0, limit);
  }

  async near(text: string, limit: number): Promise<readonly string[]> {
    const parts = text.split('/').length;
    const end = (id: string): string => id.split('/').slice(-parts).join('/');
    return Array.from(this.disk.secrets.keys())
      .filter((id) => nearest(text, [end(id)]) !== undefined || id.includes(text))
      .slice(0, limit);
  }

  async accesses({ secret, fromUs, toUs }: AccessQuestion): Promise<readonly AccessGroup[]> {
    const named = this.disk.events
      .map(({ observation }) => observation)
      .filter(({ event }) => event.whosaw.secret?.id === secret)
      .toSorted((a, b) => a.timeUs - b.timeUs);
    const answered = new Set(named.filter(({ event }) => event.whosaw.unanswered !== true).map(idOf));
    const copies = Map.groupBy(
      named.filter(
        ({ event: { whosaw }, timeUs }) =>
          timeUs >= fromUs &&
          timeUs <= toUs &&
          whosaw.access.kind !== undefined &&
          !(whosaw.unanswered === true && answered.has(whosaw.access.id)),
      ),
      ({ event }) => event.whosaw.access.id,
    );
    const isNamed = ({ event }: Observation): boolean => (event.whosaw.actor?.kind ?? 'unknown') !== 'unknown';
    const accesses = Array.from(copies.values()).flatMap((some) => some.find(isNamed) ?? some[0] ?? []);
    const groups = Map.groupBy(accesses, ({ event: { event, whosaw } }) =>
      JSON.stringify([whosaw.actor?.id ?? 'unknown', whosaw.access.kind, event.outcome, event.reason]),
    );
    return Array.from(groups.values(), groupOf).toSorted((a, b) => b.count - a.count || order(a.actor, b.actor));
  }

  async sources(): Promise<readonly SourceFacts[]> {
    const { counts, rejections, checkpoints, newestUs } = this.disk;
    const rejected = Map.groupBy(rejections, ({ origin }) => origin.source);
    const names = new Set([...counts.keys(), ...rejected.keys(), ...checkpoints.keys()]);
    return Array.from(names)
      .toSorted()
      .map((source) => {
        const seenTo = checkpoints.get(source)?.seenTo;
        const newest = newestUs.get(source);
        return {
          source,
          ...(seenTo === undefined ? {} : { seenTo }),
          ...(newest === undefined ? {} : { newest: formatTimeUs(newest) }),
          events: counts.get(source) ?? 0,
          rejected: rejected.get(source)?.length ?? 0,
        };
      });
  }

  async findEvents({ ids, timeUs, limit }: EventQuestion): Promise<readonly StoredEvent[]> {
    const [from, to] = timeUs ?? [-Infinity, Infinity];
    return this.disk.events
      .filter(
        ({ observation: { event, timeUs: at } }) =>
          from <= at && at <= to && ids.some((id) => event.event.id.startsWith(id)),
      )
      .toSorted(
        (a, b) =>
          a.observation.timeUs - b.observation.timeUs ||
          order(a.observation.event.event.id, b.observation.event.event.id),
      )
      .slice(0, limit);
  }

  async alerts({
    sinceUs = -Infinity,
    untilUs = Infinity,
    id = '',
    ids,
    limit,
  }: AlertQuestion): Promise<readonly StoredAlert[]> {
    return Array.from(this.disk.alerts.values())
      .filter(
        (alert) =>
          alert.id.startsWith(id) &&
          ids?.includes(alert.id) !== false &&
          us(alert.last) >= sinceUs &&
          us(alert.first) <= untilUs,
      )
      .toSorted((a, b) => us(b.opened) - us(a.opened) || order(a.id, b.id))
      .slice(0, limit)
      .map((alert) => ({
        alert,
        notifications: Array.from(this.disk.notifications.values())
          .filter(({ alertId }) => alertId === alert.id)
          .map((notification) => {
            const { alertId: _, ...told } = notification;
            return told;
          }),
      }));
  }

  async gaps({ fromUs, toUs, limit }: GapQuestion): Promise<readonly Gap[]> {
    return Array.from(this.disk.gaps.values())
      .filter(({ from, to }) => us(from) <= toUs && (to === undefined || us(to) >= fromUs))
      .toSorted((a, b) => us(a.from) - us(b.from) || order(a.id, b.id))
      .slice(0, limit);
  }

  async checkpoint(source: string): Promise<JsonValue | undefined> {
    return this.disk.checkpoints.get(source)?.checkpoint;
  }

  async identities(text: string, limit: number): Promise<readonly IdentityFacts[]> {
    const isMeant = (id: string): boolean =>
      id === text || id.endsWith(`/${text}`) || id.endsWith(`:${text}`) || id.startsWith(`person:${text}@`);
    const observations = this.disk.events.map(({ observation }) => observation);
    const byActor = Map.groupBy(observations, ({ event }) => event.whosaw.actor?.id ?? '');
    return Array.from(byActor)
      .filter(([id]) => id !== '' && isMeant(id))
      .toSorted(([a], [b]) => Number(b === text) - Number(a === text) || order(a, b))
      .slice(0, limit)
      .map(([id, some]) => {
        const sorted = some.toSorted((a, b) => a.timeUs - b.timeUs);
        return {
          id,
          kind: sorted.at(-1)?.event.whosaw.actor?.kind ?? 'unknown',
          events: some.length,
          first: formatTimeUs(sorted[0]?.timeUs ?? 0),
          last: formatTimeUs(sorted.at(-1)?.timeUs ?? 0),
        };
      });
  }

  async nearIdentities(text: string, limit: number): Promise<readonly string[]> {
    const ids = new Set(this.disk.events.flatMap(({ observation }) => observation.event.whosaw.actor?.id ?? []));
    const end = (id: string): string => id.replace(/^.*[/:]/, '').replace(/@.*$/, '');
    return [...ids].filter((id) => nearest(text, [end(id)]) !== undefined || id.includes(text)).slice(0, limit);
  }

  async firstTimes(actor: string): Promise<FirstTimes> {
    const own = this.disk.events
      .map(({ observation }) => observation)
      .filter(({ event }) => event.whosaw.actor?.id === actor)
      .toSorted((a, b) => a.timeUs - b.timeUs);
    const firsts = (of: (observation: Observation) => string | undefined): readonly (readonly [string, number])[] => {
      const times = new Map<string, number>();
      for (const one of own) {
        const value = of(one);
        if (value !== undefined && !times.has(value)) times.set(value, one.timeUs);
      }
      return [...times].toSorted(([a], [b]) => order(a, b));
    };
    return {
      secrets: firsts(({ event: { event, whosaw } }) =>
        whosaw.access.kind === 'read' && event.outcome === 'success' ? whosaw.secret?.id : undefined,
      ),
      addresses: firsts(({ event }) => event.source?.address),
    };
  }

  async tally({ of, query, nowMs, fromUs, toUs, limit, parts }: TallyQuestion): Promise<readonly TallyRow[]> {
    const matches = compileQuery(readQuery(query, nowMs));
    const tally = new Tally(of, { fromUs, toUs, parts });
    for (const { observation } of this.disk.events) {
      const { timeUs, event } = observation;
      if (fromUs <= timeUs && timeUs <= toUs && matches(observation)) tally.add(event, timeUs);
    }
    return tally.rows(limit);
  }

  async search(question: SearchQuestion): Promise<SearchPage> {
    const { found, next } = this.#found(question);
    const documents = found.map(({ observation }) => encodeEvent(observation));
    return {
      documents,
      ...next,
      ...(question.appendedAfterMs === undefined
        ? {}
        : { appendedMs: Math.max(0, ...this.disk.events.map((event) => event.appendedMs)) }),
    };
  }

  async outlines(question: OutlineQuestion): Promise<OutlinePage> {
    const { found, next } = this.#found(question);
    return { outlines: found.map(({ observation: { event, timeUs } }) => outlineOf(event, timeUs)), ...next };
  }

  #found(question: SearchQuestion): {
    readonly found: readonly StoredEvent[];
    readonly next: Pick<SearchPage, 'next'>;
  } {
    const { fromUs, toUs, appendedAfterMs = -Infinity, order: direction, limit, after } = question;
    const matches = compileQuery(readQuery(question.query, question.nowMs));
    const sign = direction === 'oldest' ? 1 : -1;
    const found = this.disk.events
      .filter(
        ({ observation: { timeUs }, appendedMs }) => fromUs <= timeUs && timeUs <= toUs && appendedMs > appendedAfterMs,
      )
      .filter(({ observation }) => matches(observation))
      .toSorted((a, b) => sign * compare(a, b))
      .filter(({ observation: { timeUs, event } }) => {
        if (after === undefined) return true;
        return sign * (timeUs - after.timeUs || order(event.event.id, after.id)) > 0;
      });
    const last = found[limit - 1]?.observation;
    const next = last === undefined ? {} : { next: { timeUs: last.timeUs, id: last.event.event.id } };
    return { found: found.slice(0, limit), next };
  }

  async days(): Promise<readonly StoredDay[]> {
    const byDay = Map.groupBy(this.disk.events, dayOf);
    return Array.from(byDay)
      .toSorted(([a], [b]) => a - b)
      .map(([day, events]) => {
        const sealed = events.filter((event) => this.disk.sealed.has(event)).length;
        return { day, open: events.length - sealed, sealed, files: Math.sign(sealed), bytes: sealed };
      });
  }

  async deletions([from, to]: readonly [number, number]): Promise<readonly Deletion[]> {
    return this.disk.deletions
      .filter(({ day }) => (day + 1) * DAY_US > from && day * DAY_US <= to)
      .toSorted((a, b) => a.day - b.day || a.atMs - b.atMs);
  }

  async sealDay(day: number): Promise<number> {
    const open = this.disk.events.filter((event) => dayOf(event) === day && !this.disk.sealed.has(event));
    for (const event of open) this.disk.sealed.add(event);
    return open.length;
  }

  /** Every day is as quick as any other. */
  async indexDay(): Promise<boolean> {
    return false;
  }

  async deleteDay(given: Omit<Deletion, 'events'>): Promise<Deletion> {
    const { events, byId, deletions } = this.disk;
    const gone = new Set(events.filter((event) => dayOf(event) === given.day));
    events.splice(0, events.length, ...events.filter((event) => !gone.has(event)));
    for (const [id, some] of byId)
      byId.set(
        id,
        some.filter((event) => !gone.has(event)),
      );
    const deletion = { ...given, events: gone.size };
    deletions.push(deletion);
    return deletion;
  }

  #judge(observation: Observation): 'stored' | 'duplicates' | 'conflicts' {
    const near = (this.disk.byId.get(observation.event.event.id) ?? []).filter(
      (known) => Math.abs(minuteOf(known.observation) - minuteOf(observation)) <= REACH_MINUTES,
    );
    if (near.length === 0) return 'stored';
    return near.some((known) => factsOf(known.observation) === factsOf(observation)) ? 'duplicates' : 'conflicts';
  }

  #store(stored: StoredEvent): void {
    const { event, timeUs } = stored.observation;
    this.disk.events.push(stored);
    const { source } = event.whosaw.origin;
    this.disk.counts.set(source, (this.disk.counts.get(source) ?? 0) + 1);
    this.disk.byId.set(event.event.id, [...(this.disk.byId.get(event.event.id) ?? []), stored]);
    this.#sawUntil(source, timeUs);
    const { secret, environment } = event.whosaw;
    if (secret === undefined) return;
    const { version: _, ...facts } = secret;
    this.disk.secrets.set(secret.id, { secret: facts, ...(environment === undefined ? {} : { environment }) });
  }

  #reject(rejection: Rejection): void {
    const place = placeOf(rejection);
    const isKnown = place !== undefined && this.disk.rejections.some((known) => placeOf(known) === place);
    if (!isKnown) this.disk.rejections.push(rejection);
  }

  #checkpoint({ source, checkpoint, seenTo, newestUs }: SourceCheckpoint): void {
    const seen = seenTo ?? this.disk.checkpoints.get(source)?.seenTo;
    this.disk.checkpoints.set(source, { source, checkpoint, ...(seen === undefined ? {} : { seenTo: seen }) });
    if (newestUs !== undefined) this.#sawUntil(source, newestUs);
  }

  #sawUntil(source: string, timeUs: number): void {
    this.disk.newestUs.set(source, Math.max(timeUs, this.disk.newestUs.get(source) ?? timeUs));
  }
}

function dayOf({ observation }: StoredEvent): number {
  return Math.floor(observation.timeUs / DAY_US);
}

function groupOf(accesses: readonly Observation[]): AccessGroup {
  const inOrder = accesses.toSorted(
    (a, b) => a.timeUs - b.timeUs || order(a.event['@timestamp'], b.event['@timestamp']),
  );
  const [first] = inOrder;
  const last = inOrder.at(-1);
  const access = last?.event.whosaw.access.kind;
  if (first === undefined || last === undefined || access === undefined) throw new Error('a group is not empty');
  const team = inOrder.findLast(({ event }) => event.whosaw.actor?.team !== undefined)?.event.whosaw.actor?.team;
  const { reason, outcome } = last.event.event;
  const counts = new Map<string, number>();
  for (const { event } of inOrder) {
    const address = event.source?.address;
    if (address !== undefined) counts.set(address, (counts.get(address) ?? 0) + 1);
  }
  const addresses = Array.from(counts).toSorted((a, b) => b[1] - a[1] || order(a[0], b[0]));
  const facts = ['network', 'role', 'schedule'] as const;
  return {
    actor: last.event.whosaw.actor?.id ?? 'unknown',
    actorKind: last.event.whosaw.actor?.kind ?? 'unknown',
    ...(team === undefined ? {} : { team }),
    kind: access,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    count: inOrder.length,
    first: first.event['@timestamp'],
    last: last.event['@timestamp'],
    addresses: addresses.slice(0, 3).map(([address]) => address),
    addressCount: addresses.length,
    unexpected: facts.filter((fact) => inOrder.some(({ event }) => event.whosaw.expected?.[fact] === false)),
  };
}

function idOf({ event }: Observation): string {
  return event.event.id;
}

function factsOf({ event }: Observation): string {
  return JSON.stringify([event.whosaw.actor?.id, event.whosaw.secret?.id, event.event.outcome]);
}

function minuteOf({ timeUs }: Observation): number {
  return Math.floor(timeUs / 60_000_000);
}

function placeOf({ origin, reason }: Rejection): string | undefined {
  const hasPlace = origin.file !== undefined || origin.offset !== undefined || reason === 'conflict';
  return hasPlace ? JSON.stringify([origin.source, origin.file, origin.offset, reason]) : undefined;
}

function conflict({ event, record, text }: Observation): Rejection {
  return {
    origin: event.whosaw.origin,
    reason: 'conflict',
    message: 'The same id as a stored event, with another actor, secret or outcome.',
    length: Buffer.byteLength(text),
    keys: Object.keys(record),
  };
}

function within(value: number, range: readonly [number, number] | undefined): boolean {
  return range === undefined || (range[0] <= value && value <= range[1]);
}

function compare(a: StoredEvent, b: StoredEvent): number {
  return a.observation.timeUs - b.observation.timeUs || order(idOf(a.observation), idOf(b.observation));
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function us(text: string): number {
  return parseTimeUs(text) ?? 0;
}

function byKey<V>(map: ReadonlyMap<string, V>): readonly V[] {
  return Array.from(map)
    .toSorted(([a], [b]) => order(a, b))
    .map(([, value]) => value);
}
