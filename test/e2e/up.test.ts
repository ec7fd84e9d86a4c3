import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startServer } from '../alerts/http-server.ts';
import { harvest, vaultRead } from './vault-log.ts';
import { folderWith, jsonLines, start, whosaw, type Ended, type Running } from './whosaw.ts';

const SECRET = 'vault:eu/secret/production/db-password';
const CONFIG = `
sources:
  vault: { type: vault, cluster: eu, file: audit.log }
  later: { type: vault, cluster: eu, file: later/audit.log }
store: { path: store }
socket: { path: run/s }
sinks:
  terminal: { type: terminal, level: low }
  file: { type: file, path: alerts.ndjson }
  hook: { type: webhook, url: '\${HOOK}', secret: '\${HOOK_SECRET}' }
  accepts: { type: webhook, url: '\${ACCEPTS}', level: critical }
  refuses: { type: webhook, url: '\${REFUSES}', level: critical }
`;
const folder = folderWith({
  'whosaw.yaml': CONFIG,
  'audit.log': vaultRead({ time: ago(3_600), id: 'old', user: 'ana', address: '10.0.9.9' }),
});
const config = folder.at('whosaw.yaml');
const within = { timeout: 30_000, interval: 50 };
type Server = Awaited<ReturnType<typeof startServer>>;
let hook: Server;
let accepts: Server;
let refuses: Server;
let env: Record<string, string>;
let up: Running;

beforeAll(async () => {
  hook = await startServer({ status: 500 }, { status: 500, body: 'later' }, { status: 200 });
  accepts = await startServer({ status: 204 });
  refuses = await startServer({ status: 404, body: `no ${'x'.repeat(3)} here` });
  env = { HOOK: hook.url, HOOK_SECRET: 'hunter2-CANARY', ACCEPTS: accepts.url, REFUSES: refuses.url };
  up = start(['up', '-c', config], { env });
  await vi.waitUntil(() => up.stderr().includes('"msg":"Running."'), within);
});

afterAll(async () => {
  await up.end('SIGKILL');
  await Promise.all([hook, accepts, refuses].map((server) => server.close()));
  folder.remove();
});

