import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { vaultRead } from './vault-log.ts';
import { folderWith, jsonLines, start, whosaw, type Ended, type Running } from './whosaw.ts';

const within = { timeout: 30_000, interval: 100 };
const at = (secondsAgo: number): string => new Date(Date.now() - secondsAgo * 1_000).toISOString();
const HOSTILE = 'mia\u001b[31m\u202e';
const folder = folderWith({
  'audit.log': [
    vaultRead({ time: at(50), id: 'a', user: 'ana' }),
    vaultRead({
      time: at(40),
      id: 'b',
      user: 'ben',
      address: '192.0.2.77',
      error: 'permission denied',
    }),
    vaultRead({ time: at(30), id: 'c', user: HOSTILE, path: 'secret/data/=1+1' }),
  ].join(''),
  'whosaw.yaml': `sources: { vault: { type: vault, cluster: eu, file: audit.log } }
store: { path: store }
socket: { path: s }
`,
});
const search = (...args: readonly string[]): Promise<Ended> =>
  whosaw(['search', ...args, '-c', folder.at('whosaw.yaml')]);
let up: Running;
beforeAll(async () => {
  up = start(['up', '-c', folder.at('whosaw.yaml')]);
  await vi.waitUntil(async () => (await search('', '--format', 'ndjson')).stdout.split('\n').length > 3, within);
}, 60_000);
afterAll(async () => {
  await up.end();
  folder.remove();
});

describe('search', () => {
  it('shows what a query finds, newest first', async () => {
    const { code, stdout } = await search(
      'event.outcome: failure or source.ip: 192.0.2.0/24',
      '--fields',
      'whosaw.actor.id,event.reason',
    );
    expect([code, stdout]).toEqual([0, 'WHO                   REASON\nvault:eu/approle/ben  permission denied\n']);
  });

  it('gives programs the documents, or the fields that they ask for', async () => {
    const [document] = jsonLines((await search('whosaw.actor.id: *ana', '--format', 'ndjson')).stdout);
    expect(document).toMatchObject({ event: { outcome: 'success' }, whosaw: { record: { request: { id: 'a' } } } });
    const fields = [
      '--fields',
      'whosaw.record.request.id,user.roles',
      '--sort',
      'source.address:desc',
      '--format',
      'json',
    ];
    expect(JSON.parse((await search('', ...fields)).stdout)).toEqual(
      ['b', 'c', 'a'].map((id) => ({ 'whosaw.record.request.id': id, 'user.roles': 'default' })),
    );
  });

  it('escapes what audit text holds', async () => {
    const { stdout } = await search('whosaw.secret.id: *1+1');
    expect(stdout).toContain('vault:eu/approle/mia');
    for (const hidden of ['\u001b', '\u202e']) expect(stdout).not.toContain(hidden);
    const csv = await search('whosaw.secret.id: *1+1', '--fields', '@timestamp,whosaw.secret.name', '--format', 'csv');
    expect(csv.stdout.split('\n')[0]).toBe('@timestamp,whosaw.secret.name');
  });

  it('says what is wrong and where', async () => {
    const { code, stderr } = await search('event.outcome: failur');
    expect([code, stderr]).toEqual([
      2,
      'whosaw: In the query, column 16: `event.outcome` is never `failur`, only success, failure, unknown; did you mean `failure`?\n' +
        '  event.outcome: failur\n                 ^\n',
    ]);
    expect((await search('', '--fields', 'actor.id')).stderr).toBe(
      'whosaw: There is no field "actor.id"; did you mean whosaw.actor.id?\n',
    );
    expect((await search('', '--limit', '0')).code).toBe(2);
    expect((await search('', '-f', '--until', 'now')).code).toBe(2);
  });

  it('says which window has data where this one has none', async () => {
    const { stdout } = await search('', '--since', '3d', '--until', '2d');
    expect(stdout).toMatch(/^No event in this window .* the newest event that is stored is of \d{4}-.*Z\.\n$/);
  });

  it('follows what comes', async () => {
    const following = start([
      'search',
      'whosaw.access.kind: read',
      '-f',
      '-c',
      folder.at('whosaw.yaml'),
      '--fields',
      'whosaw.actor.id',
    ]);
    await vi.waitUntil(() => following.stdout().includes('ana'), within);
    appendFileSync(folder.at('audit.log'), vaultRead({ time: at(0), id: 'd', user: 'dora' }));
    await vi.waitUntil(() => following.stdout().includes('dora'), within);
    const { code, stdout } = await following.end('SIGINT');
    expect(code).toBe(0);
    expect(stdout.match(/dora/g)).toHaveLength(1);
    expect(stdout.indexOf('ana')).toBeLessThan(stdout.indexOf('dora'));
  });
});
