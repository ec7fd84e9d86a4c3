import type { ConsumeOptions } from '../core/bus.ts';
import type { Topics } from './topics.ts';

/** Of the workers that deliver one holds this partition. */
const PARTITION = 0;

/** What one worker at a time does; the others stand by. Ends with the signal. */
export type Single = (signal: AbortSignal) => Promise<void>;

/** Several workers share a store, but an alert is to be told once, and devices are compared by one: one of them does so. */
export function singleStage(topics: Topics, singles: readonly Single[]): ConsumeOptions {
  return {
    group: topics.group('single'),
    topics: [],
    replayed: [topics.name('memory')],
    open: async (claim) => {
      const stop = new AbortController();
      const signal = AbortSignal.any([stop.signal, claim.signal]);
      const working =
        claim.partition === PARTITION
          ? Promise.all(singles.map((single) => single(signal))).catch((error: unknown) => claim.fail(error))
          : Promise.resolve();
      return {
        take: async () => undefined,
        close: async () => {
          stop.abort();
          await working;
        },
      };
    },
  };
}
