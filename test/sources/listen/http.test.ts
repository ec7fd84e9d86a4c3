import { execFileSync } from 'node:child_process';
import { createConnection } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { vaultRead } from '../../e2e/vault-log.ts';
import { post, type Answered, type Target } from './device.ts';
import { connect, open, readUntil, send, type Opened } from './listening.ts';

const AT = 'http://127.0.0.1:0';
const TOKEN = 'T0KEN-CANARY';
const trail = (id: string): string =>
  `${JSON.stringify({
    eventVersion: '1.08',
    eventID: id,
    eventTime: '2026-11-23T10:00:00Z',
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'GetSecretValue',
    awsRegion: 'eu-central-1',
    recipientAccountId: '444455556666',
    sourceIPAddress: '10.0.0.1',
    userIdentity: { type: 'IAMUser', userName: 'sam', accountId: '444455556666' },
    requestParameters: { secretId: 'db' },
    responseElements: null,
  })}\n`;

const line = (id: string): string => vaultRead({ time: '2026-11-23T10:00:00Z', id });

async function http(): Promise<Opened & { readonly at: (path: string, more?: Partial<Target>) => Target }> {
  const opened = await open([
    { name: 'vault-http', at: AT, token: TOKEN },
    { name: 'trail', type: 'cloudtrail', at: AT, token: TOKEN },
  ]);
  // Both share the address, so both have the one port that the system chose.
  return { ...opened, at: (path, more) => ({ port: opened.ports['trail'], path, ...more }) };
}

const bearer = { authorization: `Bearer ${TOKEN}` };

