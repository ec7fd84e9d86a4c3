import type { Bus, ConsumeOptions } from '../core/bus.ts';
import { WhosawError } from '../core/errors.ts';
import { Bell } from '../lib/bell.ts';
import type { Meter } from './meter.ts';

const EVERY_MS = 5_000;

/** Tells the meter now and then how far the groups are behind, also those that wait, until the signal. */
export async function watchLag(
  bus: Bus,
  members: readonly Pick<ConsumeOptions, 'group' | 'topics'>[],
  meter: Pick<Meter, 'lag'>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const { group, topics } of members) {
      for (const topic of topics) {
        try {
          const committed = await bus.committed(group, topic);
          const bounds = await bus.bounds(topic);
          const lag = bounds.map(({ end }, partition) => Math.max(0, end - (committed[partition] ?? 0)));
          meter.lag(group, topic, lag);
        } catch (error) {
          // Whoever works with the broker says that it is away.
          if (!(error instanceof WhosawError)) throw error;
        }
      }
    }
    await new Bell().sleep(EVERY_MS, signal);
  }
}
