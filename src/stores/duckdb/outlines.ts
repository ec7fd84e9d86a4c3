import type { OutlinePage, OutlineQuestion } from '../../core/access-reader.ts';
import { decodeEvent } from '../../core/encode-event.ts';
import type { AccessKind, Outcome } from '../../core/event.ts';
import { FACTS, outlineOf, type EventOutline } from '../../core/event-outline.ts';
import { parseTimeUs } from '../../lib/time.ts';
import { readQuery } from '../../query/read-query.ts';
import type { EventReader } from './document-reader.ts';
import { readRows, searchEvents } from './search.ts';
import { columnFilter } from './search-sql.ts';
import { idOf, numberOf, optional, textOf } from './values.ts';
import type { Cells } from './values.ts';

/** From the columns alone, where they say what is asked for; else from the documents. */
export async function outlineEvents(reader: EventReader, question: OutlineQuestion): Promise<OutlinePage> {
  const filter = columnFilter(readQuery(question.query, question.nowMs));
  if (!filter.isExact) {
    const { documents, next } = await searchEvents(reader, question);
    return { outlines: documents.map(fromDocument), ...(next === undefined ? {} : { next }) };
  }
  const outlines = (await readRows(reader, question, filter, COLUMNS, question.limit)).map(fromColumns);
  const last = outlines.at(-1);
  if (last === undefined || outlines.length < question.limit) return { outlines };
  return { outlines, next: { timeUs: last.timeUs, id: last.id } };
}

const COLUMNS = [
  'time',
  'id',
  'dataset',
  'action',
  'kind',
  'actor',
  'team',
  'user_name',
  'secret',
  'path',
  'wrap',
  'outcome',
  'reason',
  'address',
  'expected_network',
  'expected_role',
  'expected_schedule',
].join(', ');

function fromColumns(cells: Cells): EventOutline {
  const [time, id, dataset, action, ...rest] = cells;
  const [kind, actor, team, user, secret, path, wrap, outcome, reason, address, ...expected] = rest;
  const texts = { actor, team, user, secret, path, wrap, reason, address };
  const given = Object.entries(texts).flatMap(([name, cell]) => {
    const text = optional(cell, textOf);
    return text === undefined ? [] : [[name, text] as const];
  });
  const what = optional(kind, textOf) as AccessKind | undefined;
  return {
    timeUs: numberOf(time),
    id: idOf(id),
    dataset: textOf(dataset),
    action: textOf(action),
    ...(what === undefined ? {} : { kind: what }),
    ...Object.fromEntries(given),
    outcome: textOf(outcome) as Outcome,
    unexpected: FACTS.filter((_, index) => expected[index] === false),
  };
}

function fromDocument(text: string): EventOutline {
  const { event } = decodeEvent(text);
  return outlineOf(event, parseTimeUs(event['@timestamp']) ?? 0);
}