describe('while it runs', () => {
  it('prints an alert within seconds of the lines, among lines that are none', async () => {
    appendFileSync(folder.at('audit.log'), `no json\n${harvest(Date.now(), { run: 'a' })}{"half":\n`);
    const appended = Date.now();
    await expect
      .poll(up.stdout, within)
      .toMatch(/ MEDIUM {2}One identity reads one secret again and again +[0-9a-f]{8}\n/);
    expect(Date.now() - appended).toBeLessThan(10_000);
    expect(up.stdout()).toContain('\n  vault:eu/approle/payments-api\n');
    expect(up.stdout()).toContain(`\n  read ${SECRET} from 10.0.1.42\n`);
    expect(up.stdout()).toMatch(/\n {2}next {3}whosaw who vault:eu\/secret\/production\/db-password --around \S+Z\n/);
  });

  it('tells a webhook that is away once it accepts, and no more', async () => {
    await expect.poll(() => hook.received.length, within).toBe(3);
    const [first, second, third] = hook.received;
    expect([first?.body, second?.body]).toEqual([third?.body, third?.body]);
    expect(JSON.parse(third?.body ?? '')).toMatchObject({ type: 'alert', alert: { count: 8 } });
    expect(third?.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/);
    expect(third?.headers['x-whosaw-signature']).toMatch(/^sha256=[0-9a-f]{64}$/);
    await expect.poll(up.stderr, within).toContain('Sink accepts alerts again.');
    expect(up.stderr().match(/Sink is away/g)).toHaveLength(1);
    expect(jsonLines(readFileSync(folder.at('alerts.ndjson'), 'utf8'))).toHaveLength(1);
  });

  it('answers who, to the people of this machine', async () => {
    const { code, stdout, stderr } = await ask('who', 'db-password');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`${SECRET}\n`);
    expect(stdout).toMatch(/^RETRIEVED BY 2 +READS +FIRST +LAST +FROM +UNEXPECTED$/m);
    expect(stdout).toMatch(/^vault:eu\/approle\/payments-api +8 /m);
    expect(stdout).toContain(` -c ${config}\n`);
    expect(statSync(folder.at('run/s')).mode & 0o777).toBe(0o600);
    expect(statSync(folder.at('store')).mode & 0o777).toBe(0o700);
  });

  it.concurrent.each<[string, readonly string[], readonly string[]]>([
    ['since and until', ['--since', ago(4_000), '--until', ago(3_000)], ['ana']],
    ['around', ['--around', ago(3_600)], ['ana']],
    ['an empty window', ['--around', ago(1_800), '--within', '1m'], []],
    ['a time long before', ['--since', '30000d'], ['ana', 'payments-api']],
  ])('answers for %s', async (_, window, names) => {
    const { code, stdout } = await ask('who', 'production/db-password', ...window, '--format', 'ndjson');
    expect(code).toBe(0);
    const actors = jsonLines(stdout).map(({ actor }) => actor);
    expect(actors.toSorted()).toEqual(names.map((name) => `vault:eu/approle/${name}`));
  });

  it('answers as JSON and as CSV', async () => {
    const [json, csv] = await Promise.all(['json', 'csv'].map((format) => ask('who', SECRET, '--format', format)));
    expect(JSON.parse(json?.stdout ?? '')).toMatchObject({
      secret: { id: SECRET },
      retrieved: [{ count: 1 }, { count: 8, addresses: ['10.0.1.42'] }],
      sources: expect.arrayContaining([expect.objectContaining({ source: 'vault', rejected: 2 })]),
    });
    expect(csv?.stdout.split('\n')[0]).toBe(
      'secret,result,actor,actor_kind,team,kind,outcome,reason,count,first,last,addresses,address_count,unexpected',
    );
    expect(csv?.stdout.match(/\n/g)).toHaveLength(3);
  });

  it.concurrent.each([
    ['no such secret', ['who', 'db-passwort'], `Near to it:\n  ${SECRET}`],
    ['no such alert', ['alerts', 'ffffffff'], 'no alert whose id begins with "ffffffff"'],
    ['a sink that is none', ['alerts', 'test', 'slack'], 'it has: terminal, file, hook, accepts, refuses'],
  ])('says what is wrong with a question: %s', async (_, args, message) => {
    const { code, stdout, stderr } = await ask(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('lists alerts, and one by the beginning of its id', async () => {
    const [text, ndjson] = await Promise.all([ask('alerts'), ask('alerts', '--format', 'ndjson')]);
    const [alert, ...more] = jsonLines(ndjson.stdout);
    const id = String(alert?.['id']);
    expect(more).toEqual([]);
    expect(text.stdout).toContain('MEDIUM  One identity reads one secret again and again');
    expect(text.stdout).toMatch(/\n {2}told {3}.*hook delivered/);
    const [one, csv, past] = await Promise.all([
      ask('alerts', id.slice(0, 6)),
      ask('alerts', id, '--format', 'csv'),
      ask('alerts', '--until', '1d', '--since', '2d'),
    ]);
    expect(one.stdout).toContain(id.slice(0, 8));
    expect(csv.stdout).toContain(`\n${id},medium,`);
    expect(past.stdout).toBe('No alerts in this window.\n');
  });

  it('tests a sink', async () => {
    const [good, bad] = await Promise.all([ask('alerts', 'test', 'accepts'), ask('alerts', 'test', 'refuses')]);
    expect([good.code, good.stderr]).toEqual([0, 'accepts accepted the test alert.\n']);
    expect(accepts.received).toHaveLength(1);
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain('Sink refuses answered 404: no xxx here');
    expect(bad.stderr).not.toContain('T0KEN');
  });

  it('keeps a second one off its store', async () => {
    const second = folderWith({
      'whosaw.yaml': CONFIG.replace('path: store', `path: ${folder.at('store')}`),
    });
    const { code, stderr } = await whosaw(['up', '-c', second.at('whosaw.yaml')], { env });
    second.remove();
    expect(code).toBe(2);
    expect(stderr).toContain(`is held by a running whosaw (process ${up.child.pid})`);
    expect(stderr).toContain('Ask that process');
  });

  it('takes up a source whose file comes later', async () => {
    mkdirSync(folder.at('later'));
    const line = vaultRead({ time: ago(1), id: 'later', path: 'secret/data/late' });
    appendFileSync(folder.at('later/audit.part'), line);
    renameSync(folder.at('later/audit.part'), folder.at('later/audit.log'));
    await expect
      .poll(async () => (await ask('who', 'secret/late', '--format', 'ndjson')).stdout, { ...within, interval: 500 })
      .toContain('"count":1');
  });

  it('says that all is well', async () => {
    const { code, stdout } = await ask('check');
    expect(stdout).not.toContain('FAIL');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok {4}rules and expectations: \d+ rules; inert: /m);
    expect(stdout).toContain(`ok    source vault: ${folder.at('audit.log')} can be read`);
    expect(stdout).toContain(`ok    store: ${folder.at('store')} is in use by a running whosaw`);
    expect(stdout).toContain('ok    sink hook: 127.0.0.1:');
    expect(accepts.received).toHaveLength(1);
  });
});

describe('afterwards', () => {
  it('ends with SIGTERM, at once, with 0, having told nobody a secret', async () => {
    const asked = Date.now();
    const { code, stdout, stderr } = await up.end();
    expect(code).toBe(0);
    expect(Date.now() - asked).toBeLessThan(5_000);
    expect(stderr).toContain('Stopped; everything taken is stored.');
    for (const secret of ['hunter2', 'T0KEN']) expect(stdout + stderr).not.toContain(secret);
    expect(hook.received).toHaveLength(3);
  });

  it('answers from the store', async () => {
    const [text, alerts] = await Promise.all([ask('who', 'db-password'), ask('alerts', '--format', 'ndjson')]);
    expect(text.stdout).toMatch(/^RETRIEVED BY 2 /m);
    expect(jsonLines(alerts.stdout)).toHaveLength(1);
  });
});

describe('what is wrong', () => {
  it('is a store that others can read', async () => {
    chmodSync(folder.at('store'), 0o755);
    const results = [await ask('up'), await ask('who', 'db-password'), await ask('check')];
    chmodSync(folder.at('store'), 0o700);
    expect(results.map(({ code }) => code)).toEqual([2, 2, 2]);
    for (const { stdout, stderr } of results) expect(stdout + stderr).toContain(`chmod 700 ${folder.at('store')}`);
  });

  it('is a secret that the environment does not have', async () => {
    const { code, stderr } = await whosaw(['up', '-c', config], { env: { ...env, HOOK_SECRET: '' } });
    expect(code).toBe(2);
    expect(stderr).toContain(
      'whosaw: sinks.hook.secret: the environment has no HOOK_SECRET; set it before the start.\n',
    );
  });

  it('is all told by check at once', async () => {
    const broken = folderWith({
      'whosaw.yaml': `
rules: [rules]
expectations: expectations.yaml
sources: { vault: { type: vault, file: audit.log } }
store: { path: audit.log }
socket: { path: s, group: no-such-group-here }
sinks:
  hook: { type: webhook, url: 'http://127.0.0.1:1/x' }
  slack: { type: slack, webhook: '\${NO_SUCH}' }
`,
      'audit.log': '',
      'expectations.yaml': 'environments: 5\n',
    });
    const { code, stdout } = await whosaw(['check', '-c', broken.at('whosaw.yaml')]);
    broken.remove();
    expect(code).toBe(2);
    const failed = Array.from(stdout.matchAll(/^FAIL {2}([^:]+): /gm), ([, what]) => what);
    expect(Array.from(new Set(failed))).toEqual([
      'rules and expectations',
      'store',
      'socket',
      'sink hook',
      'sink slack',
    ]);
  });

  it.concurrent.each([
    ['no config', ['up'], 'There is no config'],
    ['a config that is not there', ['up', '-c', '/no/such.yaml'], '/no/such.yaml cannot be read'],
  ])('is %s', async (_, args, message) => {
    const { code, stdout, stderr } = await whosaw(args, { cwd: folder.at('store') });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});

function ask(...args: readonly string[]): Promise<Ended> {
  return whosaw([...args, '-c', config], { env });
}

function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1_000).toISOString();
}
