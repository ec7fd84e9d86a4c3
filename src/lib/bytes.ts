const UNITS: Readonly<Record<string, number>> = { kB: 1_000, MB: 1_000_000, GB: 1_000_000_000, TB: 1_000_000_000_000 };

/** `512kB`, `64MB`, `1GB` -> bytes; undefined where the text is none. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+)(kB|MB|GB|TB)$/.exec(text);
  const bytes = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? Number.NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
