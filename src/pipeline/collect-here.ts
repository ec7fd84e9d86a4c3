import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Bus } from '../core/bus.ts';
import type { JsonValue } from '../core/json.ts';
import type { Collector } from '../core/ports.ts';
import { checkpointMessage, collectedMessages, Turns, type Told } from './collect-source.ts';
import { memoryKey } from './memory-message.ts';
import type { Meter } from './meter.ts';
import type { Topics } from './topics.ts';

export interface CollectHereOptions {
  readonly bus: Bus;
  readonly topics: Topics;
  readonly collector: Collector;
  /** Of this machine: tells its checkpoint from those of others. */
  readonly host: string;
  /** Where this machine remembers how far it is. */
  readonly file: string;
  readonly route: Told;
  readonly clock: () => number;
  readonly meter?: Pick<Meter, 'collected'> | undefined;
}

/**
 * Reads what only this machine has (the spill of a listener) into the raw topic. What it brought is acknowledged before
 * the checkpoint is written, and that before the collector may forget it. Ends with the signal.
 */
export async function collectHere(options: CollectHereOptions, signal: AbortSignal): Promise<void> {
  const { bus, topics, collector, host, file, route, clock, meter } = options;
  const key = memoryKey('source', collector.name, host);
  const turns = new Turns(topics, clock());
  for await (const batch of collector.read(await readLocalCheckpoint(file), signal)) {
    await bus.publish(collectedMessages(batch, { topics, turns, route }));
    await write(file, batch.checkpoint);
    collector.committed?.(batch.checkpoint);
    // For those who say how far each source is.
    await bus.publish([checkpointMessage(topics, topics.partitionOf(key), key, { source: collector.name, batch })]);
    meter?.collected(collector.name, { records: batch.records.length, rejections: batch.rejections.length });
  }
}

/** undefined: nothing was read yet. */
export async function readLocalCheckpoint(file: string): Promise<JsonValue | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as JsonValue;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Old or new, and nothing between. */
async function write(file: string, checkpoint: JsonValue): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const next = await open(`${file}.next`, 'w', 0o600);
  try {
    await next.writeFile(JSON.stringify(checkpoint));
    await next.sync();
  } finally {
    await next.close();
  }
  await rename(`${file}.next`, file);
}
