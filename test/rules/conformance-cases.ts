import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { corpora } from '../corpora.ts';

export interface ConformanceCase {
  readonly id: string;
  /** Cases of one feature. */
  readonly section: string;
  readonly why: string;
  readonly rule: string;
  readonly event: JsonObject;
  /** Lists by name. */
  readonly placeholders?: Readonly<Record<string, readonly string[]>>;
  /** `error`: the rule has to be refused. */
  readonly expected: boolean | 'error';
}

export interface CorrelationCase {
  readonly id: string;
  readonly why: string;
  readonly rules: string;
  readonly events: readonly JsonObject[];
  /** By title of the rule. */
  readonly expected: Readonly<Record<string, boolean>>;
  /** Values of the group-by fields of those that fire. */
  readonly expected_groups?: readonly (readonly string[])[] | null;
}

export interface ConformanceFile {
  readonly cases: readonly ConformanceCase[];
  readonly correlations?: readonly CorrelationCase[];
}

const folder = corpora === undefined ? undefined : join(corpora, '../conformance');

/** A suite over the cases that several Sigma engines answered; without them, one line that says what was skipped. */
export function describeConformance(name: string, suite: (read: (file: string) => ConformanceFile) => void): void {
  if (folder !== undefined && existsSync(folder)) {
    // The cases are written for this very test.
    describe(name, () => suite((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as ConformanceFile));
    return;
  }
  it(`${name}: skipped, no cases in a folder "conformance" beside the real logs`, ({ skip }) => skip());
}
