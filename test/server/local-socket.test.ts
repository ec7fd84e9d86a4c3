import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WhosawError } from '../../src/core/errors.ts';
import type { AccessReader } from '../../src/core/access-reader.ts';
import { askLocal, type LocalReader } from '../../src/server/ask-local.ts';
import { serveLocal } from '../../src/server/local-socket.ts';
import { memoryReader, secretFacts } from '../respond/memory-reader.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const SECRET = secretFacts('vault:eu/secret/production/db-password', { environment: 'production' });
const SOURCES = [{ source: 'vault', events: 3, rejected: 0 }];

describe('permissions', () => {
  it('are 0600 without a group', async () => {
    const { path } = await serve();
    expect(modeOf(path)).toBe(0o600);
  });

  it('are 0660 with a group, which owns the socket', async () => {
    const group = someGroup();
    const { path } = await serve({ group: group.name });
    expect(modeOf(path)).toBe(0o660);
    expect(statSync(path).gid).toBe(group.gid);
  });

  it.each(['no-such-group-here', '--help', 'a:b', ''])('refuse the group %j, which is not there', async (group) => {
    const path = join(temporaryFolder(), 's');
    await expect(serveLocal({ path, group, reader: memoryReader() })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`no group "${group}"`),
    });
  });

  it('let a group through the folder that is made for the socket, whatever the umask', async () => {
    const mask = process.umask(0o077);
    onTestFinished(() => void process.umask(mask));
    const { path } = await serve({ group: someGroup().name, below: 'run/whosaw' });
    expect(modeOf(join(path, '..'))).toBe(0o755);
    expect(modeOf(join(path, '../..'))).toBe(0o755);
    expect(process.umask()).toBe(0o077);
  });
});

