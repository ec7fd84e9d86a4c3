import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';

export interface ConformanceCase {
  readonly id: string;
  readonly why: string;
  readonly rule: string;
  readonly event: JsonObject;
  /** Lists by name. */
  readonly placeholders?: Readonly<Record<string, readonly string[]>>;
  readonly expected: boolean | 'error';
}

export interface CorrelationCase {
  readonly id: string;
  readonly why: string;
  readonly rules: string;
  readonly events: readonly (JsonObject & { readonly timestamp: string })[];
  /** By title of the rule. */
  readonly expected: Readonly<Record<string, boolean>>;
  readonly expected_groups?: readonly (readonly string[])[] | null;
}

export interface ConformanceFile {
  readonly cases: readonly ConformanceCase[];
  readonly correlations?: readonly CorrelationCase[];
}

const BESIDE_THE_PROJECT = fileURLToPath(new URL('../../../shared/conformance', import.meta.url));
const folder = process.env['WHOSAW_CONFORMANCE'] ?? BESIDE_THE_PROJECT;

/** A suite over the cases that several Sigma engines answered; without them, one line that says what was skipped. */
export function describeConformance(name: string, suite: (read: (file: string) => ConformanceFile) => void): void {
  if (existsSync(folder)) {
    // The cases are written for this very test.
    describe(name, () => suite((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as ConformanceFile));
    return;
  }
  it(`${name}: skipped, no cases at WHOSAW_CONFORMANCE or ../shared/conformance`, ({ skip }) => skip());
}
