import { parseDuration } from './duration.ts';
import { parseTimeUs } from './time.ts';

/**
 * A time as people type it -> microseconds since 1970: `now`, `15m` or `30d` (so long ago), `2025-03-15`,
 * `2025-03-15T02:34Z`, `2025-03-15 02:34:12.5+01:00`; without a zone it is local time. undefined where the text is none.
 */
export function parseWhen(text: string, nowMs: number): number | undefined {
  if (text === 'now') return nowMs * 1_000;
  const ago = parseDuration(text);
  if (ago !== undefined) return (nowMs - ago) * 1_000;
  const match = WHEN.exec(text);
  if (match === null) return undefined;
  const [, date = '', time = '00:00', seconds = ':00', zone] = match;
  const wall = `${date}T${time}${seconds}`;
  if (zone !== undefined) return parseTimeUs(wall + zone);
  const wallUs = parseTimeUs(wall);
  return wallUs === undefined ? undefined : localToUs(wallUs);
}

const WHEN = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?)?(Z|z|[+-]\d\d:\d\d)?$/;

/** Wall-clock time as if it were UTC -> the instant at which a clock of this machine shows it. */
function localToUs(wallUs: number): number {
  const fraction = ((wallUs % 1_000_000) + 1_000_000) % 1_000_000;
  const wall = new Date((wallUs - fraction) / 1_000);
  const local = new Date(0);
  local.setFullYear(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate());
  local.setHours(wall.getUTCHours(), wall.getUTCMinutes(), wall.getUTCSeconds(), 0);
  return local.getTime() * 1_000 + fraction;
}
