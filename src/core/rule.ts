export const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type Level = (typeof LEVELS)[number];
export const STATUSES = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'] as const;
export type Status = (typeof STATUSES)[number];

export const STORES = ['vault', 'aws', 'azure'] as const;
export type StoreName = (typeof STORES)[number];

/** `true`, or why a rule does not cover a store. */
export type StoreCoverage = Readonly<Partial<Record<StoreName, true | string>>>;

/** What a rule says about itself: goes into its alerts. */
export interface RuleMeta {
  /** Unique: the rule's id, or `<id of its file's alerting rule>/<name>` for one that has only a name. */
  readonly key: string;
  readonly id?: string;
  readonly name?: string;
  readonly title: string;
  readonly status: Status;
  readonly level: Level;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly falsepositives: readonly string[];
  /** Absent where the rule does not say. */
  readonly stores?: StoreCoverage;
  readonly file: string;
  readonly line: number;
}

export interface LogSource {
  readonly category?: string;
  readonly product?: string;
  readonly service?: string;
}

export interface CountCondition {
  readonly gt?: number;
  readonly gte?: number;
}

/**
 * What raises alerts: counts hits of detections within a group. A detection that stands alone is an
 * event_count of gte 1 within 1 h over actor and secret, with `absentIsValue`.
 */
export interface Correlation {
  readonly meta: RuleMeta;
  readonly type: 'event_count' | 'value_count' | 'first_seen';
  /** Keys of the detections that are counted. */
  readonly rules: readonly string[];
  /** first_seen: keys of the detections that tell a stranger from an acquaintance; empty otherwise. */
  readonly knownBy: readonly string[];
  readonly groupBy: readonly string[];
  /** A hit without one of its group-by fields: false drops it, true makes absence a value of its own. */
  readonly absentIsValue: boolean;
  readonly timespanMs: number;
  /** first_seen only. */
  readonly historyMs?: number;
  /** first_seen: silent until its first hit of all groups lies so far back; without it from the start. */
  readonly settleMs?: number;
  readonly condition: CountCondition;
  /** value_count only: the field whose distinct values are counted. */
  readonly field?: string;
}

/** The smallest count that satisfies the condition. */
export function threshold(condition: CountCondition): number {
  return Math.max(condition.gte ?? 0, condition.gt === undefined ? 0 : condition.gt + 1, 1);
}
