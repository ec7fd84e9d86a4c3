import { describe, expect, it } from 'vitest';
import type { Gap } from '../../src/core/gap.ts';
import { gapOf } from '../../src/lib/gap.ts';
import { parseTimeUs } from '../../src/lib/time.ts';
import { newStore } from './store-adapter.ts';
import type { StoreAdapter } from './store-adapter.ts';
import { batch } from './store-fixtures.ts';

const at = (minute: number): number => Date.parse(`2025-03-15T02:${String(minute).padStart(2, '0')}:00Z`);
const us = (minute: number): number => parseTimeUs(new Date(at(minute)).toISOString()) ?? 0;
const down: Gap = gapOf({ kind: 'down', source: 'vault-socket', cluster: 'eu', fromMs: at(10), toMs: at(20) });
const open: Gap = gapOf({ kind: 'disabled', source: 'vault-file', device: 'http', fromMs: at(30) });

/** AccessReader.gaps and checkpoint. */
export function gapsSuite(adapter: StoreAdapter): void {
  describe('gaps', () => {
    it('are found by their time; one that goes on has no end', async () => {
      const { store, reopen } = await newStore(adapter);
      await store.commit(batch({ gaps: [open, down] }));
      const again = await reopen();
      const found = (from: number, to: number, limit = 10) => again.gaps({ fromUs: us(from), toUs: us(to), limit });
      expect(await found(0, 59)).toStrictEqual([down, open]);
      expect(await found(0, 59, 1)).toStrictEqual([down]);
      expect(await found(0, 9)).toStrictEqual([]);
      expect(await found(20, 29)).toStrictEqual([down]);
      expect(await found(21, 29)).toStrictEqual([]);
      expect(await found(40, 50)).toStrictEqual([open]);
    });

    it('are as they were told of last, in whatever order that comes', async () => {
      const { store } = await newStore(adapter);
      const closed = { ...open, version: at(40), to: new Date(at(40)).toISOString().replace('.000', ''), count: 3 };
      await store.commit(batch({ gaps: [closed] }));
      await store.commit(batch({ gaps: [open, open] }));
      expect(await store.gaps({ fromUs: 0, toUs: us(59), limit: 10 })).toStrictEqual([closed]);
    });
  });

  it('a checkpoint is found under its name', async () => {
    const { store } = await newStore(adapter);
    await store.commit(batch({ checkpoints: [{ source: '#coverage', checkpoint: { a: [1] } }] }));
    expect(await store.checkpoint('#coverage')).toStrictEqual({ a: [1] });
    expect(await store.checkpoint('other')).toBeUndefined();
  });
}
