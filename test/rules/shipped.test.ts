import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { STORES, isBucketed, type Correlation } from '../../src/core/rule.ts';
import { evaluate } from '../../src/detect/evaluate.ts';
import { FACTS, inertRules } from '../../src/rules/inert.ts';
import { lintRules } from '../../src/rules/lint/lint.ts';
import { parseRules, type ParsedRules } from '../../src/rules/parse-rules.ts';
import { readRuleFiles } from '../../src/rules/read-rules.effect.ts';
import { compileRules } from '../../src/rules/rule-set.ts';
import type { Detection, Expression, Item } from '../../src/rules/syntax.ts';
import { testRules } from '../../src/rules/test-rules.ts';

const folder = fileURLToPath(new URL('../../rules', import.meta.url));
const shipped = parseRules(await readRuleFiles([folder]));

function failed(rules: ParsedRules): readonly string[] {
  return testRules(rules, evaluate).flatMap(({ passed, kind, title }) => (passed ? [] : [`${kind}: ${title}`]));
}

/** The shipped rules with one correlation changed, and the tests of its file alone. */
function changed(title: string, change: (correlation: Correlation) => Correlation): ParsedRules {
  return {
    ...shipped,
    correlations: shipped.correlations.map((correlation) =>
      correlation.meta.title === title ? change(correlation) : correlation,
    ),
    tests: shipped.tests.filter((tests) => tests.title === title),
  };
}

/** Thresholds and windows that a rule's tests have to hold from both sides. */
const counting = shipped.correlations.filter(
  ({ type, condition }) => type !== 'first_seen' && !isBucketed(type) && (condition.gte ?? 0) > 1,
);

describe('the shipped rules', () => {
  it('have nothing wrong with them', () => {
    expect(lintRules(shipped).filter(({ level }) => level !== 'note')).toEqual([]);
    expect(shipped.correlations.length).toBeGreaterThan(10);
  });

  it('pass their tests', () => {
    expect(testRules(shipped, evaluate).filter(({ passed }) => !passed)).toEqual([]);
  });

  it.each(shipped.correlations.map(({ meta }) => [meta.title, meta] as const))(
    '%s says what it is for',
    (_title, meta) => {
      expect(meta.id).toBe(meta.key);
      expect(meta.description?.length).toBeGreaterThan(60);
      expect(meta.tags.some((tag) => /^attack\.t\d{4}/.test(tag))).toBe(true);
      expect(meta.falsepositives.length).toBeGreaterThan(0);
      expect(Object.keys(meta.stores ?? {})).toEqual(STORES);
      expect(Object.values(meta.stores ?? {})).toContain(true);
      const kinds = shipped.tests.find(({ rule }) => rule === meta.key)?.cases.map(({ kind }) => kind) ?? [];
      expect(kinds.filter((kind) => kind === 'fires').length).toBeGreaterThan(0);
      expect(kinds.filter((kind) => kind === 'quiet').length).toBeGreaterThan(0);
    },
  );

  const bucketed = shipped.correlations.filter(({ type }) => isBucketed(type));
  it.each(bucketed.map(({ meta }) => meta.title))('%s: its tests hold the least from both sides', (title) => {
    const by = (step: number): ParsedRules =>
      changed(title, (one) => ({ ...one, condition: { gte: (one.condition.gte ?? 0) + step } }));
    expect(failed(by(-1))).toContain(`quiet: ${title}`);
    expect(failed(by(1))).toContain(`fires: ${title}`);
  });

  it.each(counting.map(({ meta }) => meta.title))('%s: its tests hold the threshold from both sides', (title) => {
    const by = (step: number): ParsedRules =>
      changed(title, (correlation) => ({
        ...correlation,
        condition: { gte: (correlation.condition.gte ?? 0) + step },
      }));
    expect(failed(by(-1))).toContain(`quiet: ${title}`);
    expect(failed(by(1))).toContain(`fires: ${title}`);
  });

  it.each(counting.map(({ meta }) => meta.title))('%s: its tests hold the timespan', (title) => {
    const longer = changed(title, (correlation) => ({ ...correlation, timespanMs: correlation.timespanMs * 2 }));
    expect(failed(longer)).toContain(`quiet: ${title}`);
  });

  const groups = counting.flatMap(({ meta, groupBy }) => groupBy.map((field) => [meta.title, field] as const));
  it.each(groups)('%s: its tests need %s to tell groups apart', (title, field) => {
    const wider = changed(title, (correlation) => ({
      ...correlation,
      groupBy: correlation.groupBy.filter((name) => name !== field),
      ...(correlation.groupFields === undefined
        ? {}
        : { groupFields: correlation.groupFields.map((fields) => fields.filter((_, at) => correlation.groupBy[at] !== field)) }),
    }));
    expect(failed(wider)).toContain(`quiet: ${title}`);
  });

  it('without expectations are inert only where they need them', () => {
    const inert = inertRules(compileRules(shipped), new Set());
    expect(inert.map(({ title, reason }) => `${title}: ${reason}`).toSorted()).toEqual([
      'A secret that is bait was touched: needs secrets that are bait in expectations',
      'Deployment identity reads secrets outside its change windows: needs windows in expectations',
      'Identity tries secrets outside its roles: needs environments and roles in expectations',
      'Known identity suddenly comes from a suspicious address: needs lists of suspicious addresses in expectations',
      'Refused access or sign-in from a suspicious address: needs lists of suspicious addresses in expectations',
      "Secret read from outside the team's usual range: needs networks in expectations",
      "Secret read in an environment outside the identity's roles: needs environments and roles in expectations",
      'Secret used from a suspicious address: needs lists of suspicious addresses in expectations',
      'Staging identity suddenly reads production: needs environments in expectations',
    ]);
    expect(inertRules(compileRules(shipped), new Set(Object.keys(FACTS)))).toEqual([]);
  });
});

describe('every line of the shipped rules matters to their tests', () => {
  const items = shipped.detections.flatMap((detection) =>
    itemsOf(detection.expression).map((item) => [detection.meta.title, item.text, detection, item] as const),
  );

  /** The rules with one line left out, or with one that never matches. */
  function without(changed: Detection, item: Item, kind: 'all' | 'any'): ParsedRules {
    const replace = (term: Expression): Expression => {
      if (term === item) return { kind, terms: [] };
      if (term.kind === 'item') return term;
      if (term.kind === 'search' || term.kind === 'not') return { ...term, term: replace(term.term) };
      return { ...term, terms: term.terms.map(replace) };
    };
    return {
      ...shipped,
      detections: shipped.detections.map((detection) =>
        detection === changed ? { ...detection, expression: replace(detection.expression) } : detection,
      ),
      tests: shipped.tests.filter(({ file }) => file === changed.meta.file),
    };
  }

  it.each(items)('%s: %s', (_title, _text, detection, item) => {
    expect(failed(without(detection, item, 'all'))).not.toEqual([]);
    expect(failed(without(detection, item, 'any'))).not.toEqual([]);
  });
});

function itemsOf(expression: Expression): readonly Item[] {
  if (expression.kind === 'item') return [expression];
  if (expression.kind === 'search' || expression.kind === 'not') return itemsOf(expression.term);
  return expression.terms.flatMap(itemsOf);
}
