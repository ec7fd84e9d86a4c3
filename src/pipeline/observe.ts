import type { RawRecord, Rejection, SourceType } from '../core/record.ts';
import { ok, type Result } from '../core/result.ts';
import type { Observation } from '../core/event.ts';
import type { RuleSet } from '../core/rule-set.ts';
import type { SourceFormat } from '../core/source-format.ts';
import { detect, type Detected } from '../detect/detect.ts';

export type Formats = Readonly<Record<SourceType, SourceFormat>>;

/** What this organisation expects, compiled: facts on the event. */
export interface Enrich {
  /** Hash of the expectations. */
  readonly version: string;
  /** Fields that are declared; a rule that needs another is inert. */
  readonly declared: ReadonlySet<string>;
  enrich(observation: Observation): Observation;
}

/** The pure stages of one record: normalize, enrich, match. */
export interface Stages {
  readonly formats: Formats;
  readonly enricher: Enrich;
  readonly rules: RuleSet;
}

export function observe(raw: RawRecord, { formats, enricher, rules }: Stages): Result<Detected, Rejection> {
  const normalized = formats[raw.type].normalize(raw);
  return normalized.ok ? ok(detect(rules, enricher.enrich(normalized.value))) : normalized;
}
