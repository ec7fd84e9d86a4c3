import { bucketsOf, needsClosedWindow, type Correlation } from '../core/rule.ts';
import { periodOf } from '../detect/episode.ts';
import { neededFromUs, periodUs } from './history.ts';

/** What waits of one group. Times in microseconds. */
export interface Waiting {
  /** Alerts that lie in this time, both ends included, may change. */
  readonly fromUs: number;
  readonly toUs: number;
  /** The last hit. */
  readonly lastUs: number;
  /** When everything until then is there, it is worked out. */
  readonly dueUs: number;
}

/** When what is known of a correlation may be evaluated, what a hit may change of it, and what is needed for that. */
export interface ClosingRule {
  /** What a hit makes wait; `closedUs`: everything until then is there. */
  wait(timeUs: number, closedUs: number): Waiting;
  /** What waits of two hits, or of more; `isAll`: of any groups. */
  join(a: Waiting, b: Waiting, isAll: boolean): Waiting;
  /** What is left to wait for once it was worked out as far as `closedUs`. */
  left(waiting: Waiting, closedUs: number, isAll: boolean): Waiting | undefined;
  /** What opened at that time stays, as far as nothing comes late. */
  isSettled(openedUs: number, closedUs: number): boolean;
  /** From when on the hits must be known, so that the alerts from `fromUs` on come out right. */
  neededFromUs(fromUs: number): number;
  /**
   * How far before `closedUs` a hit may lie that still waits; and so much later hits are needed as well, so that alerts come
   * out right.
   */
  readonly reachUs: number;
  /** All groups are worked out together: what they count may be of other groups. */
  readonly isWhole: boolean;
}

/** Rules by their keys: those that `rule` counts are looked up there. */
export function closingRule(rule: Correlation, rules: ReadonlyMap<string, Correlation>): ClosingRule {
  if (rule.type === 'anomaly') return new AnomalyRule(rule);
  return rule.type === 'silence' ? new SilenceRule(rule) : new WindowRule(rule, rules);
}

function unite(a: Waiting, b: Waiting): Waiting {
  return {
    fromUs: Math.min(a.fromUs, b.fromUs),
    toUs: Math.max(a.toUs, b.toUs),
    lastUs: Math.max(a.lastUs, b.lastUs),
    dueUs: Math.min(a.dueUs, b.dueUs),
  };
}

/** Sliding windows: bounds that more hits may break, and correlations over correlations. */
class WindowRule implements ClosingRule {
  readonly #rule: Correlation;
  readonly #rules: ReadonlyMap<string, Correlation>;
  readonly reachUs: number;
  readonly isWhole: boolean;

  constructor(rule: Correlation, rules: ReadonlyMap<string, Correlation>) {
    this.#rule = rule;
    this.#rules = rules;
    this.reachUs = delayUs(rule, rules);
    this.isWhole = rule.chained !== undefined;
  }

  wait(timeUs: number): Waiting {
    const [fromUs, toUs] = this.#spanOf(this.#rule, timeUs);
    return { fromUs, toUs, lastUs: timeUs, dueUs: timeUs + this.reachUs };
  }

  join(a: Waiting, b: Waiting): Waiting {
    return unite(a, b);
  }

  left(waiting: Waiting, closedUs: number): Waiting | undefined {
    if (waiting.lastUs + this.reachUs <= closedUs) return undefined;
    const [fromUs] = this.#spanOf(this.#rule, closedUs - this.reachUs);
    return { ...waiting, fromUs: Math.max(fromUs, waiting.fromUs), dueUs: closedUs + 1 };
  }

  isSettled(openedUs: number, closedUs: number): boolean {
    return openedUs + this.reachUs <= closedUs;
  }

  neededFromUs(fromUs: number): number {
    return this.#neededFromUs(this.#rule, fromUs);
  }

  /** The alerts that a hit may change, of the rule or of what it counts. */
  #spanOf(rule: Correlation, timeUs: number): readonly [number, number] {
    const spans = [
      [timeUs, timeUs + (rule.historyMs ?? 0) * 1_000] as const,
      ...this.#below(rule).map((below) => this.#spanOf(below, timeUs)),
    ];
    const timespanUs = rule.timespanMs * 1_000;
    const fromUs = Math.min(...spans.map(([from]) => from)) - timespanUs;
    const lastPeriod = Math.max(...spans.map(([, to]) => periodOf(to, timespanUs))) + 2;
    return [fromUs, (lastPeriod + 1) * periodUs(rule) - 1];
  }

  #neededFromUs(rule: Correlation, fromUs: number): number {
    const ownUs = neededFromUs(rule, periodOf(fromUs, rule.timespanMs * 1_000)) - (rule.historyMs ?? 0) * 1_000;
    return Math.min(ownUs, ...this.#below(rule).map((below) => this.#neededFromUs(below, ownUs)));
  }

  #below(rule: Correlation): readonly Correlation[] {
    return (rule.chained ?? []).flatMap((key) => this.#rules.get(key) ?? []);
  }
}

