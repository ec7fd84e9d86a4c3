import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileRules } from '../../../src/rules/rule-set.ts';
import { satisfiability } from '../../../src/rules/lint/satisfy.ts';
import type { Detection } from '../../../src/rules/syntax.ts';
import { ID, indent, observation, parse } from '../rule-text.ts';

/** Lines of searches over three fields whose values meet again and again. */
const line = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('event.action', 'event.action|cased', 'event.action|neq', 'event.action|contains', 'x'),
      fc.subarray(['a', 'b', 'A', 'ab'], { minLength: 1 }),
    )
    .map(([field, values]) => `${field}: [${values.join(', ')}]`),
  fc
    .subarray(['success', 'failure', 'unknown'], { minLength: 1 })
    .map((values) => `event.outcome: [${values.join(', ')}]`),
  fc
    .tuple(fc.constantFrom('lt', 'lte', 'gt', 'gte'), fc.integer({ min: 1, max: 4 }))
    .map(([operator, bound]) => `source.port|${operator}: ${bound}`),
  fc
    .tuple(fc.constantFrom('x|windash', 'x|base64'), fc.constantFrom('-a', '/a', 'b'))
    .map(([field, value]) => `${field}: ${value}`),
  fc.constantFrom('source.port: 2', 'source.port: null', 'source.port: [1, 3]', 'x|fieldref: event.action', 'x|fieldref|neq: event.action', '"@timestamp|hour": 12', '"@timestamp|hour": 13', 'x: null', 'x|exists: true', 'whosaw.expected.role: true'),
);
const search = fc.array(line, { minLength: 1, maxLength: 2 });
const NAMES = ['a', 'b', 'c'] as const;
const condition: fc.Arbitrary<string> = fc.letrec<{ term: string }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...NAMES),
    tie('term').map((term) => `not (${term})`),
    fc.tuple(tie('term'), fc.constantFrom('and', 'or'), tie('term')).map(([a, word, b]) => `(${a} ${word} ${b})`),
  ),
})).term;

const event = fc
  .record({
    'event.action': fc.constantFrom('a', 'b', 'A', 'B', 'ab', 'ba', 'c'),
    'event.outcome': fc.constantFrom('success', 'failure', 'unknown'),
    'source.port': fc.constantFrom(null, 0, 1, 1.5, 2, 2.5, 3, 4, 5),
    'whosaw.expected.role': fc.constantFrom(null, true, false),
    x: fc.constantFrom(null, 'a', 'b', 'A', 'ab', 'c', '-a', '/a', 'Yg=='),
  })
  .map((fields) => observation({ 'source.address': '192.0.2.1', ...fields }));

function detectionOf(searches: readonly (readonly string[])[], condition: string): Detection | undefined {
  const named = searches.map(
    (lines, index) =>
      `${NAMES[index] ?? ''}:\n${indent([...new Map(lines.map((one) => [one.split(':')[0], one])).values()].join('\n'))}`,
  );
  return parse(`title: T\nid: ${ID}\ndetection:\n${indent(`${named.join('\n')}\ncondition: ${condition}`)}`)
    .detections[0];
}

it('what is called impossible is never seen', () => {
  let impossible = 0;
  fc.assert(
    fc.property(
      fc.tuple(search, search, search),
      condition,
      fc.array(event, { minLength: 40, maxLength: 40 }),
      (searches, text, events) => {
        const detection = detectionOf(searches, text);
        if (detection === undefined) throw new Error('the rule can not be read');
        const judge = satisfiability(detection.expression, detection.logsource);
        const [compiled] = compileRules({ version: '', correlations: [], detections: [detection] }).detections;
        for (const wanted of [true, false]) {
          if (judge.canBe(detection.expression, wanted)) continue;
          impossible += 1;
          expect(events.filter((one) => compiled?.matches(one) === wanted)).toEqual([]);
        }
      },
    ),
    { numRuns: 1_500 },
  );
  expect(impossible).toBeGreaterThan(10);
});
