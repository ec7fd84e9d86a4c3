import type { SourceFacts } from '../core/access-reader.ts';
import { escapeText } from '../lib/escape.ts';
import { localTimes, type LocalTime } from '../lib/local-time.ts';
import { parseTimeUs } from '../lib/time.ts';
import type { TimeWindow } from './window.ts';

/** Times of a window as people read them. */
export interface Clock {
  readonly local: (ms: number) => LocalTime;
  /** The window lies within one local day: times need no date. */
  readonly oneDay: boolean;
  /** The window's last local day. */
  readonly lastDate: string;
}

/** `zone`: an IANA name; the machine's own without it. */
export function clockOf(window: TimeWindow, zone: string | undefined): Clock {
  const local = localTimes(zone);
  const lastDate = local(window.toUs / 1_000).date;
  return { local, lastDate, oneDay: local(window.fromUs / 1_000).date === lastDate };
}

/** `15 Mar 03:19 to 03:49 CET (UTC+1)` */
export function printSpan({ fromUs, toUs }: TimeWindow, { local, oneDay }: Clock): string {
  const from = local(fromUs / 1_000);
  const to = local(toUs / 1_000);
  const minutes = (time: LocalTime): string => time.time.slice(0, 5);
  const isOneYear = from.date.slice(0, 4) === to.date.slice(0, 4);
  const day = (time: LocalTime): string => `${time.dayMonth}${isOneYear ? '' : ` ${time.date.slice(0, 4)}`}`;
  const end = oneDay ? minutes(to) : `${day(to)} ${minutes(to)}`;
  return `${day(from)} ${minutes(from)} to ${end} ${zoneOf(to)}`;
}

/** `CET (UTC+1)`; at home in Greenwich, `UTC`. */
function zoneOf({ zone, offset }: LocalTime): string {
  return offset === '+00:00' ? zone : `${zone} (UTC${shortOffset(offset)})`;
}

function shortOffset(offset: string): string {
  return offset.replace(/^([+-])0?(\d+):00$/, '$1$2');
}

/** A quiet source says every 10 s up to when it was read; the time is shown. */
const TOLERANCE_US = 15_000_000;

/** Which sources were read to the end of the window, and which were not. */
export function printCompleteness(sources: readonly SourceFacts[], { toUs }: TimeWindow, clock: Clock): string {
  if (sources.length === 0) return 'no source was read yet';
  const isComplete = ({ seenTo }: SourceFacts): boolean => (parseTimeUs(seenTo ?? '') ?? 0) >= toUs - TOLERANCE_US;
  const done = sources.filter(isComplete);
  const rest = sources.filter((source) => !isComplete(source));
  const parts = [];
  if (done.length > 0) parts.push(`complete: ${done.map(({ source }) => source).join(', ')}${seenTo(done, clock)}`);
  if (rest.length > 0)
    parts.push(`incomplete: ${rest.map((source) => `${source.source}${seenTo([source], clock)}`).join(', ')}`);
  return escapeText(parts.join('; '));
}

function seenTo(sources: readonly SourceFacts[], { local, lastDate }: Clock): string {
  const oldest = Math.min(...sources.map(({ seenTo: text }) => parseTimeUs(text ?? '') ?? 0));
  if (oldest === 0) return ' not read to its end yet';
  const { dayMonth, time, date } = local(oldest / 1_000);
  return ` seen to ${date === lastDate ? '' : `${dayMonth} `}${time}`;
}

/** `03:36:40.112`, with the day where the window is longer than one. */
export function clockTime(us: number, { local, oneDay }: Clock): string {
  const { dayMonth, time } = local(us / 1_000);
  const fraction = String(Math.floor((us % 1_000_000) / 1_000)).padStart(3, '0');
  return `${oneDay ? '' : `${dayMonth} `}${time}.${fraction}`;
}
