import { createConnection, type Socket } from 'node:net';
import { ERROR_CODES, WhosawError, type ErrorCode } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import type { AccessReader } from '../core/access-reader.ts';
import { textLines } from '../lib/text-lines.ts';
import type { Method } from './local-protocol.ts';

/** The running process, asked over its socket. */
export interface LocalReader extends AccessReader {
  close(): void;
}

/** undefined when nobody listens there. Throws SOCKET_UNAVAILABLE when this user may not ask. */
export async function askLocal(path: string): Promise<LocalReader | undefined> {
  const socket = await connect(path);
  if (socket === undefined) return undefined;
  const lines = textLines(socket.setEncoding('utf8'));
  let last: Promise<unknown> = Promise.resolve();
  const ask = (method: Method, ...args: readonly unknown[]): Promise<never> => {
    const answer = last.then(async () => {
      socket.write(`${JSON.stringify({ method, args })}\n`);
      const { value, done } = await lines.next().catch((cause: unknown) => {
        throw gone(path, cause);
      });
      if (done === true) throw gone(path);
      return resultOf(JSON.parse(value)) as never;
    });
    last = answer.catch(() => undefined);
    return answer;
  };
  return {
    secrets: (text, limit) => ask('secrets', text, limit),
    near: (text, limit) => ask('near', text, limit),
    accesses: (question) => ask('accesses', question),
    sources: () => ask('sources'),
    alerts: (question) => ask('alerts', question),
    identities: (text, limit) => ask('identities', text, limit),
    nearIdentities: (text, limit) => ask('nearIdentities', text, limit),
    firstTimes: (actor) => ask('firstTimes', actor),
    findEvents: (question) => ask('findEvents', question),
    tally: (question) => ask('tally', question),
    search: (question) => ask('search', question),
    outlines: (question) => ask('outlines', question),
    deletions: (timeUs) => ask('deletions', timeUs),
    days: () => ask('days'),
    gaps: (question) => ask('gaps', question),
    checkpoint: (source) => ask('checkpoint', source),
    close: () => socket.destroy(),
  };
}

function connect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED') resolve(undefined);
      else reject(refused(path, cause));
    });
  });
}

function refused(path: string, cause: NodeJS.ErrnoException): WhosawError {
  const hint = cause.code === 'EACCES' ? 'ask to be added to the group that socket.group names' : 'check socket.path';
  return new WhosawError(
    'SOCKET_UNAVAILABLE',
    `The running whosaw at ${path} cannot be asked (${cause.code ?? 'error'}): ${hint}.`,
    { cause },
  );
}

function gone(path: string, cause?: unknown): WhosawError {
  return new WhosawError('SOCKET_UNAVAILABLE', `The whosaw at ${path} ended before it answered; try again.`, {
    retryable: true,
    cause,
  });
}

function resultOf(answer: unknown): unknown {
  if (isObject(answer) && isObject(answer['error'])) {
    const { code, message } = answer['error'];
    throw new WhosawError(
      isCode(code) ? code : 'STORE_UNAVAILABLE',
      typeof message === 'string' ? message : 'The question could not be answered.',
    );
  }
  return isObject(answer) ? answer['result'] : undefined;
}

function isCode(code: unknown): code is ErrorCode {
  return ERROR_CODES.some((known) => known === code);
}
