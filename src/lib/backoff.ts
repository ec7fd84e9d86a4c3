/** How long to wait before try number `attempt` (from 1): twice as long each time, up to the longest, and never all at once. */
export function backoffMs(attempt: number, random: number, { firstMs = 200, longestMs = 30_000 } = {}): number {
  const most = Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(most * (0.5 + random / 2));
}
