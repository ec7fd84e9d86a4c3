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
  'expectations.yaml': `environments: { test: ['vault:*/test/**'] }
teams: { apps: { roles: { reader: { members: ['vault:eu/approle/ana'], environments: [test] } } } }
`,
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

describe('learn', () => {
  const learn = (...args: readonly string[]): Promise<Ended> =>
    whosaw(['learn', ...args, '-c', folder.at('whosaw.yaml')]);

  it('drafts from what a running whosaw has stored', async () => {
    const { code, stdout } = await learn('--since', '1d');
    expect(code).toBe(0);
    expect(stdout).toContain('vault:eu/approle/ana');
  });

  it('says what an existing file does not declare', async () => {
    const { stdout } = await learn('--since', '1d', '--against', folder.at('expectations.yaml'));
    expect(stdout).toContain('identities in no team: 2\n         1  vault:eu/approle/dora\n');
    expect(stdout).not.toContain('approle/ana');
    expect(stdout).toContain('vault:eu/secret/production/*');
  });

  it('says that there is nothing to learn from', async () => {
    expect(await learn('--since', '2100-01-01')).toMatchObject({ code: 2 });
    expect((await learn('--against', folder.at('missing.yaml'))).stderr).toContain('missing.yaml');
  });
});

it('normal shows what reading usually looks like', async () => {
  const { code, stdout } = await whosaw(['normal', '-c', folder.at('whosaw.yaml'), '--format', 'ndjson']);
  expect(code).toBe(0);
  const secrets = jsonLines(stdout);
  expect(secrets).toContainEqual(expect.objectContaining({ secret: 'vault:eu/secret/production/db-password' }));
  const none = await whosaw(['normal', '-c', folder.at('whosaw.yaml'), '--environment', 'x"y']);
  expect(none.stdout).toBe('Nothing was read in this window.\n');
});

it('top counts what there was most of', async () => {
  const { stdout } = await whosaw(['top', 'denials', '-c', folder.at('whosaw.yaml'), '--format', 'csv']);
  expect(stdout).toBe('value,count,environments\nvault:eu/approle/ben,1,none:1\n');
  expect((await whosaw(['top', 'nothing', '-c', folder.at('whosaw.yaml')])).code).toBe(2);
});

it('timeline shows what an identity did', async () => {
  const { stdout } = await whosaw(['timeline', 'ben', '-c', folder.at('whosaw.yaml')]);
  expect(stdout).toContain('vault:eu/approle/ben     service');
  expect(stdout).toMatch(/DENIED read {2}vault:eu\/secret\/production\/db-password {2}permission denied/);
  expect(await whosaw(['timeline', 'nobody', '-c', folder.at('whosaw.yaml')])).toMatchObject({ code: 2 });
});
