import type { StoredAlert, AccessReader, IdentityFacts, SourceFacts } from '../core/access-reader.ts';
import type { Outcome } from '../core/event.ts';
import type { EventOutline } from '../core/event-outline.ts';
import type { Alert } from '../core/alert.ts';
import type { Gap } from '../core/gap.ts';
import { quoteValue } from '../query/quote-value.ts';
import { parseTimeUs } from '../lib/time.ts';
import { deletedBefore, type DeletedBefore } from './deleted.ts';
import { findIdentity } from './find-identity.ts';
import { linkedNames, newestOfNames, type LinkedName, type WholeEvent } from './linked-names.ts';
import { findUnwraps, unwrapped, type Unwrap, type Unwraps } from './unwraps.ts';
import type { TimeWindow } from './window.ts';

const GAPS_LIMIT = 1_000;

/** Everything that an identity did across the stores. */
export interface TimelineAnswer {
  readonly identity: IdentityFacts;
  readonly team?: string;
  readonly roles: readonly string[];
  readonly window: TimeWindow;
  readonly names: readonly LinkedName[];
  /** Oldest first. */
  readonly sessions: readonly Session[];
  readonly events: number;
  /** There are more events than are shown: the oldest are missing. */
  readonly isCut: boolean;
  readonly sources: readonly SourceFacts[];
  /** A part of the window is not there any more. */
  readonly deleted?: DeletedBefore;
  /** What may be missing of the window. */
  readonly gaps: readonly Gap[];
}

/** What was done without a longer pause. */
export interface Session {
  readonly fromUs: number;
  readonly toUs: number;
  readonly addresses: readonly string[];
  readonly events: number;
  readonly denied: number;
  readonly steps: readonly Step[];
}

export type Step = Acts | Alarm | PolicyChange;

/** The same thing, once or again and again. */
export interface Acts {
  readonly what: 'acts';
  readonly fromUs: number;
  readonly toUs: number;
  readonly count: number;
  readonly action: string;
  readonly kind: string | undefined;
  /** Secret, else path. */
  readonly on: string | undefined;
  readonly outcome: Outcome;
  readonly reason: string | undefined;
  readonly address: string | undefined;
  readonly unexpected: readonly string[];
  /** Never before, as far as the store knows: `secret`, `address`. */
  readonly isFirst: readonly string[];
  /** What was given was wrapped: from where it was unwrapped first, and when. */
  readonly unwrapped?: Unwrap;
}

/** An alert opened. */
export interface Alarm {
  readonly what: 'alert';
  readonly fromUs: number;
  readonly alert: Alert;
}

/** Somebody else changed what is allowed. */
export interface PolicyChange {
  readonly what: 'policy';
  readonly fromUs: number;
  readonly actor: string;
  readonly action: string;
  readonly on: string | undefined;
  readonly outcome: Outcome;
}

const PAUSE_US = 30 * 60_000_000;
const EVENTS_LIMIT = 20_000;
const CHANGES_LIMIT = 1_000;
const WRAPS_LIMIT = 200;
const ALERTS_LIMIT = 1_000;
/** Events that are looked at as a whole. */
const WHOLE_LIMIT = 20;
/** Changes this long before what was done may have made it possible. */
const CHANGE_REACH_US = 15 * 60_000_000;

/** `text`: an identity's id, an unambiguous end of it, or a person's name. Throws NOT_FOUND or AMBIGUOUS. */
export async function timeline(
  reader: AccessReader,
  text: string,
  window: TimeWindow,
  nowMs: number,
): Promise<TimelineAnswer> {
  const identity = await findIdentity(reader, text);
  const id = quoteValue(identity.id);
  const ask = async (query: string, limit: number): Promise<readonly EventOutline[]> => {
    const { outlines } = await reader.outlines({ query, nowMs, ...window, order: 'newest', limit });
    return outlines.toReversed();
  };
  const own = await ask(`whosaw.actor.id: ${id}`, EVENTS_LIMIT);
  const changes = await ask(`whosaw.access.kind: admin and not whosaw.actor.id: ${id}`, CHANGES_LIMIT);
  const alerts = await reader.alerts({ sinceUs: window.fromUs, untilUs: window.toUs, limit: ALERTS_LIMIT });
  const firsts = await reader.firstTimes(identity.id);
  const marks = { secret: new Map(firsts.secrets), address: new Map(firsts.addresses), beginUs: us(identity.first) };
  const unwraps = await findUnwraps(own, (query) => ask(query, WRAPS_LIMIT));
  const acts = own.filter((event) => !isCompanion(event)).map((event) => actOf(event, marks, unwraps));
  const whole = await wholeEvents(reader, own);
  const last = whole.get(own.at(-1)?.id ?? '')?.event.whosaw.actor;
  const deleted = await deletedBefore(reader, window);
  return {
    identity,
    ...(last?.team === undefined ? {} : { team: last.team }),
    roles: last?.roles ?? [],
    window,
    names: linkedNames(identity.id, own, whole),
    sessions: sessionsOf(acts, [...alarmsOf(alerts, identity.id), ...changes.map(changeOf)]),
    events: own.length,
    isCut: own.length === EVENTS_LIMIT,
    sources: (await reader.sources()).filter(({ source }) => !source.startsWith('#')),
    ...(deleted === undefined ? {} : { deleted }),
    gaps: await reader.gaps({ ...window, limit: GAPS_LIMIT }),
  };
}

