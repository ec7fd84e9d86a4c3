import type { EventStore, Mark } from '../core/ports.ts';
import { needsClosing } from '../core/rule.ts';
import type { RuleSet } from '../core/rule-set.ts';
import type { Correlator } from '../detect/correlate.ts';
import { detect } from '../detect/detect.ts';
import { marksKey } from '../detect/first-seen.ts';

/**
 * A first_seen rule must not call new what was there before the rule: marks the store's existing history, however short,
 * for the rules that are not marked yet. Returns their keys.
 */
export async function warmUp(
  rules: RuleSet,
  correlator: Correlator,
  store: Pick<EventStore, 'events' | 'markWarmed' | 'commit'>,
  warmed: readonly string[],
  nowMs: number,
): Promise<readonly string[]> {
  const cold = rules.correlations.flatMap((rule, index) =>
    rule.type === 'first_seen' && !needsClosing(rule) && !warmed.includes(marksKey(rule)) ? [{ rule, index }] : [],
  );
  if (cold.length === 0) return [];
  const indices = new Set(cold.map(({ index }) => index));
  const historyMs = Math.max(...cold.map(({ rule }) => rule.historyMs ?? 0));
  for await (const page of store.events({ timeUs: [(nowMs - historyMs) * 1_000, Number.MAX_SAFE_INTEGER] })) {
    const events = page.map(({ observation }) => {
      const { eventId, hits } = detect(rules, observation).hits;
      return { eventId, hits: hits.filter(({ correlation }) => indices.has(correlation)) };
    });
    const marks = correlator.mark(events);
    if (marks.length > 0) await store.commit({ ...NOTHING, marks: lastOfEach(marks), appendedMs: nowMs });
  }
  const keys = cold.map(({ rule }) => marksKey(rule));
  await store.markWarmed(keys);
  return keys;
}

const NOTHING = { observations: [], rejections: [], alerts: [], checkpoints: [], notifications: [] } as const;

/** Of several marks with one key, the last. */
export function lastOfEach(marks: readonly Mark[]): readonly Mark[] {
  if (marks.length < 2) return marks;
  return Array.from(new Map(marks.map((mark) => [`${mark.rule}\u001f${mark.group}\u001f${mark.day}`, mark])).values());
}
