import { describe, expect, it } from 'vitest';
import { compileExpression } from '../../src/rules/compile-expression.ts';
import { JSON_FIELDS } from '../../src/rules/fields.ts';
import { testRules } from '../../src/rules/test-rules.ts';
import { evaluate } from '../../src/detect/evaluate.ts';
import { errorsOf, ID, ID2, indent, parse, rule, warningsOf } from './rule-text.ts';

const RULE = `${rule('a:\n  x: 1\ncondition: a')}\nlogsource: { product: aws, service: cloudtrail }\n`;
const filter = (lines: string, logsource = '{ product: AWS }'): string =>
  `title: F\nlogsource: ${logsource}\nfilter:\n${indent(lines)}\n`;
const UNLESS = `rules: [${ID}]\nadmin:\n  u: adm\ncondition: not admin`;

function fires(files: Readonly<Record<string, string>> | string, document: { x: number; u?: string }): boolean {
  const [detection] = parse(files).detections;
  if (detection === undefined) throw new Error('no detection');
  return compileExpression(detection.expression, JSON_FIELDS)(document);
}

describe('a filter', () => {
  it.each([
    ['for the rule by id', filter(UNLESS), false],
    ['for any rule', filter(UNLESS.replace(`[${ID}]`, 'any')), false],
    ['with the same logsource', filter(UNLESS, '{ product: aws, service: cloudtrail }'), false],
    ['with no logsource at all', filter(UNLESS, '{}'), false],
    ['for any rule of another logsource', filter(UNLESS.replace(`[${ID}]`, 'any'), '{ product: azure }'), true],
    ['with a narrower logsource', filter(UNLESS, '{ product: aws, category: x }'), true],
  ])('%s', (_, text, expected) => {
    expect(errorsOf({ 'r.yml': RULE, 'f.yml': text })).toEqual([]);
    expect(fires({ 'r.yml': RULE, 'f.yml': text }, { x: 1, u: 'ADM' })).toBe(expected);
    expect(fires({ 'r.yml': RULE, 'f.yml': text }, { x: 1, u: 'bob' })).toBe(true);
    expect(fires({ 'r.yml': RULE, 'f.yml': text }, { x: 2 })).toBe(false);
  });

  it('is for its own searches: patterns do not reach those of the rule', () => {
    const text = filter(`rules: any\na1:\n  u: adm\ncondition: not 1 of a*`);
    expect(fires({ 'r.yml': RULE, 'f.yml': text }, { x: 1 })).toBe(true);
  });

  it('needs no id, and several of them add up', () => {
    const other = filter(UNLESS.replace('u: adm', 'u: eve'));
    const files = { 'r.yml': RULE, 'f.yml': `${filter(UNLESS)}---\n${other}` };
    expect(['adm', 'eve', 'bob'].map((u) => fires(files, { x: 1, u }))).toEqual([false, false, true]);
  });

  it.each([
    [
      UNLESS.replace(ID, ID2),
      `f.yml:4:11: there is no rule \`${ID2}\`, neither by name nor by id: nothing is filtered`,
    ],
    [UNLESS, `f.yml:4:11: \`${ID}\` has a logsource that is not within the filter's: it is not filtered`],
  ])('in vain is warned of: %j', (lines, message) => {
    expect(warningsOf({ 'r.yml': RULE, 'f.yml': filter(lines, '{ product: azure }') })).toContain(message);
  });

  it('of another file does not change what the tests of a rule say', () => {
    const text = `${rule('a:\n  x: 1\ncondition: a')}\ntests:\n  fires:\n    one:\n      - { x: 1, u: adm }\n`;
    const results = (files: Readonly<Record<string, string>>): readonly boolean[] =>
      testRules(parse(files), evaluate).map(({ passed }) => passed);
    const unless = filter(UNLESS, '{}');
    expect(results({ 'r.yml': text, 'f.yml': unless })).toEqual([true]);
    expect(results({ 'r.yml': `${text}---\n${unless}` })).toEqual([false]);
  });

  it('can not be counted', () => {
    const counting = `title: C\nid: ${ID2}\ncorrelation: { type: event_count, rules: [f], timespan: 1m, condition: { gte: 1 } }\n`;
    const named = filter(UNLESS).replace('title', 'name: f\ntitle');
    expect(errorsOf(`${RULE}---\n${named}---\n${counting}`).join('\n')).toContain(
      'is a filter, which can not be counted',
    );
  });
});
