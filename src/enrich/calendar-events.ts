import { fail, ok, type Result } from '../core/result.ts';
import { instantOf, openZone, type Zone } from '../lib/zone.ts';
import { parseCalendarTime, parseRecurrence, parseSpan, type CalendarTime, type Span } from './calendar-values.ts';
import { UTC, zonesOf } from './calendar-zone.ts';
import { firstProperty, listOf, propertiesOf, textOf, type Component, type Property } from './ical.ts';
import { DAY_MS, occurrenceNumber, type Recurrence } from './recurrence.ts';
import type { Interval } from './window.ts';

export interface CalendarEvents {
  readonly singles: readonly Interval[];
  readonly series: readonly Series[];
}

/** An event that repeats: each of its occurrences is as long as the first. */
export interface Series {
  readonly rule: Recurrence;
  readonly zone: Zone;
  readonly span: Span;
  readonly excluded: readonly Exclusions[];
}

/** Occurrences that do not take place, or at another time: by their instant, or all of a day of the event's zone. */
export interface Exclusions {
  readonly instants: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
}

export interface Moment {
  readonly wall: number;
  readonly zone: Zone;
}

/** The calendar's events. The errors name the event, and say what of it is not understood; at most 20. */
export function parseEvents(calendar: Component, zone?: Zone): Result<CalendarEvents, readonly string[]> {
  const events = calendar.components('vevent');
  if (textOf(calendar, 'method')?.toUpperCase() === 'CANCEL') return ok({ singles: [], series: [] });
  if (events.filter((event) => firstProperty(event, 'rrule') !== undefined).length > SERIES_LIMIT) {
    return fail([`has more than ${SERIES_LIMIT} events that repeat`]);
  }
  const problems: string[] = [];
  const named = textOf(calendar, 'x-wr-timezone');
  const context = {
    floating: zone ?? (named === undefined ? undefined : openZone(named)) ?? UTC,
    zoneOf: zonesOf(calendar),
    reporter: (event: Component) => (message: string) => void problems.push(`${nameOf(event)}: ${message}`),
  };
  const moved = movedByUid(events, context);
  const parsed = events
    .filter((event) => textOf(event, 'status')?.toUpperCase() !== 'CANCELLED')
    .map((event) => parseEvent(event, moved, { ...context, report: context.reporter(event) }))
    .filter((event) => event !== undefined);
  const singles = parsed.flatMap((event) => event.singles);
  const series = parsed.flatMap((event) => event.series);
  if (series.reduce((sum, one) => sum + effort(one), 0) > EFFORT_LIMIT) problems.push('its events repeat too often');
  return problems.length > 0 ? fail(problems.slice(0, PROBLEMS_LIMIT)) : ok({ singles, series });
}

export function intervalAt({ wall, zone }: Moment, span: Span): Interval {
  return {
    from: instantOf(zone, wall, 'before'),
    to: instantOf(zone, wall + span.days * DAY_MS, 'before') + span.ms,
  };
}

export function isExcluded(moment: Moment, excluded: readonly Exclusions[]): boolean {
  return excluded.some(
    ({ instants, days }) =>
      days.has(Math.floor(moment.wall / DAY_MS)) || (instants.size > 0 && instants.has(instant(moment))),
  );
}

/** Occurrences of a series that have to be looked at for one month, at most. */
function effort({ rule, span }: Series): number {
  const days = 36 + span.days + span.ms / DAY_MS;
  return (days / (rule.frequency === 'daily' ? rule.interval : 1)) * rule.times.length;
}

const EFFORT_LIMIT = 100_000;
const SERIES_LIMIT = 200;
const SERIES_SPAN_LIMIT_MS = 366 * DAY_MS;
const PROBLEMS_LIMIT = 20;

interface Context {
  /** Zone of the times that name none. */
  readonly floating: Zone;
  readonly zoneOf: (tzid: string) => Result<Zone, string>;
  readonly report: (message: string) => undefined;
}

/** By UID: the occurrences that have an event of their own, which stands in for them. */
type Moved = ReadonlyMap<string, Exclusions>;

interface DatedMoment extends Moment {
  readonly isDate: boolean;
}

function instant({ zone, wall }: Moment): number {
  return instantOf(zone, wall, 'before');
}

function nameOf(event: Component): string {
  const name = textOf(event, 'summary') ?? textOf(event, 'uid') ?? 'without a name';
  return `event "${name.slice(0, 60)}" (${textOf(event, 'dtstart') ?? 'no DTSTART'})`;
}

function movedByUid(
  events: readonly Component[],
  context: Omit<Context, 'report'> & { readonly reporter: (event: Component) => Context['report'] },
): Moved {
  const moments = new Map<string, DatedMoment[]>();
  for (const event of events) {
    const property = firstProperty(event, 'recurrence-id');
    if (property === undefined) continue;
    const uid = textOf(event, 'uid') ?? '';
    const ofUid = moments.get(uid) ?? [];
    ofUid.push(...momentsOf(property, { ...context, report: context.reporter(event) }));
    moments.set(uid, ofUid);
  }
  return new Map([...moments].map(([uid, ofUid]) => [uid, exclusionsOf(ofUid)]));
}