/** Buckets with far more than is usual: each once it is over. */
class AnomalyRule implements ClosingRule {
  readonly #spanUs: number;
  readonly #history: number;
  readonly reachUs: number;
  readonly isWhole = false;

  constructor(rule: Correlation) {
    this.#spanUs = rule.timespanMs * 1_000;
    this.#history = bucketsOf(rule);
    this.reachUs = this.#spanUs;
  }

  /** It decides about its own bucket, and what is usual in the history after it. */
  wait(timeUs: number): Waiting {
    const fromUs = this.#beginning(timeUs);
    const toUs = fromUs + (this.#history + 2) * this.#spanUs;
    return { fromUs, toUs, lastUs: timeUs, dueUs: fromUs + this.#spanUs };
  }

  join(a: Waiting, b: Waiting): Waiting {
    return unite(a, b);
  }

  left(waiting: Waiting, closedUs: number): Waiting | undefined {
    if (this.#beginning(waiting.lastUs) + this.#spanUs <= closedUs) return undefined;
    const fromUs = this.#beginning(closedUs);
    return { ...waiting, fromUs: Math.max(fromUs, waiting.fromUs), dueUs: fromUs + this.#spanUs };
  }

  isSettled(): boolean {
    return true;
  }

  /** Whether it goes on from the bucket before is said by that one's history. */
  neededFromUs(fromUs: number): number {
    return this.#beginning(fromUs) - (this.#history + 2) * this.#spanUs;
  }

  #beginning(timeUs: number): number {
    return Math.floor(timeUs / this.#spanUs) * this.#spanUs;
  }
}

/** Buckets in which nothing came, of those who are expected: at the end of each. */
class SilenceRule implements ClosingRule {
  readonly #spanUs: number;
  readonly #history: number;
  readonly reachUs: number;
  readonly isWhole = false;

  constructor(rule: Correlation) {
    this.#spanUs = rule.timespanMs * 1_000;
    this.#history = bucketsOf(rule);
    this.reachUs = (this.#history + 2) * this.#spanUs;
  }

  /** It ends a silence, is the last before another, and says for the history after it who is expected. */
  wait(timeUs: number, closedUs: number): Waiting {
    const bucket = this.#bucket(timeUs);
    return {
      fromUs: (bucket - this.#history - 2) * this.#spanUs,
      toUs: (bucket + this.#history + 2) * this.#spanUs,
      lastUs: timeUs,
      // What is late is due at once; else there is nothing to say before the next bucket is over.
      dueUs: timeUs <= closedUs ? timeUs : (bucket + 2) * this.#spanUs,
    };
  }

  /** One who comes in every bucket never is due: each hit puts off the next look, unless one of them is late. */
  join(a: Waiting, b: Waiting, isAll: boolean): Waiting {
    const joined = unite(a, b);
    const isDue = [a, b].some(({ dueUs, lastUs }) => dueUs <= lastUs);
    if (isAll || isDue) return joined;
    const isBack = Math.abs(this.#bucket(a.lastUs) - this.#bucket(b.lastUs)) > 1;
    return { ...joined, dueUs: isBack ? joined.lastUs : Math.max(a.dueUs, b.dueUs) };
  }

  left({ lastUs }: Waiting, closedUs: number, isAll: boolean): Waiting | undefined {
    if (!Number.isFinite(closedUs)) return undefined;
    const bucket = this.#bucket(lastUs);
    const next = this.#bucket(closedUs) + 1;
    if (!isAll && next > bucket + this.#history + 2) return undefined;
    const after = isAll ? next : Math.max(next, bucket + 2);
    const fromUs = Math.min((bucket - this.#history - 2) * this.#spanUs, (next - this.#history - 3) * this.#spanUs);
    return { ...this.wait(lastUs, closedUs), fromUs, dueUs: after * this.#spanUs };
  }

  isSettled(): boolean {
    return true;
  }

  /** A silence lasts as long as the history at most, and is judged by as much before. */
  neededFromUs(fromUs: number): number {
    return fromUs - (2 * this.#history + 4) * this.#spanUs;
  }

  #bucket(timeUs: number): number {
    return Math.floor(timeUs / this.#spanUs);
  }
}

/** So long after a hit it is open what it means: later ones may break its window, or those of what is counted. */
function delayUs(rule: Correlation, rules: ReadonlyMap<string, Correlation>): number {
  const below = (rule.chained ?? []).flatMap((key) => rules.get(key) ?? []);
  const ownUs = needsClosedWindow(rule.condition) ? rule.timespanMs * 1_000 : 0;
  return ownUs + Math.max(0, ...below.map((child) => delayUs(child, rules)));
}
