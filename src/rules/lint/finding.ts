import type { Correlation, RuleMeta } from '../../core/rule.ts';
import type { ParsedRules } from '../parse-rules.ts';
import type { Detection, Place } from '../syntax.ts';

/** One thing that lint says of a rule. Lines and columns count from 1. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `note`: nothing to mend. */
  readonly level: 'error' | 'warning' | 'note';
  /** Name of the check, for machines. */
  readonly check: string;
  readonly message: string;
}

/** What a check says; `place`: in the rule's file, else where the rule begins. */
export interface Remark {
  readonly meta: Pick<RuleMeta, 'file' | 'line'>;
  readonly place?: Place | undefined;
  readonly level: Finding['level'];
  readonly message: string;
}

/** What checks look at: rules that can be read. */
export interface Linted {
  readonly parsed: ParsedRules;
  /** Those that raise alerts, and not only count for others. */
  readonly alerting: readonly Correlation[];
  /** Detections that a correlation counts or knows by, also by way of other correlations. */
  readonly detectionsOf: (correlation: Correlation) => readonly Detection[];
}

export interface Check {
  readonly name: string;
  readonly run: (linted: Linted) => readonly Remark[];
}
