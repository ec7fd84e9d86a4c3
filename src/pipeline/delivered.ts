import type { Bus } from '../core/bus.ts';
import { Bell } from '../lib/bell.ts';
import type { Topics } from './topics.ts';

const LOOK_EVERY_MS = 200;

/** Waits until a group has committed all that is in a topic now, or for the signal. */
export async function passed(bus: Bus, group: string, topic: string, signal: AbortSignal): Promise<void> {
  const ends = await bus.bounds(topic);
  while (!signal.aborted) {
    const committed = await bus.committed(group, topic);
    if (ends.every(({ end }, partition) => (committed[partition] ?? 0) >= end)) return;
    await new Bell().sleep(LOOK_EVERY_MS, signal);
  }
}

/** All events and alerts that are published by now are in the store. */
export async function delivered(bus: Bus, topics: Topics, signal: AbortSignal): Promise<void> {
  for (const topic of ['events', 'alerts'] as const)
    await passed(bus, topics.group('deliver'), topics.name(topic), signal);
}
