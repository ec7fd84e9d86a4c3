import { chmod, chown, lstat, mkdir, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ALERT_EVENTS_LIMIT } from '../core/alert.ts';
import { WhosawError } from '../core/errors.ts';
import { TALLIES, type AccessReader } from '../core/access-reader.ts';
import { groupId } from './group-id.ts';
import { METHODS, QUESTION_LIMIT_BYTES, type Answer } from './local-protocol.ts';

export interface LocalSocketOptions {
  readonly path: string;
  /** Members of this group may ask; without it only the user that runs whosaw. */
  readonly group?: string | undefined;
  readonly reader: AccessReader;
}

export interface LocalSocket {
  close(): Promise<void>;
}

/**
 * Answers questions of this machine's people, and of nobody else: the socket is 0660 with the configured group (0600
 * without one). Throws SOCKET_UNAVAILABLE when another process listens there, or it cannot be made.
 */
export async function serveLocal({ path, group, reader }: LocalSocketOptions): Promise<LocalSocket> {
  const gid = group === undefined ? undefined : await groupId(group);
  if (await isListening(path)) {
    throw new WhosawError(
      'SOCKET_UNAVAILABLE',
      `Another whosaw answers at ${path}; stop it, or set another socket.path.`,
    );
  }
  await attempt(path, () => clear(path));
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    serve(socket, reader);
  });
  await attempt(path, () => listen(server, path));
  if (gid !== undefined) await chown(path, -1, gid);
  await chmod(path, gid === undefined ? 0o600 : 0o660);
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

async function attempt(path: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (cause) {
    throw new WhosawError(
      'SOCKET_UNAVAILABLE',
      `The socket ${path} cannot be made; set socket.path to a place that whosaw may write.`,
      { cause },
    );
  }
}

/**
 * Makes way for the socket: the folders that are missing, open to the group whatever the umask is, and no socket that a
 * crash left behind. Anything else that stands there stays.
 */
async function clear(path: string): Promise<void> {
  const folder = dirname(path);
  const first = await mkdir(folder, { recursive: true });
  if (first !== undefined) {
    for (let made = folder; made.length >= first.length; made = dirname(made)) await chmod(made, 0o755);
  }
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSocket() === true) await rm(path);
}

async function listen(server: Server, path: string): Promise<void> {
  // Made private at once: nobody can connect between bind and chmod.
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  } finally {
    process.umask(mask);
  }
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

const NEWLINE = '\n';

