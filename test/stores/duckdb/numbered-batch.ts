import type { CommitBatch } from '../../../src/core/ports.ts';
import { alert, batch, observation } from '../../contract/store-fixtures.ts';

/** Large enough that every sixteenth makes the store move its log into the file. */
export const EVENTS_PER_BATCH = 4_000;

/** Batch `number` of a source: by any part of it one sees that all of it is there. */
export function numberedBatch(number: number): CommitBatch {
  const day = Date.UTC(2025, 0, 1);
  return batch({
    observations: Array.from({ length: EVENTS_PER_BATCH }, (_, index) =>
      observation({ id: `${number}/${index}`, at: new Date(day + number * 60_000 + index).toISOString() }),
    ),
    checkpoints: [{ source: 'vault-file', checkpoint: number }],
    alerts: [{ ...alert('aa'), version: number + 1 }],
    notifications: [{ alertId: alert('aa').id, sink: `sink-${number}` }],
    marks: [{ rule: 'r', group: 'g', day: number, hits: [] }],
  });
}
