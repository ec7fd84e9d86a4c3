import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/detect/evaluate.ts';
import { lintRules } from '../../src/rules/lint/lint.ts';
import { NEW_RULE_TYPES, newRule } from '../../src/rules/new-rule.ts';
import { testRules } from '../../src/rules/test-rules.ts';
import { ID, parse } from './rule-text.ts';

describe.each(NEW_RULE_TYPES)('a new rule of type %s', (type) => {
  const parsed = parse(newRule({ type, id: ID, title: 'A "title": #1', schema: '../schemas/rule.json' }));

  it('has its title and id, and nothing is wrong with it', () => {
    expect(parsed.correlations.map(({ meta }) => [meta.title, meta.id])).toEqual([['A "title": #1', ID]]);
    expect(lintRules(parsed).filter(({ level }) => level !== 'note')).toEqual([]);
  });

  it('has tests of both kinds, which pass', () => {
    const results = testRules(parsed, evaluate);
    expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['fires', 'quiet']));
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
  });
});
