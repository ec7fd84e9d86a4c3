import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { printProblem } from '../../src/core/errors.ts';
import { readYaml, validate } from '../../src/lib/yaml-file.ts';

const schema = z.strictObject({
  level: z.enum(['low', 'high']).optional(),
  sinks: z.record(z.string(), z.strictObject({ type: z.string(), retries: z.int().optional() })).optional(),
  store: z.strictObject({ path: z.string().default('/var') }).prefault({}),
  kinds: z
    .record(z.string(), z.discriminatedUnion('type', [z.strictObject({ type: z.literal('a'), webhook: z.string() })]))
    .optional(),
  paths: z
    .array(z.strictObject({ path: z.string().refine((path) => path !== '/', 'must not be the root') }))
    .optional(),
});

function problems(text: string): readonly string[] {
  const yaml = readYaml(text, 'f.yaml');
  const read = yaml.ok ? validate(yaml.value, schema) : yaml;
  return read.ok ? [] : read.error.map(printProblem);
}

describe('readYaml with validate', () => {
  it('takes an empty file for one that says nothing', () => {
    expect(problems('')).toEqual([]);
    expect(problems('# only a comment\n')).toEqual([]);
  });

  it('reports everything at once, with its place', () => {
    const text = `level: medium
sinks:
  slack: { typ: slack }
  pager:
    type: 3
    retries: x
  none:
paths:
  - path: /
  - pathh: /a
lvel: low
`;
    expect(problems(text)).toEqual([
      'f.yaml:1:8: level: must be one of low, high',
      'f.yaml:3:10: sinks.slack.type: is missing',
      'f.yaml:3:12: unknown key "typ"; did you mean "type"?',
      'f.yaml:5:11: sinks.pager.type: must be a text',
      'f.yaml:6:14: sinks.pager.retries: must be a number',
      'f.yaml:7:8: sinks.none: must be a set of keys',
      'f.yaml:9:11: paths.0.path: must not be the root',
      'f.yaml:10:5: paths.1.path: is missing',
      'f.yaml:10:5: unknown key "pathh"; did you mean "path"?',
      'f.yaml:11:1: unknown key "lvel"; did you mean "level"?',
    ]);
  });

  it.each([
    ['a: [', /^f\.yaml:1:5: /],
    ['level: low\nlevel: high', /^f\.yaml:2:1: Map keys must be unique/],
    ['level: !!python/object low', /^f\.yaml:1:8: Unresolved tag/],
    ['--- {}\n--- {}', /only one document may stand in this file/],
    ['? [a]\n: b', /a key must be a text/],
    ['[]', /^f\.yaml:1:1: must be a set of keys/],
    ['__proto__: { polluted: true }', /unknown key "__proto__"/],
    [bomb(), /Excessive alias count/],
  ])('refuses %j', (text, message) => {
    expect(problems(text).join('\n')).toMatch(message);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('knows the keys behind a default and in a union', () => {
    expect(problems('store: { pth: /a }\nkinds: { k: { type: a, webhok: x, webhook: y } }')).toEqual([
      'f.yaml:1:10: unknown key "pth"; did you mean "path"?',
      'f.yaml:2:24: unknown key "webhok"; did you mean "webhook"?',
    ]);
  });

  it('finds places behind anchors', () => {
    expect(problems('sinks:\n  a: &a { type: 3 }\n  b: *a\n')).toEqual([
      'f.yaml:2:17: sinks.a.type: must be a text',
      'f.yaml:2:17: sinks.b.type: must be a text',
    ]);
  });
});

/** Ten to the ninth elements. */
function bomb(): string {
  const lines = ['a0: &a0 [x]'];
  for (let level = 1; level < 10; level++) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
  }
  return lines.join('\n');
}
