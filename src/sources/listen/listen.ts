import { Worker } from 'node:worker_threads';
import { WhosawError } from '../../core/errors.ts';
import type { Gap } from '../../core/gap.ts';
import type { Collector } from '../../core/ports.ts';
import type { SourceFormat } from '../../core/source-format.ts';
import { Positions, type ListenSource, type Told, type WorkerOptions } from './protocol.ts';
import { collectSpill, positionIn } from './collect-spill.ts';

export interface ListenOptions {
  readonly sources: readonly (Omit<ListenSource, 'positions' | 'spill'> & {
    readonly spill: { readonly folder: string; readonly limitBytes: number };
    /** The last that was committed. */
    readonly checkpoint: unknown;
  })[];
  readonly formatOf: (type: ListenSource['type']) => SourceFormat;
  /** Something that people should know. */
  notice(source: string, text: string, facts: Readonly<Record<string, string | number>>): void;
  readonly seenEveryMs?: number;
}

export interface Listeners {
  readonly collectors: readonly Collector[];
  /** Which ports the system chose, by source. */
  readonly ports: Readonly<Record<string, number>>;
  /** Ends the listening; what was taken is on the disk then. */
  close(): Promise<void>;
}

/**
 * Opens all listeners, on a thread of their own that always reads: what comes is framed, redacted and put down in a
 * bounded spill of its source. Each collector reads its spill, from its checkpoint on; what it brought is deleted once it
 * is committed. Throws LISTENER_UNAVAILABLE.
 */
export async function listen(options: ListenOptions): Promise<Listeners> {
  const { formatOf, seenEveryMs } = options;
  const sources = options.sources.map(({ checkpoint, ...source }): ListenSource => {
    const floor = positionIn(checkpoint);
    const positions = Positions.create();
    new Positions(positions).done = floor;
    return { ...source, spill: { ...source.spill, floor }, positions };
  });
  const gaps = new Map<string, Gap[]>(sources.map(({ name }) => [name, []]));
  const workerData: WorkerOptions = { sources };
  const worker = new Worker(WORKER, { workerData, name: 'whosaw-listeners' });
  const ready = Promise.withResolvers<Readonly<Record<string, number>>>();
  const closed = Promise.withResolvers<void>();
  const failed = new AbortController();
  const fail = (message: string, cause: unknown): void => {
    const error = new WhosawError('LISTENER_UNAVAILABLE', message, { cause });
    ready.reject(error);
    failed.abort(error);
  };
  worker.on('message', (told: Told) => {
    switch (told.told) {
      case 'ready':
        return ready.resolve(told.ports);
      case 'failed':
        return fail(told.message, told.cause);
      case 'notice':
        return options.notice(told.source, told.text, told.facts);
      case 'gap':
        return void gaps.get(told.source)?.push(told.gap);
      case 'closed':
        return closed.resolve();
    }
  });
  worker.on('error', (error) => fail('The listeners stopped unexpectedly: start whosaw again.', error));
  worker.on('exit', () => closed.resolve());
  try {
    return {
      ports: await ready.promise,
      collectors: sources.map((source) =>
        collectSpill({
          source,
          format: formatOf(source.type),
          takeGaps: () => gaps.get(source.name)?.splice(0) ?? [],
          failed: failed.signal,
          ...(seenEveryMs === undefined ? {} : { seenEveryMs }),
        }),
      ),
      close: async () => {
        // A thread is no window: it has no origin to name.
        // oxlint-disable-next-line unicorn/require-post-message-target-origin
        worker.postMessage('close');
        await closed.promise;
        await worker.terminate();
      },
    };
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

/** Runs from the sources and from the compiled program. */
const WORKER = new URL(`./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
