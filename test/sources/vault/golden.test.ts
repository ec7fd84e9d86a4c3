import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { vault } from '../../../src/sources/vault/vault.ts';
import { frameAll, normalizeAll } from './run.ts';

const folder = fileURLToPath(new URL('../../fixtures/vault/', import.meta.url));
const cases = readdirSync(folder).flatMap((name) => (name.endsWith('.jsonl') ? [name.slice(0, -'.jsonl'.length)] : []));

test.each(cases)('%s', async (name) => {
  const file = `${name}.jsonl`;
  const framer = vault.frame({ source: 'vault-file', file, cluster: 'eu', offset: 0 });
  const { events, rejections } = normalizeAll(frameAll(readFileSync(`${folder}${file}`), framer));
  const text = `${JSON.stringify({ events, rejections }, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(`${folder}${name}.expected.json`);
  expect(text).not.toMatch(/s3cr3t|RawAccessor|rawtoken|rawwrap|hunter2|pg-pass|correct horse/);
});
