import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/core/alert.ts';
import { supersede } from '../../src/detect/build-alert.ts';
import { Revisions } from '../../src/pipeline/revisions.ts';
import { alert, batch } from '../contract/store-fixtures.ts';
import { MemoryDisk, MemoryStore } from './memory-store.ts';

/** Writes as the pipeline does; `forget` begins anew over what is stored. */
function writer() {
  const store = new MemoryStore(new MemoryDisk());
  let revisions = new Revisions(store);
  return {
    forget: () => (revisions = new Revisions(store)),
    write: async (...alerts: readonly Alert[]): Promise<readonly Alert[]> => {
      const { news: written } = await revisions.above(alerts);
      await store.commit(batch({ alerts: written }));
      return written;
    },
    stored: async (id: string): Promise<Alert | undefined> => (await store.alerts({ ids: [id], limit: 1 }))[0]?.alert,
  };
}

describe('what is written of an alert last counts', () => {
  const one = alert('aa1');
  const other = alert('bb1');

  it.each(['remembered', 'asked of the store'])('when it was taken back and holds after all, %s', async (how) => {
    const { write, forget, stored } = writer();
    await write(one);
    await write(supersede(one, other.id));
    if (how !== 'remembered') forget();
    await write(one);
    expect(await stored(one.id)).toMatchObject({ count: one.count });
    expect(await stored(one.id)).not.toHaveProperty('superseded_by');
    if (how !== 'remembered') forget();
    await write(supersede(one, other.id));
    expect(await stored(one.id)).toMatchObject({ superseded_by: other.id });
  });

  it('when it has fewer hits than it had', async () => {
    const { write, stored } = writer();
    await write({ ...one, version: 7, count: 7 }, { ...one, version: 5, count: 5 });
    expect(await stored(one.id)).toMatchObject({ count: 5, version: 8 });
  });

  it('but the same is not written again, and that it is over not over who took it', async () => {
    const { write, stored, forget } = writer();
    await write(one);
    expect(await write({ ...one, rules_version: 'another' })).toEqual([]);
    await write(supersede(one, other.id));
    forget();
    expect(await write(supersede(one, one.id), supersede(one, alert('cc1').id))).toEqual([]);
    expect(await stored(one.id)).toMatchObject({ superseded_by: other.id });
  });
});
