import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { WhosawError } from '../../core/errors.ts';
import { printAddress, type Address } from './address.ts';

/** Throws with a sentence for people. */
export async function bind(server: Server, address: Address): Promise<void> {
  if (address.kind === 'unix') await clear(address.path);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  if (address.kind === 'unix') server.listen(address.path, resolve);
  else server.listen({ host: address.host, port: address.port, backlog: BACKLOG }, resolve);
  await promise.catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${printAddress(address)} cannot be listened at: ${reasonOf(error)}`, { cause: error });
  });
  server.off('error', reject);
  server.on('error', () => undefined);
  // Vault runs as another user: who may reach the folder may write.
  if (address.kind === 'unix') chmodSync(address.path, 0o666);
}

/** Connections that the system keeps while they wait to be taken. */
const BACKLOG = 4_096;

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'another program listens there; stop it, or choose another address.';
  if (code === 'EACCES') return 'this user may not; choose a port above 1023, or another folder.';
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address.';
  return `${message}.`;
}

/** A socket that a crash left behind makes way; one that somebody listens at, and anything else, stays. */
async function clear(path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSocket() !== true) return;
  const isUsed = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });
  if (!isUsed) rmSync(path);
}

/** Tries the address, for a moment. Throws LISTENER_UNAVAILABLE. */
export async function mayListen(address: Address): Promise<void> {
  const server = createServer();
  await bind(server, address).catch((cause: unknown) => {
    throw new WhosawError('LISTENER_UNAVAILABLE', cause instanceof Error ? cause.message : String(cause), { cause });
  });
  await new Promise((resolve) => server.close(resolve));
}
