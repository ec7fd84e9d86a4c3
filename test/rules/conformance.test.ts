import { expect, it } from 'vitest';
import type { Observation } from '../../src/core/event.ts';
import { evaluate } from '../../src/detect/evaluate.ts';
import { parseTimeUs } from '../../src/lib/time.ts';
import { compileExpression } from '../../src/rules/compile-expression.ts';
import { JSON_FIELDS } from '../../src/rules/fields.ts';
import { compileRules } from '../../src/rules/rule-set.ts';
import { describeConformance, type ConformanceCase, type CorrelationCase } from './conformance-cases.ts';
import { observation, parse } from './rule-text.ts';

/** What the reader does not know yet, by the feature that a case needs: it has to refuse them as such. */
const LATER: Readonly<Record<string, RegExp>> = {
  filters: /^filter:/m,
  'other correlations': /type: (?:temporal|temporal_ordered|value_sum|value_avg|value_percentile)$/m,
  'closed windows': /^ +(?:lt|lte|eq|neq): /m,
  generate: /^ +generate: true/m,
};

function laterFeature(text: string): string | undefined {
  return Object.keys(LATER).find((feature) => LATER[feature]?.test(text));
}

/** The Windows logs of these events are known to rules under other names, by a mapping of fields. */
const MAPPED = ['regr-a7c3e5f2-8b1d-4e9a-b6c2-3d7f5e8a9b4c'];

function judge({ rule, event, placeholders = {} }: ConformanceCase): boolean | 'error' {
  const { problems, detections } = parse(rule, new Map(Object.entries(placeholders)));
  if (problems.some(({ severity }) => severity === 'error')) return 'error';
  const [detection] = detections;
  if (detection === undefined) throw new Error('no detection');
  return compileExpression(detection.expression, JSON_FIELDS)(event);
}

function isRefusedAsLater(text: string): boolean {
  return parse(text).problems.some(
    ({ severity, message }) => severity === 'error' && message.startsWith('not supported'),
  );
}

interface Alerts {
  /** Titles of the rules that raised any. */
  readonly titles: readonly string[];
  readonly groups: readonly string[] | undefined;
}

function alertsOf({ rules, events, expected_groups }: CorrelationCase): Alerts {
  const observations = events.map((record, number): Observation => {
    const plain = observation({ 'event.module': 'aws' }, number);
    return { ...plain, record, timeUs: parseTimeUs(record.timestamp) ?? 0 };
  });
  const alerts = evaluate(compileRules(parse(rules)), observations);
  return {
    titles: sorted(alerts.map(({ rule }) => rule.title)),
    groups: expected_groups ? sorted(alerts.map(({ group }) => Object.values(group).join(' '))) : undefined,
  };
}

function expectedOf({ expected, expected_groups }: CorrelationCase): Alerts {
  return {
    titles: sorted(Object.keys(expected).filter((title) => expected[title] === true)),
    groups: expected_groups ? sorted(expected_groups.map((group) => group.join(' '))) : undefined,
  };
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted();
}

describeConformance('Sigma conformance', (read) => {
  for (const file of ['sigma.json', 'sigma-real.json']) {
    const { cases, correlations = [] } = read(file);
    const known = cases.filter(({ id, rule }) => laterFeature(rule) === undefined && !MAPPED.includes(id));

    it(`${file}: ${known.length} cases hold`, () => {
      expect(known.length).toBeGreaterThan(200);
      const wrong = known.filter((one) => judge(one) !== one.expected);
      expect(wrong.map(({ id, expected, why }) => `${id} should be ${String(expected)}: ${why}`)).toEqual([]);
    });

    const counted = correlations.filter(({ rules }) => laterFeature(rules) === undefined);
    it.each(counted.map((one) => [one.id, one.why, one] as const))('%s: %s', (_id, _why, one) => {
      expect(alertsOf(one)).toEqual(expectedOf(one));
    });

    const texts = [
      ...cases.map(({ id, rule }) => ({ id, text: rule })),
      ...correlations.map(({ id, rules }) => ({ id, text: rules })),
    ];
    for (const feature of Object.keys(LATER)) {
      const waiting = texts.filter(({ text }) => laterFeature(text) === feature);
      if (waiting.length === 0) continue;
      it(`${file}: ${waiting.length} cases wait for ${feature}`, () => {
        expect(waiting.filter(({ text }) => !isRefusedAsLater(text)).map(({ id }) => id)).toEqual([]);
      });
    }
  }
});
