import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonEvaluation } from '../../src/detect/evaluate-json.ts';
import { compileJsonRules } from '../../src/rules/json-rules.ts';
import { parseRules, type ParsedRules } from '../../src/rules/parse-rules.ts';
import { compileRules } from '../../src/rules/rule-set.ts';

const RULES = `title: Failed
name: failed
id: 00000000-0000-4000-8000-000000000001
logsource: { product: aws, service: cloudtrail }
detection:
  a:
    x|windash|contains|all: [' -a', "/b*"]
    t|hour: 3
    y|base64offset|contains: ping
  b: &keywords [evil, '4?']
  c:
    - u.name|re|i: '^(a+)+$'
    - v|fieldref|endswith: w
    - z|cidr: 10.0.0.0/8
    - n|gte: 5
    - '|all': *keywords
  condition: (a and not 1 of b*) or all of them
tests:
  fires:
    one: [{ x: 1, times: 2, every: 1m }]
---
title: Sum
name: sum
id: 00000000-0000-4000-8000-000000000002
correlation:
  type: value_sum
  rules: [failed]
  group-by: [who, z]
  aliases: { who: { failed: u.name } }
  timespan: 5m
  condition: { field: n, gt: 1.5, lte: 9 }
---
title: Chain
id: 00000000-0000-4000-8000-000000000003
correlation: { type: temporal_ordered, rules: [sum, failed], group-by: [who], timespan: 1h, generate: true }
---
title: Filter
logsource: { product: aws }
filter:
  rules: [failed]
  s: { x|startswith: adm_ }
  condition: not s
`;

/** What must hold of anything that stands in a file: it is read or refused by its place, and nothing breaks. */
function check(text: string): ParsedRules {
  const parsed = parseRules([{ file: 'rule.yml', text, folder: 0 }]);
  for (const { file, line, column, message } of parsed.problems) {
    expect([file, line > 0, column > 0, message.length > 0]).toEqual(['rule.yml', true, true, true]);
  }
  compileRules(parsed);
  const run = new JsonEvaluation(compileJsonRules(parsed));
  run.add({ x: 'cmd -a /b', n: 7, t: '2023-07-10T03:00:00Z', u: { name: 'aaa' }, timestamp: '2023-07-10T03:00:00Z' });
  run.add({ x: ['/a', null], n: '7', z: '10.0.0.1', b: { c: 'evil 42' }, timestamp: '2023-07-10T03:00:01Z' });
  run.finish();
  return parsed;
}

describe('a rule file of any content', () => {
  it('is fine as it is', () => {
    expect(check(RULES).problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it.each([
    ['any text', fc.string({ unit: 'binary', maxLength: 300 })],
    [
      'anything that looks like YAML',
      fc.array(fc.constantFrom(...RULES.split(/(\W)/)), { maxLength: 150 }).map((parts) => parts.join('')),
    ],
  ])('%s is refused by its place, or read', (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => void check(text)),
      { numRuns: 500 },
    );
  });

  it('a rule with a piece cut out, doubled or changed is refused by its place, or read', () => {
    const place = fc.nat({ max: RULES.length });
    const piece = fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom(...RULES.split(/(\s+)/)));
    fc.assert(
      fc.property(fc.array(fc.tuple(place, fc.nat({ max: 40 }), piece), { minLength: 1, maxLength: 3 }), (edits) => {
        let text = RULES;
        for (const [at, length, put] of edits) text = text.slice(0, at) + put + text.slice(at + length);
        check(text);
      }),
      { numRuns: 1_500 },
    );
  });
});

describe('a rule file made to hurt', () => {
  const rule = (detection: string): string => `title: x\nid: x-1\ndetection:\n  a:\n    ${detection}\n  condition: a\n`;

  it.each([
    ['10 MB of YAML', `a: ${'x'.repeat(10_000_000)}`, 'rule.yml:1:1: the file is larger'],
    [
      'anchors that explode',
      `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(9)}]\n`).join('')}`,
      'too much',
    ],
    ['brackets without end', '['.repeat(100_000), 'nested too deeply'],
    ['a key twice', rule('x: 1\n    x: 2'), 'rule.yml:6:5: `x` is there twice'],
    [
      'an expression that is too large',
      rule(`x|re: '${'(a{1000}){1000}'.repeat(10)}'`),
      'rule.yml:5:11: not supported',
    ],
    ['a placeholder', rule(`x|expand: '%nobody%'`), 'rule.yml:5:15: there is no list'],
    [
      'brackets in a condition',
      rule('x: 1').replace('condition: a', `condition: ${'('.repeat(50_000)}a`),
      'too deeply',
    ],
  ])('%s', (_, text, message) => {
    const started = process.cpuUsage();
    const { problems } = check(text);
    const spent = process.cpuUsage(started);
    expect(
      problems.map(({ file, line, column, message: said }) => `${file}:${line}:${column}: ${said}`).join('\n'),
    ).toContain(message);
    expect((spent.user + spent.system) / 1_000).toBeLessThan(5_000);
  });

  it.each([
    ['^(a+)+$', 'a'.repeat(100_000)],
    ['(a|aa)+b', 'a'.repeat(100_000)],
    ['(.*)(.*)(.*)(.*)x', 'a'.repeat(20_000)],
    ['([a-z]+)*=', 'abc'.repeat(30_000)],
  ])('the expression %s takes time linear in the text', (source, text) => {
    const parsed = check(rule(`x|re: '${source}'`));
    expect(parsed.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    const started = process.cpuUsage();
    new JsonEvaluation(compileJsonRules(parsed)).add({ x: `${text}!` });
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(5_000);
  });
});
