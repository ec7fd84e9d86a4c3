/**
 * RFC 3339 in UTC or with an offset -> microseconds since 1970; undefined where the text is none.
 * Digits below the microsecond are cut off: order below it is by event id.
 */
export function parseTimeUs(text: string): number | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const ms = Date.parse(`${match[1]}T${match[2]}${(match[4] ?? 'Z').toUpperCase()}`);
  if (Number.isNaN(ms)) return undefined;
  return ms * 1000 + Number((match[3] ?? '').slice(0, 6).padEnd(6, '0'));
}

const RFC3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?([Zz]|[+-]\d\d:\d\d)?$/;

/** Microseconds since 1970 -> RFC 3339 in UTC with six fractional digits, trailing zeros and an empty fraction cut off. */
export function formatTimeUs(timeUs: number): string {
  const second = Math.floor(timeUs / 1_000_000);
  const fraction = String(timeUs - second * 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const head = new Date(second * 1000).toISOString().slice(0, 19);
  return fraction === '' ? `${head}Z` : `${head}.${fraction}Z`;
}

export const DAY_US = 86_400_000_000;
