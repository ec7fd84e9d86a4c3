import { appendFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { afterAll, expect, it, vi } from 'vitest';
import { askLocal } from '../../src/server/ask-local.ts';
import { vaultRead } from './vault-log.ts';
import { folderWith, jsonLines, start, whosaw, type Running } from './whosaw.ts';

const PORT = 20_000 + (process.pid % 10_000);
const CONFIG = `
sources:
  vault-file: { type: vault, cluster: eu, file: audit.log }
  vault-socket: { type: vault, cluster: eu, listen: tcp://127.0.0.1:${PORT} }
store: { path: store }
socket: { path: s }
sinks: { file: { type: file, path: alerts.ndjson } }
`;
const folder = folderWith({ 'whosaw.yaml': CONFIG, 'audit.log': '' });
const config = folder.at('whosaw.yaml');
let up: Running | undefined;
afterAll(async () => {
  await up?.end('SIGKILL');
  folder.remove();
});

const KILLS = 3;
const within = { timeout: 60_000, interval: 100 };

it('a kill at any moment is healed from the file device, and told with what the socket missed', async () => {
  let count = 0;
  let socket: Socket | undefined;
  let isConnected = false;
  // Vault: the file device is never away; the socket device sends once, and connects again when that fails.
  const device = setInterval(() => {
    const line = vaultRead({
      time: new Date().toISOString(),
      id: `00000000-0000-4000-8000-${String(count++).padStart(12, '0')}`,
    });
    appendFileSync(folder.at('audit.log'), line);
    if (isConnected) socket?.write(line);
    else if (socket === undefined || socket.destroyed) {
      socket = createConnection({ port: PORT, host: '127.0.0.1' }, () => (isConnected = true));
      socket.on('error', () => undefined);
      socket.on('close', () => (isConnected = false));
    }
  }, 5);
  for (let kill = 0; kill < KILLS; kill++) {
    up = await running();
    await vi.waitUntil(() => isConnected, within);
    const sent = count;
    await vi.waitUntil(() => count > sent + 100 + 137 * kill, within);
    await up.end('SIGKILL');
  }
  up = await running();
  await vi.waitUntil(() => isConnected, within);
  const sent = count;
  await vi.waitUntil(() => count > sent + 200, within);
  clearInterval(device);
  await vi.waitUntil(async () => (await stored()) === count, { timeout: 60_000, interval: 500 });

  const gaps = async () => jsonLines((await whosaw(['coverage', '-c', config, '--format', 'ndjson'])).stdout);
  await vi.waitUntil(async () => (await gaps()).every(({ healed_by: by }) => by !== ''), {
    timeout: 60_000,
    interval: 2_000,
  });
  const told = await gaps();
  expect(told.map(({ kind, source, healed_by: by }) => [kind, source, by])).toEqual(
    Array.from({ length: KILLS }, () => ['down', 'vault-socket', 'vault-file']),
  );
  const missed = told.reduce((sum, gap) => sum + Number(gap['count']), 0);
  expect(missed).toBeGreaterThan(0);
  expect(missed).toBeLessThan(count);
  const who = await whosaw(['who', 'db-password', '-c', config]);
  expect(who.stdout).toMatch(/^gaps: vault-socket not listened to/m);
  expect(who.stdout).toMatch(new RegExp(`^vault:eu/approle/payments-api +${count} `, 'm'));
  const table = await whosaw(['coverage', '-c', config]);
  expect(table.stdout).toMatch(/^vault-socket +127\.0\.0\.1 /m);
}, 240_000);

async function running(): Promise<Running> {
  const started = start(['up', '-c', config]);
  await vi.waitUntil(() => started.stderr().includes('"msg":"Running."'), within);
  return started;
}

async function stored(): Promise<number> {
  const asked = await askLocal(folder.at('s')).catch(() => undefined);
  if (asked === undefined) return -1;
  const sum = (await asked.sources()).reduce((all, { events }) => all + events, 0);
  asked.close();
  return sum;
}
