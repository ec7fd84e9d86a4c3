import type { Claim } from '../core/bus.ts';
import { needsClosing, type Correlation } from '../core/rule.ts';

const DAY_MS = 86_400_000;

/** How far before the commit lies what the memory needs. */
export function rewindOf(rules: readonly Correlation[], latenessMs: number): number {
  const longestMs = Math.max(0, ...rules.filter((rule) => !needsClosing(rule)).map(({ timespanMs }) => timespanMs));
  return Math.max(DAY_MS, longestMs) + longestMs + latenessMs;
}

/** When the last committed message was appended. */
export async function commitMs(claim: Claim, topic: string, nowMs: number): Promise<number> {
  const last = claim.committed(topic) - 1;
  if (last < 0) return nowMs;
  for await (const messages of claim.replay(topic, last)) return messages[0]?.appendedMs ?? nowMs;
  return nowMs;
}
