import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintRules } from '../../../src/rules/lint/lint.ts';
import { compileRules } from '../../../src/rules/rule-set.ts';
import { ID, parse } from '../rule-text.ts';

/** Everything that happens to a rule file before it is used. */
function errorsIn(text: string): readonly string[] {
  const parsed = parse(text);
  compileRules(parsed);
  return lintRules(parsed).flatMap(({ level, message }) => (level === 'error' ? [message] : []));
}

/** What should take a moment must not take this long on a busy machine. */
const PATIENCE_MS = 20_000;

function timed(text: string): readonly string[] {
  const start = performance.now();
  const errors = errorsIn(text);
  expect(performance.now() - start).toBeLessThan(PATIENCE_MS);
  return errors;
}

const rule = (detection: string): string => `title: T\nid: ${ID}\ndetection:\n${detection}`;
const times = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => make(index)).join('');

describe('a rule file that is made to hurt is refused with a reason, soon', () => {
  it.each([
    ['10 MB of anything', 'x'.repeat(10_000_000), 'larger than'],
    ['10 MB of keys', times(500_000, (index) => `key${index}: value\n`), 'larger than'],
    [
      'aliases that explode',
      `a0: &a0 x\n${times(9, (level) => `a${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(9)}]\n`)}`,
      'too much',
    ],
    ['an alias of itself', 'a: &a { b: *a }', 'nested too deeply'],
    ['a key twice', rule('  a:\n    x: 1\n    x: 2\n  condition: a'), 'is there twice'],
    ['brackets', rule(`  a:\n    x: 1\n  condition: ${'('.repeat(100_000)}a`), 'nests too deeply'],
    [
      'a condition that names everything again and again',
      rule(
        `${times(1_000, (index) => `  a${index}:\n    x: ${index}\n`)}  condition: 1 of a*${' or 1 of a*'.repeat(500)}`,
      ),
      'more search identifiers than a rule can ask',
    ],
    [
      'a condition that repeats a long list',
      rule(`  a:\n${times(5_000, (index) => `    - { x: ${index} }\n`)}  condition: a${' or a'.repeat(2_000)}`),
      'repeats more lines than a rule can ask',
    ],
    [
      'conditions that repeat it',
      rule(`  a:\n${times(5_000, (index) => `    - { x: ${index} }\n`)}  condition:\n${'    - a\n'.repeat(2_000)}`),
      'repeats more lines than a rule can ask',
    ],
    [
      'a repetition of repetitions',
      rule("  a:\n    x|re: '((a{1,100}){1,100}){1,100}'\n  condition: a"),
      'not supported',
    ],
    [
      'many large expressions',
      rule(`  a:\n    x|re:\n${"      - '(x+x+)+y{1,900}'\n".repeat(5_000)}  condition: a`),
      'too large together',
    ],
    [
      'correlations in a circle',
      ['a', 'b']
        .map(
          (name, index) =>
            `title: ${name}\nid: ${ID.replace(/^./, String(index))}\nname: ${name}\ncorrelation: { type: event_count, rules: [${name === 'a' ? 'b' : 'a'}], timespan: 5m, condition: { gte: 2 } }`,
        )
        .join('\n---\n'),
      'counts itself, by way of others',
    ],
  ])('%s', (_name, text, message) => {
    expect(timed(text).join('\n')).toContain(message);
  });

  it.each([
    ['20,000 fields', rule(`  a:\n${times(20_000, (index) => `    f${index}: v\n`)}  condition: a`)],
    ['a long expression', rule(`  a:\n    x|re: '${'(a?)'.repeat(20_000)}'\n  condition: a`)],
    ['wildcards', rule(`  a:\n    x: '${'*a'.repeat(50_000)}'\n  condition: a`)],
    [
      'contradictions',
      rule(
        `${times(90, (index) => `  a${index}:\n    - x${index % 50}: [1, 2, 3]\n    - y: ${index}\n`)}  condition: all of a* and not 1 of a1*`,
      ),
    ],
  ])('or is judged in time: %s', (_name, text) => {
    expect(timed(text)).toEqual(expect.any(Array));
  });
});

const KEYS = [
  'title',
  'id',
  'name',
  'status',
  'level',
  'tags',
  'falsepositives',
  'logsource',
  'detection',
  'correlation',
  'tests',
  'condition',
  'a',
  'a|re',
  '|all',
  'whosaw.access.kind',
  'x|contains|all',
  'type',
  'rules',
  'group-by',
  'timespan',
  'given',
  'fires',
  'quiet',
  '__proto__',
  'constructor',
  '<<',
];
const VALUES = [
  'a',
  '1 of them',
  'not a',
  'a and not a',
  '5m',
  '1h',
  '0',
  '-1',
  'null',
  'true',
  'event_count',
  'first_seen',
  ID,
  '(',
  '*',
  '[a',
  '"',
  '&x 1',
  '*x',
  '!!binary x',
  '2024-01-01',
  '{ a: 1 }',
  '[a, b]',
  '{ gte: 2 }',
  '.*',
  '(a',
  '\u0000',
  '\uD800',
];

/** Text that is nearly a rule: lines of keys and values at any depth. */
const nearlyYaml = fc
  .array(
    fc.tuple(
      fc.integer({ min: 0, max: 4 }),
      fc.constantFrom('', '- ', '---\n', '# '),
      fc.oneof(fc.constantFrom(...KEYS), fc.string({ maxLength: 8 })),
      fc.oneof(fc.constantFrom(...VALUES), fc.string({ unit: 'binary', maxLength: 12 })),
    ),
    { maxLength: 25 },
  )
  .map((lines) => lines.map(([depth, dash, key, value]) => `${'  '.repeat(depth)}${dash}${key}: ${value}`).join('\n'));

/** A document of any shape under the keys that rules know. */
const { node } = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(...VALUES),
    fc.constantFrom<unknown>(null, true, 0, 3, -1.5),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('node'), { maxKeys: 6 }),
  ),
}));

describe('no text makes the reader or lint throw', () => {
  it('that is nearly a rule', () => {
    fc.assert(
      fc.property(nearlyYaml, (text) => {
        errorsIn(text);
      }),
      { numRuns: 400 },
    );
  });

  it('that is a document of any shape', () => {
    fc.assert(
      fc.property(node, (document) => {
        errorsIn(JSON.stringify(document));
      }),
      { numRuns: 400 },
    );
  });

  it('that is a rule with a piece cut out, doubled or put elsewhere', () => {
    const good = `title: T\nid: ${ID}\nlogsource: { category: secret_access }\ndetection:\n  a:\n    whosaw.access.kind: [read, list]\n    url.path|re: ^a.+b$\n  b:\n    - x|contains: y\n    - word\n  condition: a and not 1 of b*\ntests:\n  given: { whosaw.access.kind: read }\n  fires:\n    one: [{ at: 5m, times: 3, every: 1s }]\n`;
    const place = fc.integer({ min: 0, max: good.length });
    fc.assert(
      fc.property(place, place, place, fc.constantFrom('cut', 'double', 'move'), (from, to, into, how) => {
        const piece = good.slice(Math.min(from, to), Math.max(from, to));
        const rest = how === 'double' ? good : good.replace(piece, '');
        errorsIn(how === 'cut' ? rest : rest.slice(0, into) + piece + rest.slice(into));
      }),
      { numRuns: 400 },
    );
  });
});
