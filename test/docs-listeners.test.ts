import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseConfig } from '../src/pipeline/config.ts';

it.each(['listeners', 'coverage'])('every config block of docs/%s.md is one', async (name) => {
  const text = await readFile(new URL(`../docs/${name}.md`, import.meta.url), 'utf8');
  const blocks = Array.from(text.matchAll(/```yaml\n(sources:[^`]*)```/g), ([, block = '']) => block);
  expect(blocks.length).toBeGreaterThan(0);
  for (const block of blocks) expect(parseConfig(block, 'whosaw.yaml')).toMatchObject({ ok: true });
});
