import type { Deletion } from '../../core/days.ts';
import { ask } from './answers.ts';
import type { Elastic } from './client.ts';
import { countDays, DELETION_KIND } from './days.ts';
import { endOfPeriod, type Indices } from './indices.ts';
import { refresh } from './scan.ts';

/** Whether the server deletes indices by their age itself. */
export async function hasLifecycles(elastic: Elastic): Promise<boolean> {
  return (await elastic.request({ method: 'GET', path: '/_ilm/status' })).status === 200;
}

/**
 * Lets the server delete each index of events so many days after it was made. An index is as old as its first event's
 * arrival: one of a day long past stays as long as one of today.
 */
export async function setUpLifecycle(elastic: Elastic, name: string, days: number): Promise<void> {
  const phases = { hot: { actions: {} }, delete: { min_age: `${days}d`, actions: { delete: {} } } };
  await ask(elastic, { method: 'PUT', path: `/_ilm/policy/${name}`, body: { policy: { phases } } });
}

export interface OldIndices {
  /** Indices whose whole period lies before this day are deleted: days since 1970. */
  readonly day: number;
  /** The configured retention that asks for it. */
  readonly setting: string;
  readonly nowMs: number;
}

/**
 * Deletes old indices of events, and keeps a record of each day in them in the state index. Needs a key that may delete,
 * which whosaw's own may not.
 */
export async function deleteOld(
  elastic: Elastic,
  { events, state }: Indices,
  { day, setting, nowMs }: OldIndices,
): Promise<readonly Deletion[]> {
  const query = { format: 'json', h: 'index' };
  const found = await ask<readonly Row[]>(elastic, { method: 'GET', path: `/_cat/indices/${events}`, query });
  const old = found.filter(({ index }) => (endOfPeriod(index) ?? Infinity) <= day);
  const deleted: Deletion[] = [];
  for (const { index } of old.toSorted((a, b) => (a.index < b.index ? -1 : 1))) {
    await refresh(elastic, index);
    for (const [of, count] of await countDays({ elastic }, index)) {
      const deletion: Deletion = { day: of, events: count, atMs: nowMs, setting };
      // Said before it is done: a kill in between leaves a record too much, never one too few.
      const body = { kind: DELETION_KIND, document: JSON.stringify(deletion) };
      await ask(elastic, { method: 'POST', path: `/${state}/_doc`, body });
      deleted.push(deletion);
    }
    await ask(elastic, { method: 'DELETE', path: `/${index}` }, [404]);
  }
  return deleted;
}

interface Row {
  readonly index: string;
}
