import { setTimeout as sleep } from 'node:timers/promises';
import type { Observation } from '../src/core/event.ts';
import { who } from '../src/respond/who.ts';
import { openDuckdbStore, type DuckdbStore } from '../src/stores/duckdb/open.ts';
import { HOT_SECRET } from './long-history.ts';
import { quantile, type Row } from './report.ts';

const DAY_US = 86_400_000_000;
const COMMITS = 60;
const COMMIT_EVENTS = 500;
/** About 5,000 events a second. */
const PAUSE_MS = 100;
const AIM_MS = 50;

/** How much longer the store takes for a commit while it is asked, and for a question while it is written to. */
export async function measureBeside(
  path: string,
  events: Generator<Observation, never, undefined>,
  size: string,
): Promise<readonly Row[]> {
  const store = await openDuckdbStore({ path });
  try {
    const commit = () => commitSome(store, events);
    await commit();
    const commitsAlone = await repeat(COMMITS, commit);
    const questionsAlone = await repeat(COMMITS, () => ask(store));
    const asking = new AbortController();
    const questionsBeside: number[] = [];
    const asked = (async () => {
      while (!asking.signal.aborted) questionsBeside.push(...(await repeat(1, () => ask(store))));
    })();
    const commitsBeside = await repeat(COMMITS, commit);
    asking.abort();
    await asked;
    return [
      rowOf(`${size}: a commit of ${COMMIT_EVENTS} events beside questions`, commitsAlone, commitsBeside),
      rowOf(`${size}: who and top secrets, 30 days, beside commits`, questionsAlone, questionsBeside),
    ];
  } finally {
    await store.close();
  }
}

async function commitSome(store: DuckdbStore, events: Generator<Observation, never, undefined>): Promise<void> {
  const observations = Array.from({ length: COMMIT_EVENTS }, () => events.next().value);
  const rest = { rejections: [], alerts: [], marks: [], checkpoints: [], notifications: [] };
  await store.commit({ ...rest, observations, appendedMs: Date.now() });
}

async function ask(store: DuckdbStore): Promise<void> {
  const nowMs = Date.now();
  const window = { fromUs: nowMs * 1_000 - 30 * DAY_US, toUs: nowMs * 1_000 };
  await who(store, HOT_SECRET, window);
  await store.tally({ of: 'secrets', query: '', nowMs, ...window, limit: 10, parts: 24 });
}

async function repeat(times: number, run: () => Promise<void>): Promise<number[]> {
  const taken: number[] = [];
  for (let time = 0; time < times; time++) {
    const start = performance.now();
    await run();
    taken.push(performance.now() - start);
    await sleep(PAUSE_MS);
  }
  return taken;
}

function rowOf(name: string, alone: readonly number[], beside: readonly number[]): Row {
  const [before, after] = [alone, beside].map((times) => [0.5, 0.95].map((share) => quantile(times, share)));
  const note = `p50 ${Math.round(before?.[0] ?? 0)} alone, ${Math.round(after?.[0] ?? 0)} beside; p95 ${Math.round(before?.[1] ?? 0)} and ${Math.round(after?.[1] ?? 0)}`;
  return { name, unit: 'ms more at p95', value: (after?.[1] ?? 0) - (before?.[1] ?? 0), aim: AIM_MS, note };
}
