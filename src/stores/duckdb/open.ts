import { locks } from 'node:worker_threads';
import type { EventRange, EventStore, NotificationStore, StoredEvent } from '../../core/ports.ts';
import type { AccessReader } from '../../core/access-reader.ts';
import type { DayStore, DayStep } from '../../core/days.ts';
import { busy } from './errors.ts';
import type { Cursor, PackedPage } from './event-reader.ts';
import { prepareFolder } from './folder.ts';
import { dayStore, type DaysOptions } from './days.ts';
import { sealedFolder, tidy } from './sealed-folder.ts';
import { decodeObservation, packBatch, transferList } from './packed-batch.ts';
import { pageOfGroups } from './outline-groups.ts';
import { Sealer } from './sealer.ts';
import { Remote } from './remote.ts';

export interface DuckdbStoreOptions {
  /** Folder of the store. */
  readonly path: string;
  /** For commands that ask while no other process has the store open; commits fail. */
  readonly readOnly?: boolean;
  /** Called behind each step of sealing and deleting days. */
  readonly onDayStep?: (step: DayStep) => void;
}

export interface DuckdbStore extends EventStore, NotificationStore, AccessReader, DayStore {
  /** Ends after all that was called before. */
  close(): Promise<void>;
}

/**
 * Opens the embedded store: one DuckDB file in a folder, served by a thread of its own. The process's files are private
 * from here on (umask 077), because DuckDB makes its log and temporary files whenever it needs them.
 * Throws STORE_UNSAFE, STORE_BUSY, STORE_CORRUPT, STORE_UNAVAILABLE, or NOT_FOUND where there is nothing to read.
 */
export async function openDuckdbStore(options: DuckdbStoreOptions): Promise<DuckdbStore> {
  const { path, readOnly = false, onDayStep: onStep = () => undefined } = options;
  process.umask(0o077);
  const file = prepareFolder(path, readOnly);
  const unlock = await lock(file, readOnly);
  const folder = sealedFolder(file);
  let remote: Remote | undefined;
  try {
    remote = await Remote.start({ file, readOnly });
    if (!readOnly) tidy(folder, await remote.call('segments', []));
    return storeOver({ remote, folder, sealer: new Sealer(), onStep }, unlock);
  } catch (error) {
    await remote?.stop();
    unlock();
    throw error;
  }
}

function storeOver({ remote, folder, sealer, onStep }: DaysOptions, unlock: () => void): DuckdbStore {
  let closing: Promise<void> | undefined;
  return {
    commit: async (batch) => {
      const packed = packBatch(batch);
      return remote.call('commit', [packed], transferList(packed));
    },
    load: () => remote.call('load', []),
    events: (range) => readPages(remote, range),
    eventsById: async (ids, timeUs) => (await remote.call('eventsById', [ids, timeUs])).flatMap(unpackPage),
    markWarmed: (rules) => remote.call('markWarmed', [rules]),
    pending: (limit, sink) => remote.call('pending', [limit, sink]),
    settle: (key, result) => remote.call('settle', [key, result]),
    secrets: (text, limit) => remote.call('secrets', [text, limit]),
    near: (text, limit) => remote.call('near', [text, limit]),
    accesses: (question) => remote.call('accesses', [question]),
    sources: () => remote.call('sources', []),
    findEvents: async (question) => (await remote.call('findEvents', [question])).flatMap(unpackPage),
    alerts: (question) => remote.call('alerts', [question]),
    identities: (text, limit) => remote.call('identities', [text, limit]),
    nearIdentities: (text, limit) => remote.call('nearIdentities', [text, limit]),
    firstTimes: (actor) => remote.call('firstTimes', [actor]),
    tally: (question) => remote.call('tally', [question]),
    search: (question) => remote.call('search', [question]),
    outlines: async (question) => {
      const packed = await remote.call('outlines', [question]);
      return 'page' in packed ? packed.page : pageOfGroups(packed.groups, question);
    },
    days: () => remote.call('days', []),
    deletions: (timeUs) => remote.call('deletions', [timeUs]),
    gaps: (question) => remote.call('gaps', [question]),
    checkpoint: (source) => remote.call('checkpoint', [source]),
    ...dayStore({ remote, folder, sealer, onStep }),
    close: () => (closing ??= close(remote, sealer, unlock)),
  };
}

async function* readPages(remote: Remote, range: EventRange): AsyncGenerator<readonly StoredEvent[]> {
  let after: Cursor | undefined;
  do {
    const page: PackedPage = await remote.call('page', [range, after]);
    if (page.ends.length > 0) yield unpackPage(page);
    after = page.next;
  } while (after !== undefined);
}

function unpackPage({ documents, ends, timesUs, appendedMs, types }: PackedPage): readonly StoredEvent[] {
  const bytes = Buffer.from(documents.buffer, documents.byteOffset, documents.byteLength);
  let start = 0;
  return types.map((type, index) => {
    const end = ends[index] ?? start;
    const text = bytes.toString('utf8', start, end);
    start = end;
    return { observation: decodeObservation(text, type, timesUs[index] ?? 0), appendedMs: appendedMs[index] ?? 0 };
  });
}

async function close(remote: Remote, sealer: Sealer, unlock: () => void): Promise<void> {
  try {
    await remote.call('close', []);
  } finally {
    sealer.stop();
    await remote.stop();
    unlock();
  }
}

/**
 * DuckDB's lock on the file keeps other processes out, but not this one: a second opening in here would succeed, and
 * closing it would drop the lock of the first. So a lock inside of the process stands before it.
 */
async function lock(file: string, shared: boolean): Promise<() => void> {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  await new Promise<void>((resolve, reject) => {
    locks
      .request(`whosaw:${file}`, { mode: shared ? 'shared' : 'exclusive', ifAvailable: true }, (granted) => {
        if (granted === null) return reject(busy(file, String(process.pid)));
        resolve();
        return held;
      })
      .catch(reject);
  });
  return release;
}
