import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { secretRead, startLookupServer, type LookupServer } from '../services/lookup-events.ts';
import { folderWith, jsonLines, start, whosaw, type Running } from './whosaw.ts';

const REGIONS = `
sources:
  trail:
    type: cloudtrail
    regions: [eu-central-1, us-east-1]
store: { path: store }
socket: { path: run/s }
`;
const folder = folderWith({ 'whosaw.yaml': REGIONS });
const within = { timeout: 40_000, interval: 100 };
let server: LookupServer;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startLookupServer();
  env = {
    AWS_ENDPOINT_URL_CLOUDTRAIL: server.url,
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'test-CANARY',
  };
});

afterAll(async () => {
  await server.close();
  folder.remove();
});

function up(): Promise<Running> {
  const running = start(['up', '-c', folder.at('whosaw.yaml')], { env });
  return vi.waitUntil(() => running.stderr().includes('"msg":"Running."'), within).then(() => running);
}

async function reads(): Promise<unknown> {
  const { stdout } = await whosaw([
    'who',
    'prod/db',
    '-c',
    folder.at('whosaw.yaml'),
    '--since',
    '1d',
    '--format',
    'ndjson',
  ]);
  return jsonLines(stdout).map(({ actor, count }) => [actor, count]);
}

it('says what it can reach, starting nothing', async () => {
  server.down.add('us-east-1');
  const { code, stdout } = await whosaw(['check', '-c', folder.at('whosaw.yaml')], { env });
  expect(stdout).toContain(
    'ok    source trail: own account eu-central-1: LookupEvents answers; no event in the last hour\n',
  );
  expect(stdout).toContain(
    'FAIL  source trail: own account us-east-1: AWS does not answer cloudtrail:LookupEvents on own account in us-east-1',
  );
  expect(code).toBe(2);
  server.down.clear();
});

it('reads LookupEvents into the store, and kills double and lose nothing', async () => {
  const nowMs = Date.now();
  const ids = Array.from({ length: 240 }, (_, index) => `e-${index}`);
  server.events.push(...ids.map((id, index) => secretRead(id, nowMs - index * 1_000)));
  server.faults.push({ status: 400, code: 'ThrottlingException' });
  for (const requests of [2, 4]) {
    const running = await up();
    const asked = server.requests.length;
    await expect.poll(() => server.requests.length, within).toBeGreaterThan(asked + requests);
    await running.end('SIGKILL');
  }
  const running = await up();
  await expect.poll(reads, within).toEqual([['aws:444455556666/user/ana', 240]]);
  const { stderr } = await running.end();
  expect(stderr).not.toContain('CANARY');
  expect(stderr).toContain('Stopped; everything taken is stored.');
});

it('reads the past after an estimate, and goes on after a kill', async () => {
  const past = folderWith({ 'whosaw.yaml': REGIONS.replace(', us-east-1', '') });
  const dayMs = 86_400_000;
  server.events.length = 0;
  for (let index = 0; index < 300; index += 1) {
    server.events.push(secretRead(`p-${index}`, Date.now() - (index / 300) * 60 * dayMs));
  }
  const args = ['backfill', 'trail', '--since', '90d', '-c', past.at('whosaw.yaml')];
  const killed = start(args, { env });
  await expect.poll(killed.stdout, within).toMatch(/^own account eu-central-1: about \d+ events, /);
  const asked = server.requests.length;
  await expect.poll(() => server.requests.length, within).toBeGreaterThan(asked + 12);
  await killed.end('SIGKILL');
  const { code, stdout, stderr } = await whosaw(args, { env });
  expect([code, stderr]).toEqual([0, expect.stringContaining('Goes on where the backfill was stopped.')]);
  expect(stdout).toMatch(/Read \d+ records\.\n$/);
  const who = await whosaw(['who', 'prod/db', '-c', past.at('whosaw.yaml'), '--since', '91d', '--format', 'ndjson']);
  expect(jsonLines(who.stdout).map(({ count }) => count)).toEqual([300]);
  past.remove();
});
