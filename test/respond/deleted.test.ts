import { expect, it } from 'vitest';
import { deletedBefore, printDeleted } from '../../src/respond/deleted.ts';
import { DAY_US } from '../../src/lib/time.ts';
import { memoryReader } from './memory-reader.ts';

const deletions = [100, 101, 102].map((day) => ({ day, events: 5, atMs: 1, setting: '400d' }));

it('says up to when a window lies outside of what is kept', async () => {
  const reader = memoryReader({ deletions });
  const found = await deletedBefore(reader, { fromUs: 101 * DAY_US, toUs: 200 * DAY_US });
  expect(found).toStrictEqual({ before: '1970-04-14', retention: '400d' });
  expect(found === undefined ? '' : printDeleted(found)).toBe(
    'Events before 1970-04-14 were deleted by retention (400d).',
  );
  expect(await deletedBefore(reader, { fromUs: 103 * DAY_US, toUs: 200 * DAY_US })).toBeUndefined();
});
