import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeEvent } from '../../src/core/encode-event.ts';
import { openDuckdbStore } from '../../src/stores/duckdb/open.ts';
import { CANARY, cloudTrailCanaries, HMAC, keyVaultCanaries, SECRETS, vaultCanaries } from './canary-logs.ts';
import { folderWith, jsonLines, start, whosaw, type Ended } from './whosaw.ts';

const CONFIG = `
rules: [builtin, any.yml]
sources:
  vault: { type: vault, cluster: vault, file: vault.log }
  trail: { type: cloudtrail, file: trail.json }
  key-vault: { type: keyvault, file: key-vault.json }
store: { path: store }
socket: { path: s }
sinks:
  terminal: { type: terminal, level: low }
  file: { type: file, path: alerts.ndjson }
`;
/** Everything alerts, so that everything goes through alerts. */
const ANY = `title: Anything
id: 2f0b7f0e-6c63-4b53-9a4e-2c1f6a7f1f12
status: stable
level: high
detection:
  any: { event.kind: event }
  condition: any
`;
const now = new Date().toISOString();
const files = { vault: vaultCanaries(now), trail: cloudTrailCanaries(now), keyVault: keyVaultCanaries(now) };
const EVENTS = 21;
const folder = folderWith({
  'whosaw.yaml': CONFIG,
  'any.yml': ANY,
  'vault.log': files.vault,
  'trail.json': files.trail,
  'key-vault.json': files.keyVault,
});
const config = folder.at('whosaw.yaml');
const within = { timeout: 30_000, interval: 100 };
const asked = new Map<string, Ended>();
let ran: Ended;

beforeAll(async () => {
  const up = start(['up', '-c', config, '--log', 'debug']);
  const ask = async (...args: string[]): Promise<Ended> => {
    const answer = await whosaw([...args, '-c', config]);
    asked.set(args.join(' '), answer);
    return answer;
  };
  try {
    await vi.waitUntil(() => SECRETS.every((secret) => up.stdout().includes(`${secret} from`)), within);
    await Promise.all([
      ...SECRETS.map((secret) => ask('who', secret)),
      ask('who', SECRETS[0], '--format', 'json'),
      ask('alerts'),
      ask('alerts', '--format', 'ndjson'),
    ]);
  } finally {
    ran = await up.end();
  }
}, 60_000);
afterAll(folder.remove);

it('hold in the sources: the canaries are there to be found', () => {
  for (const text of Object.values(files)) expect(text.match(new RegExp(CANARY, 'gi'))?.length).toBeGreaterThan(10);
});

describe('no value and no token', () => {
  it('is in what up says', () => {
    expect(ran.code).toBe(0);
    expect(ran.stdout).not.toMatch(CANARY);
    expect(ran.stderr).not.toMatch(CANARY);
  });

  it('is in the answers, which name the secrets', () => {
    expect(asked.size).toBe(6);
    for (const [question, { code, stdout, stderr }] of asked) {
      expect([question, code]).toEqual([question, 0]);
      expect(stdout + stderr).not.toMatch(CANARY);
    }
    for (const secret of SECRETS) expect(asked.get(`who ${secret}`)?.stdout).toContain(secret);
  });

  it('is in the alert file', () => {
    const text = readFileSync(folder.at('alerts.ndjson'), 'utf8');
    expect(jsonLines(text).length).toBeGreaterThan(3);
    expect(text).not.toMatch(CANARY);
  });

  it("is in the bytes of the store's files", () => {
    const entries = readdirSync(folder.at('store'), { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    expect(paths).toContain(folder.at('store/whosaw.duckdb'));
    for (const path of paths) expect(readFileSync(path, 'latin1')).not.toMatch(CANARY);
  });

  it('is in a stored document; what joins need is', async () => {
    const store = await openDuckdbStore({ path: folder.at('store'), readOnly: true });
    const texts: string[] = [];
    for await (const page of store.events({})) for (const { observation } of page) texts.push(encodeEvent(observation));
    const sources = await store.sources();
    await store.close();
    const all = texts.join('\n');
    expect(texts).toHaveLength(EVENTS);
    expect(all).not.toMatch(CANARY);
    expect(all).toContain(HMAC);
    for (const secret of SECRETS) expect(all).toContain(`"${secret}"`);
    const rejected = sources
      .filter(({ source }) => !source.startsWith('#'))
      .map((facts) => [facts.source, facts.rejected]);
    expect(Object.fromEntries(rejected)).toEqual({ vault: 4, trail: 1, 'key-vault': 1 });
  });

  it('is in what scan writes and says', async () => {
    const paths = ['vault.log', 'trail.json', 'key-vault.json'].map(folder.at);
    const args = ['scan', ...paths, '--rules', folder.at('any.yml'), '--events', '-'];
    const [ndjson, csv] = await Promise.all([whosaw(args), whosaw([...args, '--format', 'csv'])]);
    expect(ndjson.stderr).toContain(`3 files, ${EVENTS} events, 0 duplicates, 6 rejected, `);
    expect(ndjson.stdout).toContain(HMAC);
    for (const { stdout, stderr } of [ndjson, csv]) {
      expect(stdout).not.toMatch(CANARY);
      expect(stderr).not.toMatch(CANARY);
    }
  });
});
