import type { Alert } from '../core/alert.ts';
import type { Hit } from '../core/hit.ts';
import type { EventStore } from '../core/ports.ts';
import type { AccessReader } from '../core/access-reader.ts';
import type { Correlation } from '../core/rule.ts';
import type { RuleSet } from '../core/rule-set.ts';
import { supersede } from '../detect/build-alert.ts';
import type { EpisodeChange } from '../detect/telling.ts';
import { detect } from '../detect/detect.ts';
import { Evaluator } from '../detect/evaluator.ts';
import { compareRefs } from '../detect/episode.ts';
import { parseTimeUs } from '../lib/time.ts';
import { AlertWriter } from './alert-writer.ts';
import { ALL, joinGroup, type WaitingGroups } from './closing.ts';
import type { ClosingRule, Waiting } from './closing-rule.ts';

/** What was worked out of a rule. */
export interface ClosedRule {
  /** All alerts of what was worked out, and those that are superseded now. */
  readonly alerts: readonly Alert[];
  /** As they were in the store, superseded ones too. */
  readonly stored: readonly Alert[];
}

export interface CloseRuleOptions {
  readonly rules: RuleSet;
  /** Index of the rule. */
  readonly correlation: number;
  readonly closing: ClosingRule;
  readonly waiting: WaitingGroups;
  readonly store: Pick<EventStore, 'events' | 'eventsById'> & Pick<AccessReader, 'alerts'>;
  /** Microseconds: everything until then is there. */
  readonly closedUs: number;
  /** Microseconds: so far the world was watched, though nothing may have come. */
  readonly untilUs: number;
  /** Since when (append, milliseconds) events say that they hit the rule as it is now. */
  readonly sinceMs: number;
  readonly signal: AbortSignal;
}

/**
 * Works the waiting groups of one rule out from the store, as far as everything is there. The alerts have the ids that
 * they always have. undefined when the signal came first.
 */
export async function closeRule(options: CloseRuleOptions): Promise<ClosedRule | undefined> {
  const { rules, correlation, closing, waiting, store, closedUs } = options;
  const rule = rules.correlations[correlation];
  if (rule === undefined) return { alerts: [], stored: [] };
  // Before the events: an alert that is stored already must find its hits among those that are read.
  const stored = await storedAlerts(rule, waiting, store);
  const writer = new AlertWriter(rules, store);
  const episodes = await evaluate(options, rule, writer);
  if (episodes === undefined) return undefined;
  const settled = episodes
    .filter(({ episode }) => closing.isSettled(episode.opening.timeUs, closedUs))
    .filter(({ group, episode: { opening, last } }) => isWaiting(waiting, group, [opening.timeUs, last.timeUs]))
    .toSorted((a, b) => compareRefs(a.episode.opening, b.episode.opening));
  const alerts = await writer.write(settled);
  return { alerts: [...alerts, ...gone(alerts, stored, rule)], stored };
}

async function evaluate(
  { rules, correlation, closing, waiting, store, closedUs, untilUs, sinceMs, signal }: CloseRuleOptions,
  rule: Correlation,
  writer: AlertWriter,
): Promise<readonly EpisodeChange[] | undefined> {
  const family = familyOf(rule, rules.correlations);
  const isMeant = (hit: Hit): boolean => {
    if (closing.isWhole || waiting.has(ALL)) return family.indices.has(hit.correlation);
    return hit.correlation === correlation && waiting.has(joinGroup(hit.group));
  };
  const fromUs = closing.neededFromUs(Math.min(...Array.from(waiting.values(), (one) => one.fromUs)));
  const toUs = Math.max(...Array.from(waiting.values(), (one) => one.toUs)) + closing.reachUs;
  // What was appended before the rule was there does not say that it hits.
  const only = fromUs > sinceMs * 1_000 || sinceMs === 0 ? { rules: family.keys } : {};
  const evaluator = new Evaluator(rules.correlations, closedUs);
  for await (const page of store.events({ timeUs: [fromUs, toUs], ...only })) {
    if (signal.aborted) return undefined;
    const events = page.flatMap(({ observation }) => {
      const detected = detect(rules, observation);
      const hits = detected.hits.hits.filter(isMeant);
      if (hits.length === 0) return [];
      writer.remember(detected);
      return [{ eventId: detected.hits.eventId, hits, timeUs: observation.timeUs }];
    });
    evaluator.apply(events);
  }
  return signal.aborted
    ? undefined
    : evaluator.finish({ closedUs, untilUs }).filter((change) => change.correlation === correlation);
}

/** The rule and all that it counts. */
function familyOf(
  root: Correlation,
  rules: readonly Correlation[],
): { readonly indices: ReadonlySet<number>; readonly keys: readonly string[] } {
  const byKey = new Map(rules.map((rule, index) => [rule.meta.key, index]));
  const indices = new Set<number>();
  const keys = new Set<string>();
  const add = (rule: Correlation): void => {
    indices.add(byKey.get(rule.meta.key) ?? -1);
    for (const key of [...rule.rules, ...rule.knownBy]) {
      const below = rule.chained?.includes(key) === true ? rules[byKey.get(key) ?? -1] : undefined;
      if (below === undefined) keys.add(key);
      else add(below);
    }
  };
  add(root);
  return { indices, keys: Array.from(keys) };
}

/** Alerts of the waiting groups that lie where something may have changed. */
async function storedAlerts(
  rule: Correlation,
  waiting: WaitingGroups,
  store: Pick<AccessReader, 'alerts'>,
): Promise<readonly Alert[]> {
  const sinceUs = Math.min(...Array.from(waiting.values(), ({ fromUs }) => fromUs));
  const untilUs = Math.max(...Array.from(waiting.values(), ({ toUs }) => toUs));
  const found = await store.alerts({ sinceUs, untilUs, limit: Number.MAX_SAFE_INTEGER });
  return found.flatMap(({ alert }) => {
    if (alert.rule.id !== rule.meta.key) return [];
    const group = rule.groupBy.map((field) => alert.group[field] ?? '');
    return isWaiting(waiting, group, [us(alert.opened), us(alert.last)]) ? [alert] : [];
  });
}

function isWaiting(
  waiting: WaitingGroups,
  group: readonly string[],
  [openedUs, lastUs]: readonly [number, number],
): boolean {
  const within = ({ fromUs, toUs }: Waiting): boolean => openedUs <= toUs && lastUs >= fromUs;
  const found = waiting.get(ALL) ?? waiting.get(joinGroup(group));
  return found !== undefined && within(found);
}

/** Stored alerts that are none any more, and who took them over: one that lies where they did, else nobody. */
function gone(alerts: readonly Alert[], stored: readonly Alert[], rule: Correlation): readonly Alert[] {
  const now = new Set(alerts.map(({ id }) => id));
  const nearUs = rule.timespanMs * 1_000;
  const groups = Map.groupBy(alerts, groupKey);
  return stored.flatMap((alert) => {
    if (now.has(alert.id) || alert.superseded_by !== undefined) return [];
    const near = (groups.get(groupKey(alert)) ?? []).filter(
      (other) => us(other.opened) <= us(alert.last) + nearUs && us(other.last) >= us(alert.opened) - nearUs,
    );
    const taker =
      near.find((other) => us(other.opened) <= us(alert.opened) && us(alert.opened) <= us(other.last)) ?? near[0];
    return [supersede(alert, taker?.id ?? alert.id)];
  });
}

function groupKey({ group }: Alert): string {
  return JSON.stringify(Object.values(group));
}

function us(time: string): number {
  return parseTimeUs(time) ?? 0;
}
