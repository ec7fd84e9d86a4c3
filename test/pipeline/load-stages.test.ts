import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { printProblem, WhosawError } from '../../src/core/errors.ts';
import { loadRulesAlone, loadStages } from '../../src/pipeline/load-stages.ts';

const PLACEHOLDER = `title: Servers
id: 2f0b7f0e-6c63-4b53-9a4e-2c1f6a7f1f10
detection:
  s: { user.name|expand: '%Servers%' }
  condition: s
`;
const folder = mkdtempSync(join(tmpdir(), 'ws-'));
afterAll(() => rmSync(folder, { recursive: true }));
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function problemsOf(loading: Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await loading.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  return error instanceof WhosawError
    ? error.problems.map((problem) => printProblem(problem).replace(`${folder}/`, ''))
    : [];
}

describe('rules with placeholders', () => {
  const rules = [file('servers.yml', PLACEHOLDER)];

  it('take their lists from the expectations, which are then part of their version', async () => {
    const one = await loadStages({ rules, expectations: file('one.yaml', 'placeholders: { Servers: [a] }') });
    const other = await loadStages({ rules, expectations: file('other.yaml', 'placeholders: { Servers: [b] }') });
    expect(one.stages.rules.correlations).toHaveLength(1);
    expect(one.stages.rules.version).not.toBe(other.stages.rules.version);
  });

  it('are refused without', async () => {
    const message = expect.stringContaining(
      'servers.yml:4:26: there is no list for the placeholder `%Servers%`',
    ) as string;
    expect(await problemsOf(loadStages({ rules }))).toEqual([message]);
    expect(await problemsOf(loadRulesAlone({ rules }))).toEqual([message]);
  });

  it('are not blamed for expectations that can not be read', async () => {
    const broken = file('broken.yaml', 'placeholders: { Servers: a }');
    const bad = file('bad.yml', PLACEHOLDER.replace('%Servers%', 'x').replace('s:', 't:').replace('f10', 'f19'));
    expect(await problemsOf(loadStages({ rules: [...rules, bad], expectations: broken }))).toEqual([
      'bad.yml:5:14: there is no search identifier `s`',
      'broken.yaml:1:26: placeholders.Servers: must be a list',
    ]);
  });
});
