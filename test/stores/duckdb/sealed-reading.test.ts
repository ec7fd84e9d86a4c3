import { rmSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { openDuckdbStore } from '../../../src/stores/duckdb/open.ts';
import { search } from '../../../src/respond/search.ts';
import { batch, eventsIn, observation } from '../../contract/store-fixtures.ts';
import { newFolder } from './adapter.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2025-03-15T00:00:00Z');
const DAY = START / (24 * HOUR_MS);

/** Three days, each in two files that both reach over all of it, and in no order of time within a file. */
const EVENTS = Array.from({ length: 1_500 }, (_, index) =>
  observation({
    id: `${index}`,
    at: new Date(START + (index * 72 * HOUR_MS) / 1_500).toISOString(),
    secret: `vault:eu/secret/${(index * 7) % 40}`,
  }),
);

it('reads on and on over sealed files in order, forwards and backwards, also when one goes meanwhile', async () => {
  const path = newFolder();
  onTestFinished(() => rmSync(path, { recursive: true }));
  const store = await openDuckdbStore({ path });
  onTestFinished(() => store.close());
  for (const half of [0, 1]) {
    await store.commit(batch({ observations: EVENTS.filter((_, index) => index % 2 === half) }));
    for (const { day } of await store.days()) await store.sealDay(day);
  }
  expect((await store.days()).map(({ files, open }) => [files, open])).toStrictEqual([
    [2, 0],
    [2, 0],
    [2, 0],
  ]);
  expect((await eventsIn(store)).map((one) => one.observation)).toStrictEqual(EVENTS);

  const ids: string[] = [];
  const question = {
    query: 'event.provider: vault',
    nowMs: 0,
    fromUs: 0,
    toUs: Number.MAX_SAFE_INTEGER,
    order: 'newest',
  } as const;
  for await (const page of search(store, { ...question, limit: 10_000 })) {
    ids.push(...page.map(({ event }) => event.event.id));
    // The first day, of which files are being read: it goes between two pages.
    if (ids.length === 1_000) await store.deleteDay({ day: DAY, atMs: 1, setting: '1d' });
  }
  const expected = EVENTS.slice(500).map(({ event }) => event.event.id);
  expect(ids.toReversed()).toStrictEqual(expected);

  // Other events in a file of the same name.
  const firstDay = { timeUs: [START * 1_000, (START + 24 * HOUR_MS) * 1_000 - 1] } as const;
  const others = EVENTS.slice(0, 500).map((_, index) =>
    observation({ id: `other ${index}`, at: '2025-03-15T12:00:00Z' }),
  );
  await store.commit(batch({ observations: others }));
  await store.sealDay(DAY);
  expect(await eventsIn(store, firstDay)).toHaveLength(500);
  await store.deleteDay({ day: DAY, atMs: 1, setting: '1d' });
  const more = EVENTS.slice(0, 500).map((_, index) => observation({ id: `more ${index}`, at: '2025-03-15T13:00:00Z' }));
  await store.commit(batch({ observations: more }));
  await store.sealDay(DAY);
  const found = (await eventsIn(store, firstDay)).map((one) => one.observation);
  expect(new Set(found)).toStrictEqual(new Set(more));
});
