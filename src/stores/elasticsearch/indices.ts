import { REACH_MINUTES, minuteOf } from '../reach.ts';

export const PERIODS = ['day', 'month'] as const;
export type Period = (typeof PERIODS)[number];

/** Names of the indices under one prefix. */
export interface Indices {
  /** All indices of events. */
  readonly events: string;
  readonly alerts: string;
  readonly rejections: string;
  readonly secrets: string;
  readonly notifications: string;
  readonly gaps: string;
  readonly state: string;
  /** Where an event of that time belongs: microseconds since 1970. */
  eventsAt(timeUs: number): string;
  /** Where else an event of the same id within reach may lie: close to the end of a period, its neighbour. */
  nearTo(timeUs: number): readonly string[];
}

export function indicesOf(prefix: string, period: Period): Indices {
  const names = new Map<number, string>();
  const eventsAt = (timeUs: number): string => {
    const day = Math.floor(timeUs / DAY_US);
    const known = names.get(day);
    if (known !== undefined) return known;
    if (names.size > DAYS_REMEMBERED) names.clear();
    const name = `${prefix}-events-${periodOf(day, period)}`;
    names.set(day, name);
    return name;
  };
  return {
    events: `${prefix}-events-*`,
    alerts: `${prefix}-alerts`,
    rejections: `${prefix}-rejections`,
    secrets: `${prefix}-secrets`,
    notifications: `${prefix}-notifications`,
    gaps: `${prefix}-gaps`,
    state: `${prefix}-state`,
    eventsAt,
    nearTo: (timeUs) => {
      const own = eventsAt(timeUs);
      const minute = minuteOf(timeUs);
      const around = [minute - REACH_MINUTES, minute + REACH_MINUTES].map((near) => eventsAt(near * MINUTE_US));
      return around.filter((name) => name !== own);
    },
  };
}

/** `whosaw-events-2025.03.15` -> the day after its last one, as days since 1970; undefined where it is no index of events. */
export function endOfPeriod(index: string): number | undefined {
  const [, year, month, day] = /-events-(\d{4})\.(\d{2})(?:\.(\d{2}))?$/.exec(index) ?? [];
  if (year === undefined || month === undefined) return undefined;
  const end =
    day === undefined
      ? Date.UTC(Number(year), Number(month), 1)
      : Date.UTC(Number(year), Number(month) - 1, Number(day) + 1);
  return end / DAY_MS;
}

function periodOf(day: number, period: Period): string {
  const text = new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '.');
  return period === 'day' ? text : text.slice(0, 7);
}

const DAY_US = 86_400_000_000;
const DAY_MS = 86_400_000;
const MINUTE_US = 60_000_000;
const DAYS_REMEMBERED = 1_000;
