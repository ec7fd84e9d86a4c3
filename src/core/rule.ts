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

/** All of them must hold. What is below, at most or exactly so much is only known once a window can take no other hit. */
export interface CountCondition {
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
  readonly eq?: number;
  readonly neq?: number;
}

/** Source: the Sigma specification 2.1. */
export const SIGMA_CORRELATION_TYPES = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
] as const;
/** Those of Sigma, and ours. */
export const CORRELATION_TYPES = [...SIGMA_CORRELATION_TYPES, 'first_seen', 'anomaly', 'silence'] as const;
export type CorrelationType = (typeof CORRELATION_TYPES)[number];

/**
 * What raises alerts: counts hits of detections within a group. A detection that stands alone is an
 * event_count of gte 1 within 1 h over actor and secret, with `absentIsValue`.
 */
export interface Correlation {
  readonly meta: RuleMeta;
  readonly type: CorrelationType;
  /** Keys of the detections and correlations that are counted. */
  readonly rules: readonly string[];
  /** Those of `rules` that are correlations: each of their alerts counts once, at its opening. */
  readonly chained?: readonly string[];
  /** Only counted by others: raises no alerts itself. */
  readonly isSilent?: boolean;
  /** first_seen: keys of the detections that tell a stranger from an acquaintance; empty otherwise. */
  readonly knownBy: readonly string[];
  /** first_seen: those of `groupBy` that make the acquaintance: the secret is known, though its reader may not be. All without it. */
  readonly knownAs?: readonly string[];
  readonly groupBy: readonly string[];
  /** Where some of `groupBy` are aliases: for each of `rules` the fields that they stand for. */
  readonly groupFields?: readonly (readonly string[])[];
  /** A hit without one of its group-by fields: false drops it, true makes absence a value of its own. */
  readonly absentIsValue: boolean;
  /** anomaly and silence: the length of a bucket, at whose multiples (UTC) one begins. */
  readonly timespanMs: number;
  /** first_seen, anomaly and silence. */
  readonly historyMs?: number;
  /**
   * first_seen: silent until its first hit of all groups lies so far back; without it from the start. anomaly: so long before
   * a bucket the group's first hit within the history has to lie; without it half of the history.
   */
  readonly settleMs?: number;
  /** anomaly: so many times what is usual is far above it. */
  readonly factor?: number;
  /**
   * temporal and temporal_ordered: of the number of different rules. anomaly: what is less is none. silence: of the number
   * of buckets within the history in which the group came.
   */
  readonly condition: CountCondition;
  /** value_count and anomaly: the field whose distinct values are counted; other value_*: the one whose numbers are. */
  readonly field?: string;
  /** value_count and anomaly: fields whose values are counted together with those of `field`. */
  readonly moreFields?: readonly string[];
  /** value_percentile: which, from 0 to 100. */
  readonly percentile?: number;
  /** What would have kept it quiet, in words; of compiled rules, where a short sentence says it. */
  readonly quiet?: string;
}

/** The smallest count that satisfies the condition, as far as it asks for a least one. */
export function threshold(condition: CountCondition): number {
  return Math.max(condition.gte ?? 0, condition.gt === undefined ? 0 : condition.gt + 1, condition.eq ?? 0, 1);
}

/** The type measures numbers, which need not be whole, and counts nothing. */
export function isOfNumbers(type: CorrelationType): boolean {
  return type === 'value_sum' || type === 'value_avg' || type === 'value_percentile';
}

/** More hits may end what held: it holds once the window can take no other hit. */
export function needsClosedWindow({ lt, lte, eq, neq }: CountCondition): boolean {
  return [lt, lte, eq, neq].some((bound) => bound !== undefined);
}

/**
 * What it says of some time is only known once every source is complete past that time: then it is evaluated on the store.
 * What is only counted by others is counted by such ones.
 */
export function needsClosing({ type, condition, chained, isSilent }: Correlation): boolean {
  return isBucketed(type) || chained !== undefined || isSilent === true || needsClosedWindow(condition);
}

/** Counts in buckets that stand side by side, and not in a window that slides. */
export function isBucketed(type: CorrelationType): boolean {
  return type === 'anomaly' || type === 'silence';
}

/** The type counts distinct values of its field. */
export function isOfValues(type: CorrelationType): boolean {
  return type === 'value_count' || type === 'anomaly';
}

/** anomaly, silence: buckets of the history. */
export function bucketsOf({ historyMs = 0, timespanMs }: Correlation): number {
  return Math.max(1, Math.floor(historyMs / timespanMs));
}

/** Hits that come late may undo an alert, and not only move its opening. */
export function isRevocable(rule: Correlation): boolean {
  return rule.type === 'first_seen' || isOfNumbers(rule.type) || needsClosing(rule);
}

/** Does it hold? `compare`: above 0 where what is counted is more than the bound, below 0 where it is less. */
export function holds(condition: CountCondition, compare: (bound: number) => number): boolean {
  const { gt, gte, lt, lte, eq, neq } = condition;
  return (
    (gt === undefined || compare(gt) > 0) &&
    (gte === undefined || compare(gte) >= 0) &&
    (lt === undefined || compare(lt) < 0) &&
    (lte === undefined || compare(lte) <= 0) &&
    (eq === undefined || compare(eq) === 0) &&
    (neq === undefined || compare(neq) !== 0)
  );
}

const WORDS = {
  gt: 'more than',
  gte: 'at least',
  lt: 'less than',
  lte: 'at most',
  eq: 'exactly',
  neq: 'not',
} as const satisfies Record<keyof CountCondition, string>;

/** `more than 2 and at most 5` */
export function printCondition(condition: CountCondition): string {
  const operators = Object.keys(WORDS) as readonly (keyof CountCondition)[];
  return operators
    .flatMap((key) => (condition[key] === undefined ? [] : [`${WORDS[key]} ${condition[key]}`]))
    .join(' and ');
}

/** anomaly: so many times what is usual, where the rule does not say. */
export const DEFAULT_FACTOR = 3;
