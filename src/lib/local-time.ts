/** Wall-clock parts of an instant in a zone, and how the zone is called then. */
export interface LocalTime {
  /** `2025-03-15`. */
  readonly date: string;
  /** `15 Mar`. */
  readonly dayMonth: string;
  /** `03:36:40`. */
  readonly time: string;
  /** `CET`, or `GMT+5:30` where the zone has no short name of its own. */
  readonly zone: string;
  /** `+01:00`. */
  readonly offset: string;
}

/** `zone`: an IANA name; the machine's own without it. */
export function localTimes(zone?: string): (ms: number) => LocalTime {
  const timeZone = zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, ...PARTS, timeZoneName: 'short' });
  const offsets = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'longOffset' });
  return (ms) => {
    const of = byType(parts.formatToParts(ms));
    const offset = byType(offsets.formatToParts(ms)).timeZoneName?.replace('GMT', '') ?? '';
    return {
      date: `${of.year}-${String(MONTHS.indexOf(of.month ?? '') + 1).padStart(2, '0')}-${of.day}`,
      dayMonth: `${Number(of.day)} ${of.month}`,
      time: `${of.hour}:${of.minute}:${of.second}`,
      zone: of.timeZoneName ?? 'UTC',
      offset: offset === '' ? '+00:00' : offset,
    };
  };
}

const PARTS = {
  year: 'numeric',
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
} as const;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec'];

function byType(parts: readonly Intl.DateTimeFormatPart[]): Partial<Record<Intl.DateTimeFormatPartTypes, string>> {
  return Object.fromEntries(parts.map(({ type, value }) => [type, value]));
}
