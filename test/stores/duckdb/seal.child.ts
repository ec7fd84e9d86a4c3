import { openDuckdbStore } from '../../../src/stores/duckdb/open.ts';

/** Seals or deletes a day of a store, and is killed behind a step of it. */
const [path = '', what, day, step] = process.argv.slice(2);
const store = await openDuckdbStore({
  path,
  onDayStep: (done) => {
    if (done === step) process.kill(process.pid, 'SIGKILL');
  },
});
if (what === 'seal') await store.sealDay(Number(day));
else await store.deleteDay({ day: Number(day), atMs: 1, setting: '400d' });
console.log('not killed');
