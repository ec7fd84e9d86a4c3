import { createConnection, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { JsonValue } from '../../../src/core/json.ts';
import type { CollectedBatch, Collector } from '../../../src/core/ports.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { FORMATS } from '../../../src/sources/formats.ts';
import { parseAddress } from '../../../src/sources/listen/address.ts';
import { listen, type Listeners, type ListenOptions } from '../../../src/sources/listen/listen.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

export interface Given {
  readonly name?: string;
  readonly type?: 'vault' | 'cloudtrail' | 'keyvault';
  readonly at?: string;
  readonly token?: string;
  readonly limitBytes?: number;
  readonly checkpoint?: JsonValue;
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clientCa?: string };
}

export type Options = ListenOptions['sources'][number];

/** A source on a port that the system chooses. */
export function sourceAt(folder: string, given: Given = {}): Options {
  const { name = 'vault-socket', type = 'vault', at = 'tcp://127.0.0.1:0', token, tls } = given;
  const address = parseAddress(at);
  if (address === undefined) throw new Error(`${at} is no address.`);
  return {
    name,
    type,
    ...(type === 'vault' ? { cluster: 'eu' } : {}),
    address,
    spill: { folder: `${folder}/${name}`, limitBytes: given.limitBytes ?? 64_000_000 },
    ...(token === undefined ? {} : { tokenHash: sha256(token) }),
    ...(tls === undefined ? {} : { tls }),
    checkpoint: given.checkpoint,
  };
}

export interface Opened extends Listeners {
  readonly notices: string[];
  readonly folder: string;
}

/** Listeners for one test; closed at its end. */
export async function open(given: readonly Given[] = [{}], folder = temporaryFolder()): Promise<Opened> {
  const notices: string[] = [];
  const listeners = await listen({
    sources: given.map((one) => sourceAt(folder, one)),
    formatOf: (type) => FORMATS[type],
    notice: (_, text) => notices.push(text),
    seenEveryMs: 100,
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= listeners.close());
  onTestFinished(close);
  return { ...listeners, close, notices, folder };
}

export interface Read {
  readonly batches: readonly CollectedBatch[];
  readonly records: readonly CollectedBatch['records'][number][];
  readonly rejections: readonly CollectedBatch['rejections'][number][];
  readonly gaps: readonly NonNullable<CollectedBatch['gaps']>[number][];
  readonly checkpoint: JsonValue | undefined;
}

/** Reads until `isEnough`. Batches are only told to be durable where `commits` says so. */
export async function readUntil(
  collector: Collector | undefined,
  isEnough: (read: Read) => boolean,
  { checkpoint, commits = true }: { readonly checkpoint?: JsonValue | undefined; readonly commits?: boolean } = {},
): Promise<Read> {
  if (collector === undefined) throw new Error('There is no such collector.');
  const stop = new AbortController();
  const batches: CollectedBatch[] = [];
  const read = (): Read => ({
    batches,
    records: batches.flatMap(({ records }) => records),
    rejections: batches.flatMap(({ rejections }) => rejections),
    gaps: batches.flatMap(({ gaps = [] }) => gaps),
    checkpoint: batches.at(-1)?.checkpoint,
  });
  for await (const batch of collector.read(checkpoint, stop.signal)) {
    batches.push(batch);
    if (commits) collector.committed?.(batch.checkpoint);
    if (isEnough(read())) stop.abort();
  }
  return read();
}

export const isCaughtUp = ({ batches }: Read): boolean => batches.at(-1)?.seenTo !== undefined;

export function connect(port: number | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port: port ?? 0, host: '127.0.0.1' }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Writes it all, and waits until the system took it. */
export function send(socket: Socket, data: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(data, (error) => (error ? reject(error) : resolve()));
  });
}
