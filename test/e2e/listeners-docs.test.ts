import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, it, onTestFinished, vi } from 'vitest';
import { vaultRead } from './vault-log.ts';
import { folderWith, jsonLines, start, whosaw } from './whosaw.ts';

const TOKEN = 'token-CANARY-0123456789';
const BLOCKS = Array.from(
  readFileSync(new URL('../../docs/listeners.md', import.meta.url), 'utf8').matchAll(/```yaml\n(sources:[^`]*)```/g),
  ([, block = '']) => block,
);
const blockWith = (text: string): string => BLOCKS.find((block) => block.includes(text)) ?? '';
const within = { timeout: 60_000, interval: 200 };

interface Listening {
  readonly at: (name: string) => string;
  readonly port: number;
  /** PEM texts. */
  readonly cert: string;
  readonly key: string;
}

type Send = (lines: string, listening: Listening) => Promise<unknown>;

const socketOf = (socket: Socket, lines: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.end(lines, () => resolve(undefined));
  });

/** As the HTTP device does: one POST an entry. */
const post: Send = (line, { port, cert }) =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const options = { host: '127.0.0.1', servername: 'localhost', ca: cert, port, method: 'POST', headers };
    const asked = request({ ...options, path: '/v1/ingest/bao-http' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.once('error', reject);
    asked.end(line);
  });

it.each<[string, string, Send]>([
  ['tcp', 'tcp://127.0.0.1:9190', (lines, { port }) => socketOf(connect({ port, host: '127.0.0.1' }), lines)],
  ['unix', 'unix:///run/whosaw/vault.sock', (lines, { at }) => socketOf(connect(at('vault.sock')), lines)],
  [
    'tls with client_ca',
    'tls://0.0.0.0:9191',
    (lines, { port, cert, key }) =>
      socketOf(connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: cert, cert, key }), lines),
  ],
  ['https', 'https://0.0.0.0:8443', post],
])(
  'the block of docs/listeners.md runs: %s',
  async (_, address, send) => {
    const folder = folderWith();
    onTestFinished(folder.remove);
    const port = await freePort();
    const listening = { at: folder.at, port, ...certificate(folder.path) };
    const block = blockWith(address)
      .replace(/:(?:9190|9191|8443)\b/, `:${port}`)
      .replaceAll('/etc/whosaw/vault-ca.pem', folder.at('cert.pem'))
      .replaceAll('/etc/whosaw/', `${folder.path}/`)
      .replace('/run/whosaw/vault.sock', folder.at('vault.sock'))
      .replace(/\/var\/log\/\w+\/audit\.log/, folder.at('audit.log'));
    writeFileSync(folder.at('whosaw.yaml'), `${block}store: { path: store }\nsocket: { path: s }\n`);
    const config = ['-c', folder.at('whosaw.yaml')];
    const env = { WHOSAW_TOKEN: TOKEN };
    expect(await whosaw(['check', ...config], { env })).toMatchObject({ code: 0 });
    const running = start(['up', ...config], { env });
    onTestFinished(() => void running.child.kill('SIGKILL'));
    await vi.waitUntil(() => running.stderr().includes('"msg":"Running."'), within);
    const line = vaultRead({ time: new Date().toISOString(), id: 'r-1' });
    expect([undefined, 202]).toContain(await send(line, listening));
    const counts = async (): Promise<unknown> => {
      const { stdout } = await whosaw(['who', 'production/db-password', '--format', 'ndjson', ...config]);
      return jsonLines(stdout).map(({ actor, count }) => [actor, count]);
    };
    await expect.poll(counts, within).toEqual([[expect.stringMatching(/^vault:eu\/approle\/payments-api$/), 1]]);
    const { code, stdout, stderr } = await running.end();
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain('CANARY');
  },
  180_000,
);

it('with client_ca nobody else gets a word in', async () => {
  const folder = folderWith();
  onTestFinished(folder.remove);
  const port = await freePort();
  const { cert } = certificate(folder.path);
  const block = blockWith('tls://0.0.0.0:9191')
    .replace(':9191', `:${port}`)
    .replaceAll('/etc/whosaw/vault-ca.pem', folder.at('cert.pem'))
    .replaceAll('/etc/whosaw/', `${folder.path}/`)
    .replace('/var/log/vault/audit.log', folder.at('audit.log'));
  writeFileSync(folder.at('whosaw.yaml'), `${block}store: { path: store }\nsocket: { path: s }\n`);
  const running = start(['up', '-c', folder.at('whosaw.yaml')]);
  onTestFinished(() => void running.child.kill('SIGKILL'));
  await vi.waitUntil(() => running.stderr().includes('"msg":"Running."'), within);
  const stranger = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: cert });
  // In TLS 1.3 a client hears of it when it next listens.
  await expect(new Promise((_, reject) => stranger.once('error', reject))).rejects.toMatchObject({
    code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  });
  await running.end();
}, 120_000);

/** A certificate of its own authority, in cert.pem and key.pem. */
function certificate(folder: string): { readonly cert: string; readonly key: string } {
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const out = ['-subj', '/CN=localhost', '-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`];
  execFileSync('openssl', [...args, ...out], { stdio: 'ignore' });
  return { cert: readFileSync(`${folder}/cert.pem`, 'utf8'), key: readFileSync(`${folder}/key.pem`, 'utf8') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