function serve(socket: Socket, reader: AccessReader): void {
  let pending = '';
  let busy = Promise.resolve();
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (text: string) => {
    pending += text;
    for (let end = pending.indexOf(NEWLINE); end !== -1; end = pending.indexOf(NEWLINE)) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 1);
      busy = busy.then(async () => {
        const answer = await answerTo(line, reader);
        if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}${NEWLINE}`);
      });
    }
    if (pending.length > QUESTION_LIMIT_BYTES) socket.destroy();
  });
}

/** Events in one answer. */
const SEARCH_LIMIT = 10_000;
/** Of which each takes a line. */
const OUTLINES_LIMIT = 100_000;

/** Times before 1970 are asked for by `--since 60000d`. */
const microseconds = z.number().int();
const cursor = z.strictObject({ timeUs: microseconds, id: z.string().regex(/^[0-9a-f]{32}$/) });
const limit = z.number().int().min(1).max(100_000);
const text = z.string().max(8_192);
const QUESTION = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('secrets'), args: z.tuple([text, limit]) }),
  z.strictObject({ method: z.literal('near'), args: z.tuple([text, limit]) }),
  z.strictObject({
    method: z.literal('accesses'),
    args: z.tuple([z.strictObject({ secret: text, fromUs: microseconds, toUs: microseconds })]),
  }),
  z.strictObject({ method: z.literal('identities'), args: z.tuple([text, limit]) }),
  z.strictObject({ method: z.literal('nearIdentities'), args: z.tuple([text, limit]) }),
  z.strictObject({ method: z.literal('firstTimes'), args: z.tuple([text]) }),
  z.strictObject({
    method: z.literal('gaps'),
    args: z.tuple([z.strictObject({ fromUs: microseconds, toUs: microseconds, limit })]),
  }),
  // A source's own checkpoint may hold requests that wait for their answer: only the pipeline's own are told.
  z.strictObject({ method: z.literal('checkpoint'), args: z.tuple([z.literal('#coverage')]) }),
  z.strictObject({ method: z.literal('sources'), args: z.tuple([]) }),
  z.strictObject({ method: z.literal('days'), args: z.tuple([]) }),
  z.strictObject({ method: z.literal('deletions'), args: z.tuple([z.tuple([microseconds, microseconds])]) }),
  z.strictObject({
    method: z.literal('alerts'),
    args: z.tuple([
      z.strictObject({
        sinceUs: microseconds.optional(),
        untilUs: microseconds.optional(),
        id: text.optional(),
        limit,
      }),
    ]),
  }),
  z.strictObject({
    method: z.literal('findEvents'),
    args: z.tuple([
      z.strictObject({
        ids: z
          .array(z.string().regex(/^[0-9a-f]{1,32}$/))
          .min(1)
          .max(ALERT_EVENTS_LIMIT),
        timeUs: z.tuple([microseconds, microseconds]).optional(),
        limit: z.number().int().min(1).max(ALERT_EVENTS_LIMIT),
      }),
    ]),
  }),
  z.strictObject({
    method: z.literal('tally'),
    args: z.tuple([
      z.strictObject({
        of: z.enum(TALLIES),
        query: z.string().max(32_768),
        nowMs: z.number().int(),
        fromUs: microseconds,
        toUs: microseconds,
        limit: z.number().int().min(1).max(1_000),
        parts: z.number().int().min(1).max(1_000),
      }),
    ]),
  }),
  z.strictObject({
    method: z.literal('search'),
    args: z.tuple([
      z.strictObject({
        query: z.string().max(32_768),
        nowMs: z.number().int(),
        fromUs: microseconds,
        toUs: microseconds,
        appendedAfterMs: z.number().int().optional(),
        order: z.enum(['newest', 'oldest']),
        limit: z.number().int().min(1).max(SEARCH_LIMIT),
        after: cursor.optional(),
      }),
    ]),
  }),
  z.strictObject({
    method: z.literal('outlines'),
    args: z.tuple([
      z.strictObject({
        query: z.string().max(32_768),
        nowMs: z.number().int(),
        fromUs: microseconds,
        toUs: microseconds,
        order: z.enum(['newest', 'oldest']),
        limit: z.number().int().min(1).max(OUTLINES_LIMIT),
        after: cursor.optional(),
      }),
    ]),
  }),
]);

async function answerTo(line: string, reader: AccessReader): Promise<Answer> {
  const question = QUESTION.safeParse(parseJson(line));
  if (!question.success)
    return { error: { code: 'USAGE', message: `A question is one of ${METHODS.join(', ')} with its arguments.` } };
  try {
    return { result: await ask(question.data, reader) };
  } catch (error) {
    if (error instanceof WhosawError) return { error: { code: error.code, message: error.message } };
    return {
      error: { code: 'STORE_UNAVAILABLE', message: 'The question could not be answered; the log of whosaw says why.' },
    };
  }
}

function ask(question: z.infer<typeof QUESTION>, reader: AccessReader): Promise<unknown> {
  switch (question.method) {
    case 'secrets':
      return reader.secrets(...question.args);
    case 'near':
      return reader.near(...question.args);
    case 'accesses':
      return reader.accesses(...question.args);
    case 'identities':
      return reader.identities(...question.args);
    case 'nearIdentities':
      return reader.nearIdentities(...question.args);
    case 'firstTimes':
      return reader.firstTimes(...question.args);
    case 'sources':
      return reader.sources();
    case 'days':
      return reader.days();
    case 'deletions':
      return reader.deletions(...question.args);
    case 'findEvents': {
      const { ids, timeUs, limit: most } = question.args[0];
      return reader.findEvents({ ids, limit: most, ...(timeUs === undefined ? {} : { timeUs }) });
    }
    case 'alerts': {
      const { sinceUs, untilUs, id, limit: most } = question.args[0];
      return reader.alerts({
        limit: most,
        ...(sinceUs === undefined ? {} : { sinceUs }),
        ...(untilUs === undefined ? {} : { untilUs }),
        ...(id === undefined ? {} : { id }),
      });
    }
    case 'gaps':
      return reader.gaps(...question.args);
    case 'checkpoint':
      return reader.checkpoint(...question.args);
    case 'tally':
      return reader.tally(...question.args);
    case 'search': {
      const { appendedAfterMs, after, ...rest } = question.args[0];
      return reader.search({
        ...rest,
        ...(appendedAfterMs === undefined ? {} : { appendedAfterMs }),
        ...(after === undefined ? {} : { after }),
      });
    }
    case 'outlines': {
      const { after, ...rest } = question.args[0];
      return reader.outlines({ ...rest, ...(after === undefined ? {} : { after }) });
    }
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
