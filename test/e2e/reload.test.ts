import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { harvest, vaultRead } from './vault-log.ts';
import { folderWith, start, type Running } from './whosaw.ts';

const CONFIG = `
rules: [burst.yml, production.yml]
expectations: expectations.yaml
sources: { vault: { type: vault, cluster: eu, file: audit.log } }
store: { path: store }
socket: { path: s }
sinks: { terminal: { type: terminal, level: low } }
`;
const burst = (least: number): string => `title: A read
name: read
detection:
  read: { whosaw.access.kind: read, event.outcome: success }
  condition: read
---
title: Many reads
id: 5a7b1d3e-0f5c-4f0e-9a55-0c3c1f1f0b01
status: stable
level: high
correlation:
  type: event_count
  rules: [read]
  group-by: [whosaw.actor.id]
  timespan: 10m
  condition: { gte: ${least} }
`;
const PRODUCTION = `title: Production was read
id: 5a7b1d3e-0f5c-4f0e-9a55-0c3c1f1f0b02
status: stable
level: medium
detection:
  read: { whosaw.environment: production, whosaw.access.kind: read }
  condition: read
`;
const expectations = (path: string): string => `environments:
  production: ['vault:eu/secret/${path}/**']
`;
const folder = folderWith({
  'whosaw.yaml': CONFIG,
  'burst.yml': burst(100),
  'production.yml': PRODUCTION,
  'expectations.yaml': expectations('elsewhere'),
  'audit.log': '',
});
const within = { timeout: 30_000, interval: 50 };
let up: Running;

beforeAll(async () => {
  up = start(['up', '-c', folder.at('whosaw.yaml')]);
  await vi.waitUntil(() => up.stderr().includes('"msg":"Running."'), within);
});
afterAll(async () => {
  await up.end('SIGKILL');
  folder.remove();
});

/** As editors do: a file of another name that takes the place. */
function replace(name: string, text: string): void {
  writeFileSync(folder.at(`${name}.new`), text);
  renameSync(folder.at(`${name}.new`), folder.at(name));
}

describe('a running whosaw takes over', () => {
  it('a changed condition, with the hits that were there before', async () => {
    appendFileSync(folder.at('audit.log'), harvest(Date.now(), { run: 'a', user: 'ana' }));
    await expect.poll(seen, within).toBe(8);
    expect(up.stdout()).toBe('');
    replace('burst.yml', burst(6));
    await expect.poll(up.stdout, within).toMatch(/HIGH {2}Many reads/);
    expect(up.stdout()).toContain('8 in 7s; 6 within 10m are enough');
  });

  it('nothing of a broken file, and says where it is broken; what was there before goes on', async () => {
    replace('burst.yml', burst(6).replace('correlation:', 'corelation:'));
    await expect.poll(up.stderr, within).toMatch(/burst\.yml:7:1 a rule needs/);
    expect(up.stderr()).toContain('What ran before goes on.');
    appendFileSync(folder.at('audit.log'), harvest(Date.now(), { run: 'b', user: 'sam' }));
    await expect.poll(up.stdout, within).toContain('vault:eu/approle/sam');
    replace('burst.yml', burst(6));
  });

  it('expectations', async () => {
    expect(up.stdout()).not.toContain('Production was read');
    replace('expectations.yaml', expectations('production'));
    await vi.waitUntil(() => {
      appendFileSync(folder.at('audit.log'), vaultRead({ time: new Date().toISOString(), id: `p${Date.now()}` }));
      return up.stdout().includes('Production was read');
    }, within);
  });

  it('that a rule is gone', async () => {
    rmSync(folder.at('production.yml'));
    await expect.poll(up.stderr, within).toMatch(/production\.yml cannot be read/);
    replace('production.yml', PRODUCTION.replace('whosaw.environment: production', 'whosaw.environment: none'));
    replace('burst.yml', burst(100));
    await expect.poll(() => up.stderr().split('Took other rules').length, within).toBeGreaterThanOrEqual(3);
    const before = up.stdout();
    appendFileSync(folder.at('audit.log'), harvest(Date.now(), { run: 'c', user: 'eve' }));
    await expect.poll(seen, within).toBeGreaterThanOrEqual(25);
    expect(up.stdout()).toBe(before);
  });
});

/** Events that are stored. */
async function seen(): Promise<number> {
  const { askLocal } = await import('../../src/server/ask-local.ts');
  const asked = await askLocal(folder.at('s'));
  try {
    return ((await asked?.sources()) ?? []).reduce((sum, { events }) => sum + events, 0);
  } finally {
    asked?.close();
  }
}
