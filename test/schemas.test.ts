import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments, parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { generatedSchemas } from '../scripts/generated-schemas.ts';
import { NEW_RULE_TYPES, newRule } from '../src/rules/new-rule.ts';
import { readRuleFiles } from '../src/rules/read-rules.effect.ts';
import { describeCorpora } from './corpora.ts';
import { ID } from './rules/rule-text.ts';
import { readTarGz } from './rules/tar.ts';

const schemas = new Map(
  Array.from(generatedSchemas(), ([file, text]) => [
    file.replace(/^schemas\/|\.json$/g, ''),
    z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]),
  ]),
);

function problems(name: string, value: unknown): readonly string[] {
  const result = schemas.get(name)?.safeParse(value);
  return result?.success === true ? [] : [result?.error.message ?? `no schema ${name}`];
}

function documents(text: string): readonly unknown[] {
  return parseAllDocuments(text).map((document) => document.toJS() as unknown);
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

describe('the schema of rules', () => {
  it('allows what is shipped, and what `rules new` writes', async () => {
    const shipped = (await readRuleFiles([`${ROOT}/rules`])).map(({ text }) => text);
    const made = NEW_RULE_TYPES.map((type) => newRule({ type, id: ID, title: 'T' }));
    for (const document of [...shipped, ...made].flatMap(documents)) expect(problems('rule', document)).toEqual([]);
  });

  it.each([
    ['a filter', { title: 'F', logsource: {}, filter: { rules: 'any', s: { x: 1 }, condition: 'not s' } }],
    ['modifiers', { title: 'T', detection: { s: { 'x|re|i': 'a', '|all': ['a', 'b'] }, condition: 's' } }],
    ['keys of one`s own', { title: 'T', 'x-mine': 1, detection: { s: ['word', 4], condition: ['s', 'not s'] } }],
  ])('allows %s', (_, document) => {
    expect(problems('rule', document)).toEqual([]);
  });

  it.each([
    ['no title', { detection: { s: { x: 1 }, condition: 's' } }],
    ['neither detection nor correlation', { title: 'T' }],
    ['an unknown status', { title: 'T', status: 'stabel', detection: { s: { x: 1 }, condition: 's' } }],
    ['no condition', { title: 'T', detection: { s: { x: 1 } } }],
    ['an unknown modifier', { title: 'T', detection: { s: { 'x|contians': 1 }, condition: 's' } }],
    ['an unknown field of ours', { title: 'T', detection: { s: { 'whosaw.secret.idd': 1 }, condition: 's' } }],
    ['an unknown type', { title: 'T', correlation: { type: 'count', rules: ['a'], timespan: '5m' } }],
    [
      'an unknown operator',
      { title: 'T', correlation: { type: 'event_count', rules: ['a'], timespan: '5m', condition: { get: 1 } } },
    ],
    ['a time span without a unit', { title: 'T', correlation: { type: 'event_count', rules: ['a'], timespan: '5' } }],
    [
      'an unknown kind in a test',
      { title: 'T', detection: { s: { x: 1 }, condition: 's' }, tests: { given: { 'whosaw.access.kind': 'reed' } } },
    ],
  ])('refuses %s', (_, document) => {
    expect(problems('rule', document)).toHaveLength(1);
  });
});

describeCorpora('the schema of rules', (corpora) => {
  it('allows the rules of SigmaHQ', () => {
    const archive = readTarGz(readFileSync(`${corpora}/sigma/sigmahq-rules.tar.gz`));
    const texts = Array.from(archive).filter(([file]) => /(?:^|\/)rules\/cloud\/.*\.ya?ml$/.test(file));
    expect(texts.length).toBeGreaterThan(100);
    const refused = texts.filter(([, text]) =>
      documents(text).some((document) => problems('rule', document).length > 0),
    );
    expect(refused.map(([file]) => file)).toEqual([]);
  });
});

it('the schema of expectations allows the sample, and no unknown key', () => {
  const sample = parseYaml(readFileSync(`${ROOT}/samples/expectations.yaml`, 'utf8')) as object;
  expect(problems('expectations', sample)).toEqual([]);
  expect(problems('expectations', { ...sample, netwroks: {} })).toHaveLength(1);
});

it('the schema of the config allows what the README shows, and no unknown key', () => {
  const [, text = ''] = /```yaml\n(expectations:[^]*?)```/.exec(readFileSync(`${ROOT}/README.md`, 'utf8')) ?? [];
  const config = parseYaml(text) as object;
  expect(problems('config', config)).toEqual([]);
  expect(problems('config', { ...config, sinks: { a: { type: 'slak' } } })).toHaveLength(1);
});
