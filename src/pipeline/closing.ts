import type { Hit, HitPlace } from '../core/hit.ts';
import type { Correlation } from '../core/rule.ts';
import { closingRule, type ClosingRule, type Waiting } from './closing-rule.ts';

/** What is due of one rule: by the group's values, joined; `ALL` stands for every group. */
export type WaitingGroups = ReadonlyMap<string, Waiting>;

export const ALL = '\u001e';

export function joinGroup(group: readonly string[]): string {
  return group.join('\u001f');
}

/** What waits until every source is complete past it: of each rule and group that had hits, when and how far. */
export class Closing {
  /** By index; undefined for rules that are evaluated while events stream, or only counted. */
  readonly rules: readonly (ClosingRule | undefined)[];
  readonly #waiting: readonly Map<string, Waiting>[];
  readonly #groupsLimit: number;
  readonly #onCrowd: (rule: Correlation) => void;
  readonly #correlations: readonly Correlation[];
  /** Nothing is due before. */
  #dueUs = Number.POSITIVE_INFINITY;
  #closedUs = Number.NEGATIVE_INFINITY;

  /** `groupsLimit`: where more groups of a rule wait, it is worked out for all of its groups; `onCrowd` is told so. */
  constructor(
    correlations: readonly Correlation[],
    closed: ReadonlySet<number>,
    groupsLimit: number,
    onCrowd: (rule: Correlation) => void,
  ) {
    const byKey = new Map(correlations.map((rule) => [rule.meta.key, rule]));
    this.#correlations = correlations;
    this.rules = correlations.map((rule, index) =>
      closed.has(index) && rule.isSilent !== true ? closingRule(rule, byKey) : undefined,
    );
    this.#waiting = correlations.map(() => new Map<string, Waiting>());
    this.#groupsLimit = groupsLimit;
    this.#onCrowd = onCrowd;
  }

  /** Everything until then is there. */
  get closedUs(): number {
    return this.#closedUs;
  }

  set closedUs(timeUs: number) {
    this.#closedUs = Math.max(this.#closedUs, timeUs);
  }

  get isEmpty(): boolean {
    return this.#waiting.every((groups) => groups.size === 0);
  }

  get isDue(): boolean {
    if (this.#dueUs > this.#closedUs) return false;
    // What came meanwhile may have put it off.
    this.#dueUs = Number.POSITIVE_INFINITY;
    for (const groups of this.#waiting)
      for (const { dueUs } of groups.values()) this.#dueUs = Math.min(this.#dueUs, dueUs);
    return this.#dueUs <= this.#closedUs;
  }

  /** `isMeant`: only rules of these indices. */
  touch(hits: readonly Hit[], isMeant: (correlation: number) => boolean = () => true): void {
    for (const hit of hits) this.#touch(hit, hit.timeUs, isMeant);
  }

  #touch(place: HitPlace, timeUs: number, isMeant: (correlation: number) => boolean): void {
    const rule = this.rules[place.correlation];
    if (rule !== undefined && isMeant(place.correlation)) {
      const waiting = rule.wait(timeUs, this.#closedUs);
      this.#add(place.correlation, rule.isWhole ? ALL : joinGroup(place.group), waiting);
    }
    for (const above of place.carried ?? []) this.#touch(above, timeUs, isMeant);
  }

  #add(correlation: number, group: string, waiting: Waiting): void {
    const groups = this.#waiting[correlation];
    const rule = this.rules[correlation];
    if (groups === undefined || rule === undefined) return;
    const key = groups.has(ALL) ? ALL : group;
    if (!groups.has(key) && groups.size >= this.#groupsLimit) this.#gather(correlation, rule, groups);
    const place = groups.has(ALL) ? ALL : key;
    const known = groups.get(place);
    const joined = known === undefined ? waiting : rule.join(known, waiting, place === ALL);
    groups.set(place, joined);
    this.#dueUs = Math.min(this.#dueUs, joined.dueUs);
  }

  #gather(correlation: number, closing: ClosingRule, groups: Map<string, Waiting>): void {
    const all = Array.from(groups.values()).reduce((a, b) => closing.join(a, b, true));
    groups.clear();
    groups.set(ALL, all);
    const rule = this.#correlations[correlation];
    if (rule !== undefined) this.#onCrowd(rule);
  }

  /** What waits of the rule of this index. */
  of(correlation: number): WaitingGroups {
    return this.#waiting[correlation] ?? new Map<string, Waiting>();
  }

  /** What had waited before a restart. */
  restore(correlation: number, waiting: WaitingGroups): void {
    for (const [group, one] of waiting) this.#add(correlation, group, one);
  }

  /** What is due, by index of its rule; what of it has to wait on stays. */
  take(): ReadonlyMap<number, WaitingGroups> {
    const due = new Map<number, WaitingGroups>();
    this.#dueUs = Number.POSITIVE_INFINITY;
    for (const [correlation, groups] of this.#waiting.entries()) {
      const rule = this.rules[correlation];
      if (rule === undefined || groups.size === 0) continue;
      const taken = new Map<string, Waiting>();
      for (const [group, waiting] of groups) {
        let left: Waiting | undefined = waiting;
        if (waiting.dueUs <= this.#closedUs) {
          taken.set(group, waiting);
          left = rule.left(waiting, this.#closedUs, group === ALL);
          if (left === undefined) groups.delete(group);
          else groups.set(group, left);
        }
        this.#dueUs = Math.min(this.#dueUs, left?.dueUs ?? Number.POSITIVE_INFINITY);
      }
      if (taken.size > 0) due.set(correlation, taken);
    }
    return due;
  }
}
