import type { DayStore, Deletion, StoredDay } from '../core/days.ts';
import type { AccessReader } from '../core/access-reader.ts';
import type { RuleSet } from '../core/rule-set.ts';
import { parseDuration, printDuration } from '../lib/duration.ts';

/** How long events stay, and where. */
export interface Retention {
  readonly sealAfterMs: number;
  /** Without it nothing is deleted. */
  readonly retention?: { readonly ms: number; readonly setting: string };
}

/** Only the embedded store seals days. */
export function retentionOf({ store }: { readonly store: StoreSettings }): Retention {
  const ms = store.retention === undefined ? undefined : parseDuration(store.retention);
  return {
    sealAfterMs: (store.seal_after === undefined ? undefined : parseDuration(store.seal_after)) ?? Infinity,
    ...(ms === undefined || store.retention === undefined ? {} : { retention: { ms, setting: store.retention } }),
  };
}

/** Durations, as the config has them. */
interface StoreSettings {
  readonly seal_after?: string;
  readonly retention?: string | undefined;
}

export interface DayPlan {
  readonly seal: readonly StoredDay[];
  readonly delete: readonly StoredDay[];
}

/** Whole UTC days: one is sealed or deleted when all of it is older than that. What is deleted is not sealed before. */
export function planDays(days: readonly StoredDay[], { sealAfterMs, retention }: Retention, nowMs: number): DayPlan {
  const isOlder = ({ day }: StoredDay, ms: number): boolean => (day + 1) * DAY_MS + ms <= nowMs;
  const isGone = (day: StoredDay): boolean => retention !== undefined && isOlder(day, retention.ms);
  return {
    seal: days.filter((day) => day.open > 0 && isOlder(day, sealAfterMs) && !isGone(day)),
    delete: days.filter(isGone),
  };
}

/** What was done with a day. */
export type DayDone =
  | { readonly what: 'sealed'; readonly day: number; readonly events: number }
  | ({ readonly what: 'deleted' } & Deletion);

/** Does what is due, day by day, oldest first; stops between two files when the signal says so. */
export async function* keepDays(
  store: DayStore & Pick<AccessReader, 'days'>,
  settings: Retention,
  nowMs: number,
  signal: AbortSignal,
): AsyncGenerator<DayDone, void, undefined> {
  const plan = planDays(await store.days(), settings, nowMs);
  for (const { day } of plan.delete) {
    if (signal.aborted) return;
    const setting = settings.retention?.setting ?? '';
    yield { what: 'deleted', ...(await store.deleteDay({ day, atMs: nowMs, setting })) };
  }
  for (const { day } of plan.seal) {
    if (signal.aborted) return;
    yield { what: 'sealed', day, events: await store.sealDay(day, signal) };
  }
}

/** Makes complete days quick to ask about, newest first: of those that ended long enough ago that little comes late. */
export async function indexDays(
  store: Pick<DayStore, 'indexDay'> & Pick<AccessReader, 'days'>,
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (const { day } of (await store.days()).toReversed()) {
    if (signal.aborted) return;
    if ((day + 1) * DAY_MS + INDEX_AFTER_MS <= nowMs) await store.indexDay(day);
  }
}

/** CloudTrail tells within fifteen minutes, mostly. */
const INDEX_AFTER_MS = 1_800_000;

/** What rules look back on, where retention deletes it before; undefined where all of it stays. */
export function shortRetention({ correlations }: RuleSet, { retention }: Retention): string | undefined {
  if (retention === undefined) return undefined;
  const reach = correlations.map((rule) => ({ rule, ms: Math.max(rule.timespanMs, rule.historyMs ?? 0) }));
  const longer = reach.filter(({ ms }) => ms > retention.ms).toSorted((a, b) => b.ms - a.ms);
  const [most] = longer;
  if (most === undefined) return undefined;
  const others = longer.length === 1 ? '' : ` and ${longer.length - 1} more rules`;
  return `store.retention ${retention.setting} is shorter than the ${printDuration(most.ms)} that "${most.rule.meta.title}"${others} look back`;
}

/** Of a day, as `2025-03-15`. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

export const DAY_MS = 86_400_000;