describe('questions', () => {
  it('are all answered as the reader answers them', async () => {
    const group = {
      actor: 'person:ana@acme.example',
      actorKind: 'person',
      kind: 'read',
      outcome: 'success',
      count: 1,
      first: '2025-03-15T02:34:12.847Z',
      last: '2025-03-15T02:34:12.847Z',
      addresses: ['192.0.2.1'],
      addressCount: 1,
      unexpected: [],
    } as const;
    const reader = memoryReader({ secrets: [SECRET], sources: SOURCES, accesses: [group] });
    const asked = await ask((await serve({ reader })).path);
    expect(await asked.secrets('db-password', 5)).toEqual([SECRET]);
    expect(await asked.near('vaul', 5)).toEqual([SECRET.secret.id]);
    expect(await asked.sources()).toEqual(SOURCES);
    const all = { secret: SECRET.secret.id, fromUs: 0, toUs: Number.MAX_SAFE_INTEGER };
    expect(await asked.accesses(all)).toEqual([group]);
    expect(await asked.accesses({ ...all, fromUs: -1 })).toEqual([group]);
    expect(await asked.alerts({ limit: 5 })).toEqual([]);
    expect(await asked.findEvents({ ids: ['a7'], timeUs: [-1, 2], limit: 5 })).toEqual([]);
    await expect(asked.findEvents({ ids: ["a' OR"], limit: 5 })).rejects.toMatchObject({ code: 'USAGE' });
    expect(await asked.alerts({ sinceUs: -1, untilUs: 2, id: 'a7', limit: 5 })).toEqual([]);
  });

  it.each([
    ['no JSON', 'who?'],
    ['an empty line', ''],
    ['no object', '[]'],
    ['an unknown method', '{"method":"commit","args":[]}'],
    ['a method of every object', '{"method":"constructor","args":[]}'],
    ['a method that closes', '{"method":"close","args":[]}'],
    ['no arguments', '{"method":"secrets"}'],
    ['too few arguments', '{"method":"secrets","args":["x"]}'],
    ['too many arguments', '{"method":"sources","args":[1]}'],
    ['a wrong type', '{"method":"secrets","args":[1,1]}'],
    ['a limit of nothing', '{"method":"secrets","args":["x",0]}'],
    ['a limit without bounds', '{"method":"near","args":["x",1e9]}'],
    ['half an access', '{"method":"near","args":["x",1.5]}'],
    ['no time', '{"method":"accesses","args":[{"secret":"x","fromUs":"0","toUs":1}]}'],
    ['an unknown key', '{"method":"alerts","args":[{"limit":1,"where":"1=1"}]}'],
    ['more than a question', '{"method":"sources","args":[],"as":"root"}'],
    ['a text without end', JSON.stringify({ method: 'near', args: ['x'.repeat(8_193), 1] })],
  ])('that are %s are refused, and the next one is answered', async (_, question) => {
    const lines = await talk((await serve()).path, `${question}\n{"method":"sources","args":[]}\n`, 2);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ error: { code: 'USAGE' } });
    expect(JSON.parse(lines[1] ?? '')).toEqual({ result: SOURCES });
  });

  it('that never end are cut off', async () => {
    const { path } = await serve();
    const socket = connect(path);
    socket.write('x'.repeat(200_000));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(await (await ask(path)).sources()).toEqual(SOURCES);
  });

  it('may come in pieces of a character, and several at once', async () => {
    const { path } = await serve({ reader: memoryReader({ secrets: [secretFacts('vault:eu/geheim/schlüssel')] }) });
    const socket = connect(path);
    const bytes = Buffer.from('{"method":"secrets","args":["schlüssel",1]}\n{"method":"sources","args":[]}\n');
    for (const byte of bytes) socket.write(Buffer.of(byte));
    const lines = await linesOf(socket, 2);
    expect(lines[0]).toContain('schlüssel');
    expect(JSON.parse(lines[1] ?? '')).toEqual({ result: [] });
  });

  it('that the store cannot answer say so: our errors with their code, others without their text', async () => {
    const busy = new WhosawError('STORE_BUSY', 'Held by another.');
    const reader: AccessReader = {
      ...memoryReader(),
      secrets: () => Promise.reject(busy),
      sources: () => Promise.reject(new Error('at /var/lib/whosaw: internals')),
    };
    const asked = await ask((await serve({ reader })).path);
    await expect(asked.secrets('x', 1)).rejects.toMatchObject({ code: 'STORE_BUSY', message: 'Held by another.' });
    const error: unknown = await asked.sources().catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(String(error)).not.toContain('internals');
    expect(await asked.near('x', 1)).toEqual([]);
  });
});

