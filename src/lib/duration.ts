const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `42s`, `5m`, `1h`, `30d`, `2w`, or a sum as `1h30m` -> milliseconds; undefined where the text is none, or too long to count. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+[smhdw])+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw])/g)) sum += Number(count) * (UNITS[unit ?? ''] ?? 0);
  return Number.isSafeInteger(sum) ? sum : undefined;
}

/** Whole milliseconds, at least 0 -> the shortest exact form: 300000 -> `5m`. What is below a second is in `ms`. */
export function printDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = UNITS[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return rest === 0 ? text : `${text}${rest}ms`;
}
