import { expect, onTestFinished } from 'vitest';
import type { JsonValue } from '../../../src/core/json.ts';
import type { Collector } from '../../../src/core/ports.ts';
import type { RawRecord, Rejection } from '../../../src/core/record.ts';

/** What a running collector gave until now. */
export interface Reading {
  readonly records: RawRecord[];
  readonly rejections: Rejection[];
  readonly seenTo: (string | undefined)[];
  readonly checkpoints: JsonValue[];
  readonly checkpoint: JsonValue | undefined;
  /** Ends it; what it gave stands. */
  stop(): Promise<void>;
}

export interface ReadingOptions {
  readonly checkpoint?: JsonValue | undefined;
  /** false: batches are taken, but never become durable. */
  readonly isDurable?: boolean;
}

/** Reads until the test is over, through JSON as a store would keep the checkpoint; each batch is durable at once. */
export function readAll(collector: Collector, { checkpoint, isDurable = true }: ReadingOptions = {}): Reading {
  const stopping = new AbortController();
  const checkpoints: JsonValue[] = checkpoint === undefined ? [] : [checkpoint];
  const reading = {
    records: [] as RawRecord[],
    rejections: [] as Rejection[],
    seenTo: [] as (string | undefined)[],
    checkpoints,
    get checkpoint() {
      return checkpoints.at(-1);
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
  const running = run();
  onTestFinished(reading.stop);
  return reading;

  async function run(): Promise<void> {
    for await (const batch of collector.read(checkpoint, stopping.signal)) {
      reading.records.push(...batch.records);
      reading.rejections.push(...batch.rejections);
      reading.seenTo.push(batch.seenTo);
      if (!isDurable) continue;
      checkpoints.push(JSON.parse(JSON.stringify(batch.checkpoint)) as JsonValue);
      collector.committed?.(batch.checkpoint);
    }
  }
}

export function idsOf({ records }: Pick<Reading, 'records'>): readonly string[] {
  return records.map(({ record }) => String(record['eventID'])).toSorted();
}

/** For expect.poll: looks often, and gives up late. */
export const SOON = { timeout: 30_000, interval: 10 };

/** Waits until the source says that it saw everything up to now. */
export async function caughtUp(reading: Reading, sinceMs = Date.now()): Promise<void> {
  await expect
    .poll(() => Date.parse(reading.seenTo.findLast((time) => time !== undefined) ?? '') >= sinceMs, SOON)
    .toBe(true);
}