describe('POST /v1/ingest', () => {
  it('takes what shippers and devices send, with the token wherever it stands', async () => {
    const { at, collectors } = await http();
    const answers = [
      await post(at('/v1/ingest/trail', { headers: bearer }), trail('a') + trail('b')),
      await post(at('/v1/ingest/trail', { headers: { ...bearer, 'content-encoding': 'gzip' } }), gzipSync(trail('c'))),
      await post(at('/v1/ingest/trail', { headers: { 'x-whosaw-token': TOKEN } }), trail('d').trimEnd()),
      await post(at(`/v1/ingest/trail/${TOKEN}`), trail('e')),
      await post(at(`/v1/ingest/vault-http/${TOKEN}`), line('f')),
    ];
    expect(answers.map(({ status, body }) => [status, body])).toEqual(
      [2, 1, 1, 1, 1].map((accepted) => [202, { accepted, rejected: 0 }]),
    );
    const [vault, cloudtrail] = collectors;
    const { records } = await readUntil(cloudtrail, (read) => read.records.length >= 5);
    expect(records.map(({ record }) => record['eventID'])).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(records[0]).toMatchObject({ type: 'cloudtrail', origin: { source: 'trail', peer: '127.0.0.1' } });
    expect((await readUntil(vault, (read) => read.records.length >= 1)).records).toHaveLength(1);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    // Vector's http sink: codec text, framing newline_delimited, compression gzip.
    ['Vector', { 'content-type': 'text/plain', 'user-agent': 'Vector/0.50' }, `Bearer ${TOKEN}`],
    // Fluent Bit's out_http: format json_lines, compress gzip, header X-Whosaw-Token.
    ['Fluent Bit', { 'content-type': 'application/x-ndjson', 'user-agent': 'Fluent-Bit' }, ''],
  ])('takes the request that %s documents', async (_, headers, authorization) => {
    const { at, collectors } = await http();
    const token = authorization === '' ? { 'x-whosaw-token': TOKEN } : { authorization };
    const target = at('/v1/ingest/vault-http', { headers: { ...headers, ...token, 'content-encoding': 'gzip' } });
    expect((await post(target, gzipSync(line('a') + line('b')))).status).toBe(202);
    const { records } = await readUntil(collectors[0], (read) => read.records.length >= 2);
    expect(records).toHaveLength(2);
  });

  it('keeps what is no record of a body with its reason, and the rest', async () => {
    const { at, collectors } = await http();
    const body = `${line('a')}hunter2-CANARY\n${line('b')}`;
    const answered = await post(at(`/v1/ingest/vault-http/${TOKEN}`), body);
    expect([answered.status, answered.body]).toEqual([202, { accepted: 2, rejected: 1 }]);
    const { records, rejections } = await readUntil(collectors[0], (read) => read.records.length >= 2);
    expect(records).toHaveLength(2);
    expect(rejections).toMatchObject([{ reason: 'not-json', origin: { source: 'vault-http', peer: '127.0.0.1' } }]);
  });

  it.each<[string, number, (target: (path: string, more?: Partial<Target>) => Target) => Promise<Answered>]>([
    ['no token', 401, (at) => post(at('/v1/ingest/trail'), trail('a'))],
    ['another token', 401, (at) => post(at('/v1/ingest/trail/T0KEN'), trail('a'))],
    ['an unknown source', 404, (at) => post(at(`/v1/ingest/nobody/${TOKEN}`), trail('a'))],
    ['another path', 404, (at) => post(at('/'), trail('a'))],
    ['another method', 405, (at) => post(at('/v1/ingest/trail', { method: 'PUT', headers: bearer }), trail('a'))],
    [
      'no gzip',
      400,
      (at) => post(at('/v1/ingest/trail', { headers: { ...bearer, 'content-encoding': 'gzip' } }), trail('a')),
    ],
    [
      'half a gzip',
      400,
      (at) =>
        post(
          at('/v1/ingest/trail', { headers: { ...bearer, 'content-encoding': 'gzip' } }),
          gzipSync(trail('a')).subarray(0, 60),
        ),
    ],
    [
      'another encoding',
      415,
      (at) => post(at('/v1/ingest/trail', { headers: { ...bearer, 'content-encoding': 'zstd' } }), trail('a')),
    ],
    ['no NDJSON', 400, (at) => post(at('/v1/ingest/trail', { headers: bearer }), '<html>hunter2-CANARY</html>')],
    [
      'a gzip bomb',
      413,
      (at) =>
        post(
          at('/v1/ingest/trail', { headers: { ...bearer, 'content-encoding': 'gzip' } }),
          gzipSync(Buffer.alloc(64_000_000)),
        ),
    ],
  ])('refuses with a status and a sentence, and stores nothing: %s', async (_, status, ask) => {
    const { at, collectors, folder } = await http();
    const answered = await ask(at);
    expect(answered.status).toBe(status);
    expect(answered.body).toEqual({ error: expect.stringMatching(/\.$/) });
    expect(JSON.stringify(answered.body)).not.toContain('CANARY');
    await post(at('/v1/ingest/trail', { headers: bearer }), trail('last'));
    const { records, rejections } = await readUntil(collectors[1], (read) => read.records.length >= 1);
    expect([records.length, rejections.length]).toEqual([1, 0]);
    expect(
      execFileSync('sh', ['-c', `cat ${folder}/*/* | grep -c CANARY || true`])
        .toString()
        .trim(),
    ).toBe('0');
  });

  it('asks shippers to come again when there is no room; what a device sends then is a gap', async () => {
    const { ports, collectors } = await open([
      { name: 'vault-http', at: AT, limitBytes: 20_000 },
      { name: 'trail', type: 'cloudtrail', at: AT, limitBytes: 20_000 },
    ]);
    const target = (name: string): Target => ({ port: ports[name], path: `/v1/ingest/${name}` });
    const answers: Record<string, Answered[]> = { 'vault-http': [], trail: [] };
    for (let index = 0; index < 60; index++) {
      answers['trail']?.push(await post(target('trail'), trail(String(index))));
      answers['vault-http']?.push(await post(target('vault-http'), line(String(index))));
    }
    for (const some of Object.values(answers)) {
      const last = some.at(-1);
      expect([last?.status, last?.headers['retry-after']]).toEqual([429, '5']);
    }
    const accepted = (name: string): number => (answers[name] ?? []).filter(({ status }) => status === 202).length;
    const [vault, cloudtrail] = collectors;
    const read = await readUntil(cloudtrail, ({ batches }) => batches.at(-1)?.seenTo !== undefined);
    expect([read.records.length, read.gaps.length]).toEqual([accepted('trail'), 0]);
    expect((await readUntil(vault, ({ gaps }) => gaps.length > 0)).gaps).toMatchObject([{ kind: 'dropped' }]);
    expect((await post(target('trail'), trail('later'))).status).toBe(202);
  });

  it('lets nobody wait for a client that is slow on purpose', async () => {
    const { ports, at } = await http();
    const slow = await Promise.all(Array.from({ length: 200 }, () => connect(ports['trail'])));
    for (const socket of slow) {
      socket.on('error', () => undefined);
      await send(socket, 'POST /v1/ingest/trail HTTP/1.1\r\nHost: x\r\nContent-Le');
    }
    const began = performance.now();
    expect((await post(at('/v1/ingest/trail', { headers: bearer }), trail('a'))).status).toBe(202);
    const first = slow[0];
    const { promise, resolve } = Promise.withResolvers<string>();
    first?.once('data', (bytes: Buffer) => resolve(bytes.toString()));
    expect(await promise).toMatch(/^HTTP\/1.1 408 /);
    expect(performance.now() - began).toBeGreaterThan(5_000);
    for (const socket of slow) socket.destroy();
  }, 40_000);
});

it('thousands of connections leave the others alone', async () => {
  const { ports, collectors } = await open();
  const port = String(ports['vault-socket']);
  const client = `const net=require('node:net');let n=0;const go=()=>{if(n>=${CONNECTIONS})return console.log('open');
    n++;const s=net.connect(${port},'127.0.0.1',()=>{s.write('{"half":');setImmediate(go)});s.on('error',(e)=>{console.log(e.code);process.exit(1)})};
    for(let i=0;i<50;i++)go();process.stdin.resume()`;
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, ['-e', client]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = await new Promise<string>((resolve) =>
    child.stdout.once('data', (text: Buffer) => resolve(text.toString())),
  );
  expect(said).toMatch(/^open/);
  const socket = createConnection({ port: Number(port), host: '127.0.0.1' });
  await send(socket, line('a'));
  const { records, rejections } = await readUntil(collectors[0], (read) => read.records.length >= 1);
  expect([records.length, rejections.length]).toEqual([1, 0]);
  socket.destroy();
}, 90_000);

/** As many as most systems let one process open by default would be a thousand: more is tried where it is allowed. */
const LIMIT = Number(execFileSync('sh', ['-c', 'ulimit -n']).toString()) || 1_024;
const CONNECTIONS = Math.min(10_000, LIMIT - 500);