describe('clients', () => {
  it('are many, each with its own answers in order', async () => {
    const secrets = Array.from({ length: 40 }, (_, index) => secretFacts(`vault:eu/secret/s${index}`));
    const { path } = await serve({ reader: memoryReader({ secrets }) });
    const answers = await Promise.all(
      secrets.map(async (_, index) => {
        const asked = await ask(path);
        return Promise.all(
          [index, 39 - index].map(async (at) => (await asked.secrets(`s${at}`, 1)).map(({ secret }) => secret.id)),
        );
      }),
    );
    expect(answers).toEqual(
      secrets.map((_, index) => [[`vault:eu/secret/s${index}`], [`vault:eu/secret/s${39 - index}`]]),
    );
  });

  it('that go away before their answer disturb nobody', async () => {
    const { promise: gone, resolve: leave } = Promise.withResolvers<void>();
    const reader: AccessReader = { ...memoryReader({ sources: SOURCES }), near: () => gone.then(() => []) };
    const { path } = await serve({ reader });
    const socket = connect(path);
    socket.write('{"method":"near","args":["x",1]}\n');
    await new Promise<void>((resolve) => socket.once('ready', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.destroy();
    await closed;
    leave();
    expect(await (await ask(path)).sources()).toEqual(SOURCES);
  });

  it('are told when the server ends before it answers', async () => {
    const reader: AccessReader = { ...memoryReader(), near: () => new Promise(() => undefined) };
    const { path, close } = await serve({ reader });
    const asked = await ask(path);
    const answer = asked.near('x', 1);
    const refused = answer.catch((error: unknown) => error);
    await close();
    expect(await refused).toMatchObject({ code: 'SOCKET_UNAVAILABLE', retryable: true });
  });
});

describe('places', () => {
  it('where another one listens are refused, and it goes on', async () => {
    const { path } = await serve();
    await expect(serveLocal({ path, reader: memoryReader() })).rejects.toMatchObject({ code: 'SOCKET_UNAVAILABLE' });
    expect(await (await ask(path)).sources()).toEqual(SOURCES);
  });

  it('where a crash left a socket are taken over', async () => {
    const path = join(temporaryFolder(), 's');
    await leaveSocket(path);
    expect(statSync(path).isSocket()).toBe(true);
    await expect(askLocal(path)).resolves.toBeUndefined();
    await serve({ path });
    expect(await (await ask(path)).sources()).toEqual(SOURCES);
  });

  it('where a file stands that is no socket are refused, and it stays', async () => {
    const path = join(temporaryFolder(), 'notes.txt');
    writeFileSync(path, 'mine');
    await expect(serveLocal({ path, reader: memoryReader() })).rejects.toMatchObject({ code: 'SOCKET_UNAVAILABLE' });
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });

  it('that are too long for a socket are refused', async () => {
    const path = join(temporaryFolder(), 'x'.repeat(120));
    await expect(serveLocal({ path, reader: memoryReader() })).rejects.toMatchObject({ code: 'SOCKET_UNAVAILABLE' });
  });

  it('below a file are refused', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    await expect(serveLocal({ path: join(file, 's'), reader: memoryReader() })).rejects.toMatchObject({
      code: 'SOCKET_UNAVAILABLE',
    });
  });

  it('are free after the end, and nobody listens there', async () => {
    const { path, close } = await serve();
    await close();
    await expect(askLocal(path)).resolves.toBeUndefined();
    await serve({ path });
  });
});

async function serve({
  reader = memoryReader({ secrets: [SECRET], sources: SOURCES }),
  group,
  below = '',
  path = join(temporaryFolder(), below, 's'),
}: {
  readonly reader?: AccessReader;
  readonly group?: string;
  readonly below?: string;
  readonly path?: string;
} = {}): Promise<{ readonly path: string; readonly close: () => Promise<void> }> {
  const server = await serveLocal({ path, group, reader });
  onTestFinished(() => server.close());
  return { path, close: () => server.close() };
}

async function ask(path: string): Promise<LocalReader> {
  const asked = await askLocal(path);
  if (asked === undefined) throw new Error('nobody listens');
  onTestFinished(() => asked.close());
  return asked;
}

function connect(path: string): Socket {
  const socket = createConnection(path);
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

function talk(path: string, text: string, count: number): Promise<readonly string[]> {
  const socket = connect(path);
  socket.write(text);
  return linesOf(socket, count);
}

async function linesOf(socket: Socket, count: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: socket })) {
    lines.push(line);
    if (lines.length === count) break;
  }
  return lines;
}

/** A socket file that nobody listens on: what kill -9 leaves behind. */
async function leaveSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}2`, resolve));
  renameSync(`${path}2`, path);
  await new Promise((resolve) => server.close(resolve));
}

/** A group that this user may give files to, not its own one where there is another. */
function someGroup(): { readonly name: string; readonly gid: number } {
  const groups = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .flatMap(([name, , gid]) => (name === undefined || gid === undefined ? [] : [{ name, gid: Number(gid) }]));
  const own = process.getgroups?.() ?? [];
  const usable = groups.filter(({ gid }) => process.getuid?.() === 0 || own.includes(gid));
  const group = usable.find(({ gid }) => gid !== process.getgid?.()) ?? usable[0];
  if (group === undefined) throw new Error('this user is in no group');
  return group;
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}