function parseEvent(event: Component, moved: Moved, context: Context): CalendarEvents | undefined {
  if (firstProperty(event, 'recurrence-id')?.range !== undefined) {
    return context.report('RANGE=THISANDFUTURE is not supported; end the series and begin another one');
  }
  if (firstProperty(event, 'exrule') !== undefined) return context.report('EXRULE is not supported; use EXDATE');
  const property = firstProperty(event, 'dtstart');
  if (property === undefined) return context.report('DTSTART is missing');
  const [start] = momentsOf(property, context);
  if (start === undefined) return undefined;
  const span = spanOf(event, start, context);
  if (span === undefined) return undefined;
  const isMaster = firstProperty(event, 'recurrence-id') === undefined;
  const movedOfUid = isMaster ? moved.get(textOf(event, 'uid') ?? '') : undefined;
  const dates = propertiesOf(event, 'exdate').flatMap((property) => momentsOf(property, context));
  const excluded = [exclusionsOf(dates), ...(movedOfUid === undefined ? [] : [movedOfUid])];
  const series = propertiesOf(event, 'rrule')
    .map((rule) => parseSeries(rule, { zone: start.zone, span, excluded }, start, context))
    .filter((one) => one !== undefined);
  const once = [...(series.length === 0 ? [{ start, span }] : []), ...extraDates(event, span, context)];
  const singles = once
    .filter(({ start }) => !isExcluded(start, excluded))
    .map(({ start, span }) => intervalAt(start, span));
  return { singles: singles.filter(({ from, to }) => to > from), series };
}

function parseSeries(
  property: Property,
  event: Omit<Series, 'rule'>,
  start: Moment,
  context: Context,
): Series | undefined {
  if (event.span.days * DAY_MS + event.span.ms > SERIES_SPAN_LIMIT_MS) {
    return context.report('repeats, and is longer than a year');
  }
  const parsed = parseRecurrence(property.values[0], start.wall);
  if (!parsed.ok) return context.report(parsed.error);
  const { recurrence, until, count } = parsed.value;
  const rule = until === undefined ? recurrence : { ...recurrence, untilWall: untilWall(until, start.zone) };
  const last = count === undefined ? undefined : occurrenceNumber(rule, count);
  return { ...event, rule: last === undefined ? rule : { ...rule, untilWall: last } };
}

/** A day as the end means all of that day. */
function untilWall(until: CalendarTime, zone: Zone): number {
  if (until.isDate) return until.wall + DAY_MS - 1;
  return until.isUtc ? until.wall + zone.offsetMs(until.wall) : until.wall;
}

/** From DTEND: real time, but days for whole days. From DURATION: as it says. Without both a whole day, or no time. */
function spanOf(event: Component, start: DatedMoment, context: Context): Span | undefined {
  const duration = firstProperty(event, 'duration');
  if (duration !== undefined) {
    return parseSpan(duration.values[0]) ?? context.report('DURATION is no length of time');
  }
  const property = firstProperty(event, 'dtend');
  if (property === undefined) return { days: start.isDate ? 1 : 0, ms: 0 };
  const [end] = momentsOf(property, context);
  if (end === undefined) return undefined;
  if (instant(end) < instant(start)) return context.report('it ends before it begins');
  if (start.isDate && end.isDate) return { days: Math.round((end.wall - start.wall) / DAY_MS), ms: 0 };
  return { days: 0, ms: instant(end) - instant(start) };
}

function exclusionsOf(moments: readonly DatedMoment[]): Exclusions {
  return {
    instants: new Set(moments.filter(({ isDate }) => !isDate).map(instant)),
    days: new Set(moments.filter(({ isDate }) => isDate).map(({ wall }) => Math.floor(wall / DAY_MS))),
  };
}

interface Once {
  readonly start: Moment;
  readonly span: Span;
}

function extraDates(event: Component, span: Span, context: Context): readonly Once[] {
  return propertiesOf(event, 'rdate').flatMap((property) => {
    if (property.type !== 'period') return momentsOf(property, context).map((start): Once => ({ start, span }));
    return property.values.map((value) => periodOf(value, property, context)).filter((once) => once !== undefined);
  });
}

/** A start with an end or a duration. */
function periodOf(value: unknown, property: Property, context: Context): Once | undefined {
  const [from, to] = listOf(value);
  const start = momentOf(from, property, context);
  if (start === undefined) return undefined;
  const span = parseSpan(to);
  if (span !== undefined) return { start, span };
  const end = momentOf(to, property, context);
  return end === undefined ? undefined : { start, span: { days: 0, ms: instant(end) - instant(start) } };
}

function momentsOf(property: Property, context: Context): readonly DatedMoment[] {
  return property.values.map((value) => momentOf(value, property, context)).filter((moment) => moment !== undefined);
}

function momentOf(value: unknown, property: Property, context: Context): DatedMoment | undefined {
  const time = parseCalendarTime(value);
  if (time === undefined) return context.report(`${property.name.toUpperCase()} is no time`);
  const { wall, isDate, isUtc } = time;
  if (isUtc) return { wall, isDate, zone: UTC };
  if (isDate || property.tzid === undefined) return { wall, isDate, zone: context.floating };
  const zone = context.zoneOf(property.tzid);
  return zone.ok ? { wall, isDate, zone: zone.value } : context.report(zone.error);
}
