import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { bind } from './bind.ts';
import { takeIn } from './connection.ts';
import { answerWith } from './http-ingest.ts';
import type { Intake } from './intake.ts';
import type { Certificate } from './protocol.ts';
import type { Unfinished } from './unfinished.ts';

export interface Listening {
  /** What the system chose where the address says 0. */
  readonly port: number | undefined;
  close(): void;
}

/** A connection more is closed at once: each takes a file and some memory. */
const CONNECTIONS = 16_384;
/** A TLS client that does not finish its handshake. */
const HANDSHAKE_MS = 10_000;
/** Headers, and whole requests, that take longer are answered with 408: slow-loris. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;

/** Listens at one address for the sources that share it (only HTTP ones can). Throws with a sentence for people. */
export async function listenAt(intakes: readonly Intake[], unfinished: Unfinished): Promise<Listening> {
  const [first] = intakes;
  if (first === undefined) throw new Error('No source listens here.');
  const { address, tls } = first.source;
  const server = serverOf(intakes, unfinished, tls);
  server.maxConnections = CONNECTIONS;
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await bind(server, address);
  const bound = server.address();
  return {
    port: typeof bound === 'object' ? bound?.port : undefined,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function serverOf(intakes: readonly Intake[], unfinished: Unfinished, tls: Certificate | undefined): Server {
  const [first] = intakes;
  const onConnection = (socket: Socket): void => {
    if (first !== undefined) takeIn(socket, first, unfinished);
  };
  const secure = {
    cert: tls?.certificate,
    key: tls?.key,
    handshakeTimeout: HANDSHAKE_MS,
    ...(tls?.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
  };
  const slow = { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, connectionsCheckingInterval: 1_000 };
  switch (first?.source.address.kind) {
    case 'tls': {
      const server = createTls(secure, onConnection);
      server.on('tlsClientError', (_, socket) => socket.destroy());
      return server;
    }
    case 'http':
      return createHttp(slow, answerWith(intakes, unfinished));
    case 'https': {
      const server = createHttps({ ...slow, ...secure }, answerWith(intakes, unfinished));
      server.on('tlsClientError', (_, socket) => socket.destroy());
      return server;
    }
    default:
      return createServer(onConnection);
  }
}
