import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { compileExpression } from '../../src/rules/compile-expression.ts';
import { JSON_FIELDS } from '../../src/rules/fields.ts';
import { parseRules, type RuleText } from '../../src/rules/parse-rules.ts';
import { compileRules } from '../../src/rules/rule-set.ts';
import { describeCorpora } from '../corpora.ts';
import { readTarGz } from './tar.ts';

describeCorpora('the rules of SigmaHQ', (corpora) => {
  const archive = readTarGz(readFileSync(join(corpora, 'sigma', 'sigmahq-rules.tar.gz')));
  const all = Array.from(archive)
    .filter(([file]) => /\.ya?ml$/.test(file))
    .map(([file, text]): RuleText => ({ file, text, folder: 0 }));
  const names = all.flatMap(({ text }) => Array.from(text.matchAll(/%(\w+)%/g), ([, name = '']) => name));
  const lists = new Map(names.map((name) => [name, [`${name}-*`]]));
  const cloud = all.filter(({ file }) => /(?:^|\/)rules\/cloud\/(?:aws|azure)\//.test(file));

  it(`for AWS and Azure load unmodified: ${cloud.length}`, () => {
    expect(cloud.length).toBeGreaterThan(170);
    const parsed = parseRules(cloud);
    expect(parsed.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(compileRules(parsed).correlations).toHaveLength(cloud.length);
  });

  it(`of all kinds load: ${all.length}`, () => {
    expect(all.length).toBeGreaterThan(3_600);
    const parsed = parseRules(all, { placeholders: lists });
    expect(parsed.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(compileRules(parsed).correlations).toHaveLength(all.length);
  });

  it('are refused where nothing is known of their placeholders', () => {
    const refused = parseRules(all).problems.filter(({ severity }) => severity === 'error');
    expect(refused.length).toBeGreaterThan(20);
    expect(refused.filter(({ message }) => !message.startsWith('there is no list for the placeholder'))).toEqual([]);
  });

  it('for AWS hit real CloudTrail events as often as other engines do', () => {
    const rules = parseRules(cloud.filter(({ file }) => file.includes('/aws/')));
    const matchers = rules.detections.map(({ expression }) => compileExpression(expression, JSON_FIELDS));
    const trail = readTarGz(readFileSync(join(corpora, 'aws', 'invictus-cloudtrail.tar.gz')));
    const events = Array.from(trail)
      .filter(([file]) => file.endsWith('.json'))
      .flatMap(([, text]) => (JSON.parse(text) as { readonly Records: readonly JsonObject[] }).Records);
    expect(events).toHaveLength(2_900);
    const hits = events.flatMap((event) => matchers.filter((matches) => matches(event)));
    expect(hits).toHaveLength(109);
  });
});