interface FirstMarks {
  readonly secret: ReadonlyMap<string, number>;
  readonly address: ReadonlyMap<string, number>;
  /** Of the identity's own first event everything is new: that says nothing. */
  readonly beginUs: number;
}

/** Those that say more of the identity than their outlines: the newest, and one of each name. */
async function wholeEvents(
  reader: AccessReader,
  own: readonly EventOutline[],
): Promise<ReadonlyMap<string, WholeEvent>> {
  const asked = [...newestOfNames(own), ...own.slice(-1)].slice(-WHOLE_LIMIT);
  if (asked.length === 0) return new Map();
  const times = asked.map(({ timeUs }) => timeUs);
  const timeUs = [Math.min(...times), Math.max(...times)] as const;
  const ids = Array.from(new Set(asked.map(({ id }) => id)));
  const found = await reader.findEvents({ ids, timeUs, limit: ids.length });
  return new Map(
    found.map(({ observation }) => [
      observation.event.event.id,
      { event: observation.event, record: observation.record },
    ]),
  );
}

function actOf(event: EventOutline, marks: FirstMarks, unwraps: Unwraps): Acts {
  const { timeUs, secret, address, outcome } = event;
  const given = event.kind === 'read' && outcome === 'success' ? secret : undefined;
  const isFirst = timeUs > marks.beginUs ? firstsOf(address, given, timeUs, marks) : [];
  return {
    what: 'acts',
    fromUs: timeUs,
    toUs: timeUs,
    count: 1,
    action: event.action,
    kind: event.kind,
    on: secret ?? event.path,
    outcome,
    reason: event.reason,
    address,
    unexpected: event.unexpected,
    isFirst,
    ...unwrapped(event, unwraps),
  };
}

function firstsOf(
  address: string | undefined,
  secret: string | undefined,
  timeUs: number,
  marks: FirstMarks,
): readonly string[] {
  return [
    ...(secret !== undefined && marks.secret.get(secret) === timeUs ? ['secret'] : []),
    ...(address !== undefined && marks.address.get(address) === timeUs ? ['address'] : []),
  ];
}

/** A call that another one brings about, as the decryption of what was read. */
function isCompanion({ secret, kind }: EventOutline): boolean {
  return secret !== undefined && kind === undefined;
}

function alarmsOf(stored: readonly StoredAlert[], actor: string): readonly Alarm[] {
  return stored.flatMap(({ alert }): Alarm[] => {
    const isAbout = Object.values(alert.group).includes(actor) || alert.events.some((event) => event.actor === actor);
    const counts = isAbout && alert.superseded_by === undefined && alert.continues === undefined;
    return counts ? [{ what: 'alert', fromUs: us(alert.opened), alert }] : [];
  });
}

function changeOf({ timeUs, actor = 'unknown', action, secret, path, outcome }: EventOutline): PolicyChange {
  return { what: 'policy', fromUs: timeUs, actor, action, on: secret ?? path, outcome };
}

/** What others did counts where it lies within a session, or shortly before. */
function sessionsOf(acts: readonly Acts[], others: readonly (Alarm | PolicyChange)[]): readonly Session[] {
  const groups: Acts[][] = [];
  for (const act of acts) {
    const group = groups.at(-1);
    if (group === undefined || act.fromUs - (group.at(-1)?.fromUs ?? 0) > PAUSE_US) groups.push([act]);
    else group.push(act);
  }
  return groups.map((group) => {
    const fromUs = group[0]?.fromUs ?? 0;
    const toUs = group.at(-1)?.fromUs ?? 0;
    const within = others.filter(
      (other) => other.fromUs <= toUs && other.fromUs >= fromUs - (other.what === 'policy' ? CHANGE_REACH_US : 0),
    );
    const steps = [...merge(group), ...within].toSorted((a, b) => a.fromUs - b.fromUs);
    const addresses = Array.from(new Set(group.flatMap(({ address }) => address ?? [])));
    const denied = group.filter(({ outcome }) => outcome === 'failure').length;
    return { fromUs, toUs, addresses, events: group.length, denied, steps };
  });
}

/** The same thing again and again is one step. */
function merge(acts: readonly Acts[]): readonly Acts[] {
  const merged: Acts[] = [];
  for (const act of acts) {
    const before = merged.at(-1);
    if (before !== undefined && sameness(before) === sameness(act) && act.isFirst.length === 0) {
      merged[merged.length - 1] = { ...before, toUs: act.toUs, count: before.count + 1 };
    } else merged.push(act);
  }
  return merged;
}

function sameness({ action, kind, on, outcome, reason, address, unexpected, unwrapped: by }: Acts): string {
  return JSON.stringify([action, kind, on, outcome, reason, address, unexpected, by]);
}

function us(time: string): number {
  return parseTimeUs(time) ?? 0;
}
