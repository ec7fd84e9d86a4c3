import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A check that was never seen to fail may be blind: each rule meets a breach of its own here. */
describe('the check of import directions', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whosaw-imports-'));
    await copyFile(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'));
    await put('src/core/a.ts', 'export const a = 1;');
    await put('src/lib/b.ts', "import { a } from '../core/a.ts';\nexport const b = a;");
    await put('src/rules/c.ts', "import { b } from '../lib/b.ts';\nexport const c = b;");
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('accepts what points one way', async () => {
    expect(await check()).toBe('');
  });

  it.each([
    ['core-imports-nothing-of-the-rest', 'src/core/x.ts', '../lib/b.ts'],
    ['lib-imports-core-only', 'src/lib/x.ts', '../rules/c.ts'],
    ['enrich-stays-in-its-layer', 'src/enrich/x.ts', '../rules/c.ts'],
    ['pipeline-below-server-and-cli', 'src/pipeline/x.ts', '../cli/y.ts'],
    ['vendors-do-not-import-each-other', 'src/sources/aws/x.ts', '../vault/y.ts'],
    ['stores-do-not-import-each-other', 'src/stores/duckdb/x.ts', '../elasticsearch/y.ts'],
    ['pure-code-imports-no-effect', 'src/detect/x.ts', 'node:fs'],
    ['no-cycles', 'src/lib/x.ts', './x2.ts'],
  ])('%s', async (rule, file, imported) => {
    const target = join(dirname(file), imported);
    await put('src/lib/x2.ts', "import { x } from './x.ts';\nexport const y = x;");
    const made =
      imported.startsWith('.') && !['../lib/b.ts', '../rules/c.ts', './x2.ts'].includes(imported) ? target : undefined;
    if (made !== undefined) await put(made, 'export const y = 1;');
    await put(file, `import * as y from '${imported}';\nexport const x = y;`);
    try {
      expect(await check()).toContain(rule);
    } finally {
      await rm(join(folder, file));
      await rm(join(folder, 'src/lib/x2.ts'));
      if (made !== undefined) await rm(join(folder, made));
    }
  });

  async function put(file: string, text: string): Promise<void> {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await writeFile(join(folder, file), `${text}\n`);
  }

  /** What the check says; '' when it finds nothing. */
  async function check(): Promise<string> {
    const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
    const args = [depcruise, 'src', '--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'err'];
    try {
      await promisify(execFile)(process.execPath, args, { cwd: folder });
      return '';
    } catch (error) {
      const said = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
      if (said === '') throw error;
      return said;
    }
  }
});
