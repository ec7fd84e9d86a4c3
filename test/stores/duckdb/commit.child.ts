import { openDuckdbStore } from '../../../src/stores/duckdb/open.ts';
import { numberedBatch } from './numbered-batch.ts';

/** Goes on where the store's checkpoint says, three commits in flight; says which number is acknowledged. */
const store = await openDuckdbStore({ path: process.argv[2] ?? '' });
const [last] = (await store.load()).checkpoints;
const inFlight: Promise<void>[] = [];
for (let number = Number(last?.checkpoint ?? -1) + 1; ; number++) {
  inFlight.push(store.commit(numberedBatch(number)).then(() => console.log(number)));
  if (inFlight.length === 3) await inFlight.shift();
}
