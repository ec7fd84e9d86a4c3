import { openDuckdbStore } from '../../../src/stores/duckdb/open.ts';

/** Opens the store, says so, and keeps it open. */
await openDuckdbStore({ path: process.argv[2] ?? '' });
console.log('open');
