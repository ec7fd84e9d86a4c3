import type { BusBatch, Bus, ConsumeOptions } from '../core/bus.ts';
import type { EventStore, SourceCheckpoint } from '../core/ports.ts';
import { Bell } from '../lib/bell.ts';
import type { Appends } from './appends.ts';
import { passed } from './delivered.ts';
import { readMemory } from './memory-message.ts';
import type { Topics } from './topics.ts';

export interface ProgressOptions {
  readonly bus: Bus;
  readonly topics: Topics;
  readonly store: Pick<EventStore, 'commit'>;
  readonly appends: Appends;
}

const EVERY_MS = 2_000;

/**
 * Writes into the store how far each source was read, once all that was read until then is in the store: answers then say
 * rightly up to when they are complete.
 */
export function progressStage({ bus, topics, store, appends }: ProgressOptions): ConsumeOptions {
  const memory = topics.name('memory');
  return {
    group: topics.group('progress'),
    topics: [memory],
    open: async (claim) => {
      const latest = new Map<string, SourceCheckpoint>();
      const stop = new AbortController();
      const working = work(latest, AbortSignal.any([stop.signal, claim.signal])).catch((error: unknown) =>
        claim.fail(error),
      );
      return {
        from: new Map([[memory, 0]]),
        take: async (batch) => remember(batch, latest),
        close: async () => {
          stop.abort();
          await working;
        },
      };
    },
  };

  function remember({ messages }: BusBatch, latest: Map<string, SourceCheckpoint>): void {
    for (const message of messages) {
      const read = readMemory(message, 'source');
      if (read?.seenTo !== undefined) latest.set(read.source, read);
    }
  }

  async function work(latest: Map<string, SourceCheckpoint>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await new Bell().sleep(EVERY_MS, signal);
      if (latest.size === 0) continue;
      const checkpoints = Array.from(latest.values());
      latest.clear();
      await passed(bus, topics.group('detect'), topics.name('raw'), signal);
      await passed(bus, topics.group('deliver'), topics.name('events'), signal);
      if (!signal.aborted) await store.commit({ ...NOTHING, checkpoints, appendedMs: appends.next() });
    }
  }
}

const NOTHING = { observations: [], rejections: [], alerts: [], marks: [], notifications: [] } as const;
