import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { connect, send } from './listening.ts';

/**
 * Sends a stream as Vault's socket device does: one connection, no acknowledgement; now and then a reconnect, which leaves
 * part of a line at the end of the old connection and sends the whole line again on the new one.
 */
export async function socketDevice(port: number | undefined, stream: Buffer, reconnects = 5): Promise<void> {
  const lines = stream.toString('utf8').split('\n').slice(0, -1);
  const every = Math.ceil(lines.length / (reconnects + 1));
  let socket: Socket = await connect(port);
  for (const [index, line] of lines.entries()) {
    if (index > 0 && index % every === 0) {
      await send(socket, line.slice(0, Math.floor(line.length / 2)));
      await end(socket);
      socket = await connect(port);
    }
    await send(socket, `${line}\n`);
  }
  await end(socket);
}

function end(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.end();
    socket.resume();
  });
}

const CONNECTIONS = 8;

/** Sends entries as OpenBao's HTTP device does: one POST each, no content type, over several connections, no retry. */
export async function httpDevice(port: number | undefined, path: string, stream: Buffer): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const statuses: number[] = [];
  const lines = stream.toString('utf8').split('\n').slice(0, -1);
  // A request's own two entries follow each other; those of others are sent at the same time.
  let open = new Map<string, Promise<void>>();
  for (const line of lines) {
    const id = /"id":"([0-9a-f-]{36})"/.exec(line)?.[1] ?? line;
    if (open.has(id) || open.size >= CONNECTIONS) {
      await Promise.all(open.values());
      open = new Map();
    }
    const posted = post({ agent, port, path }, Buffer.from(`${line}\n`)).then(
      ({ status }) => void statuses.push(status),
    );
    open.set(id, posted);
  }
  await Promise.all(open.values());
  agent.destroy();
  return statuses;
}

export interface Target {
  readonly port: number | undefined;
  readonly path: string;
  readonly agent?: Agent;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

export function post(
  { port, path, agent, headers, method = 'POST' }: Target,
  body: Buffer | string,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const target = { host: '127.0.0.1', port, path, method, ...(agent === undefined ? {} : { agent }) };
    const sent = request({ ...target, headers: { ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const parsed: unknown = text === '' ? undefined : JSON.parse(text);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
