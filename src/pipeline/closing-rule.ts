import type { Correlation } from '../core/rule.ts';
import { needsClosedWindow } from '../core/rule.ts';
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
  /** What is left to wait for once it was worked out as far as `closedUs`. */
  left(waiting: Waiting, closedUs: number): Waiting | undefined;
  /** What opened at that time stays, as far as nothing comes late. */
  isSettled(openedUs: number, closedUs: number): boolean;
  /** From when on the hits must be known, so that the alerts from `fromUs` on come out right. */
  neededFromUs(fromUs: number): number;
  /** How far before `closedUs` a hit may lie that still waits. */
  readonly reachUs: number;
  /** All groups are worked out together: what they count may be of other groups. */
  readonly isWhole: boolean;
}

/** Rules by their keys: those that `rule` counts are looked up there. */
export function closingRule(rule: Correlation, rules: ReadonlyMap<string, Correlation>): ClosingRule {
  return new WindowRule(rule, rules);
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
    return [fromUs, (lastPeriod + 1) * periodUs(rule)];
  }

  #neededFromUs(rule: Correlation, fromUs: number): number {
    const ownUs = neededFromUs(rule, periodOf(fromUs, rule.timespanMs * 1_000)) - (rule.historyMs ?? 0) * 1_000;
    return Math.min(ownUs, ...this.#below(rule).map((below) => this.#neededFromUs(below, ownUs)));
  }

  #below(rule: Correlation): readonly Correlation[] {
    return (rule.chained ?? []).flatMap((key) => this.#rules.get(key) ?? []);
  }
}

/** So long after a hit it is open what it means: later ones may break its window, or those of what is counted. */
function delayUs(rule: Correlation, rules: ReadonlyMap<string, Correlation>): number {
  const below = (rule.chained ?? []).flatMap((key) => rules.get(key) ?? []);
  const ownUs = needsClosedWindow(rule.condition) ? rule.timespanMs * 1_000 : 0;
  return ownUs + Math.max(0, ...below.map((child) => delayUs(child, rules)));
}
