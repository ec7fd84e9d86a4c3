import { expect, it } from 'vitest';
import { fingerprintsOf } from '../../src/pipeline/fingerprints.ts';
import { compileRules } from '../../src/rules/rule-set.ts';
import { ID, parse } from '../rules/rule-text.ts';

const RULE = `title: Base
name: base
detection:
  a: { source.ip|cidr: 10.0.0.0/8, user.name: [x, y] }
  condition: a
---
title: Count
id: ${ID}
correlation: { type: event_count, rules: [base], timespan: 1h, condition: { gte: 2 } }
`;

function fingerprint(text: string): string | undefined {
  return fingerprintsOf(compileRules(parse(text))).get(ID);
}

it.each([
  ['comments and empty lines', `# mine\n\n${RULE.replace('  a:', '\n  # here\n  a:')}`],
  ['titles and descriptions', RULE.replaceAll(/title: (\w+)/g, 'title: Another $1\ndescription: D')],
])('a rule that means the same keeps its fingerprint: %s', (_, text) => {
  expect(text).not.toBe(RULE);
  expect(fingerprint(text)).toBe(fingerprint(RULE));
});

it.each([
  ['a value', RULE.replace('[x, y]', '[x, z]')],
  ['a network', RULE.replace('10.0.0.0/8', '10.0.0.0/9')],
  ['the condition', RULE.replace('condition: a', 'condition: not a')],
  ['the count', RULE.replace('gte: 2', 'gte: 3')],
])('one that does not, has another: %s', (_, text) => {
  expect(text).not.toBe(RULE);
  expect(fingerprint(text)).not.toBe(fingerprint(RULE));
});
