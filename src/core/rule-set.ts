import type { Observation } from './event.ts';
import type { Hit } from './hit.ts';
import type { Correlation, RuleMeta } from './rule.ts';

/** Compiled rules: pure, cheap to ask. */
export interface RuleSet {
  /** Hash of the rules' texts: carried by events and alerts. */
  readonly version: string;
  readonly correlations: readonly Correlation[];
  readonly detections: readonly { readonly key: string; readonly meta: RuleMeta }[];
  /** Indices of the detections that the event meets, ascending. */
  match(observation: Observation): readonly number[];
  /** What the correlations count of an event that met these detections. */
  hits(observation: Observation, matched: readonly number[]): readonly Hit[];
}
