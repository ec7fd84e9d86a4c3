import { decodeEvent } from '../../core/encode-event.ts';
import type { SearchCursor, TallyOf, TallyQuestion, TallyRow } from '../../core/access-reader.ts';
import { parseTimeUs } from '../../lib/time.ts';
import { mostFirst, Tally } from '../../query/tally.ts';
import { readQuery } from '../../query/read-query.ts';
import { columnFilter, type ColumnFilter } from './search-sql.ts';
import { searchEvents } from './search.ts';
import { storedEvents } from './stored-events.ts';
import type { EventReader } from './document-reader.ts';
import { bigintOf, numberOf, query, textList, textOf } from './values.ts';
import type { Parameters } from './values.ts';

export async function readTally(reader: EventReader, question: TallyQuestion): Promise<readonly TallyRow[]> {
  const filter = columnFilter(readQuery(question.query, question.nowMs));
  return filter.isExact ? ofColumns(reader, question, filter) : ofDocuments(reader, question);
}

const VALUES: Readonly<Record<TallyOf, { readonly column: string; readonly where: string }>> = {
  secrets: { column: 'secret', where: "kind = 'read' AND outcome = 'success'" },
  identities: { column: 'actor', where: "kind = 'read' AND outcome = 'success'" },
  denials: { column: 'actor', where: "kind IS NOT NULL AND outcome = 'failure'" },
  addresses: { column: 'address', where: 'kind IS NOT NULL' },
};

async function ofColumns(
  reader: EventReader,
  { of, fromUs, toUs, limit, parts }: TallyQuestion,
  filter: ColumnFilter,
): Promise<readonly TallyRow[]> {
  const { column } = VALUES[of];
  const window = { ...filter.parameters, from: bigintOf(fromUs), to: bigintOf(toUs) };
  const { connection } = reader;
  const events = await storedEvents(reader, { timeUs: [fromUs, toUs] });
  const where = `time BETWEEN $from AND $to AND ${VALUES[of].where} AND ${filter.sql} AND ${column} IS NOT NULL`;
  const top = await query(
    connection,
    `${counted(events, column, where)} SELECT value, ${ACCESSES} AS n FROM named GROUP BY value ORDER BY n DESC, value LIMIT ${limit}`,
    window,
  );
  if (top.length === 0) return [];
  const values: Parameters = { ...window, values: textList(top.map(([value]) => textOf(value))) };
  const chosen = counted(events, column, `${where} AND ${column} IN (SELECT unnest($values))`);
  const environments = await query(
    connection,
    `${chosen} SELECT value, coalesce(environment, '') AS name, ${ACCESSES} FROM named GROUP BY value, name`,
    values,
  );
  // Wide numbers take ten times as long to divide.
  const wide = (toUs - fromUs + 1) * parts < LARGEST_BIGINT ? '' : '::HUGEINT';
  const times = await query(
    connection,
    `${chosen} SELECT value, ((time - $from)${wide} * ${parts} // ($to - $from + 1))::INTEGER AS part, ${ACCESSES} FROM named GROUP BY value, part`,
    values,
  );
  return top.map(([value, count]) => {
    const own = (cells: readonly unknown[]): boolean => cells[0] === value;
    const byPart = new Map(times.filter(own).map(([, part, some]) => [numberOf(part), numberOf(some)]));
    return {
      value: textOf(value),
      count: numberOf(count),
      environments: environments
        .filter(own)
        .map(([, name, some]) => [textOf(name), numberOf(some)] as const)
        .toSorted(mostFirst),
      parts: Array.from({ length: parts }, (_, part) => byPart.get(part) ?? 0),
    };
  });
}

/**
 * What is counted. Few accesses have several events: only those are told apart by their ids, which would be most of the work
 * if it were done of all.
 */
function counted(events: string, column: string, where: string): string {
  return `
    WITH found AS (SELECT ${column} AS value, environment, time, id, access FROM ${events} WHERE ${where}),
    shared AS (SELECT DISTINCT access AS of FROM found WHERE access IS NOT NULL),
    named AS (SELECT found.*, access IS NOT NULL OR of IS NOT NULL AS several FROM found LEFT JOIN shared ON id = of)`;
}

const ACCESSES = '(count(*) FILTER (NOT several) + count(DISTINCT coalesce(access, id)) FILTER (several))';
const LARGEST_BIGINT = 2 ** 63;
const PAGE_EVENTS = 2_000;

/** The columns do not say enough. */
async function ofDocuments(reader: EventReader, question: TallyQuestion): Promise<readonly TallyRow[]> {
  const { of, query: text, nowMs, fromUs, toUs, limit } = question;
  const tally = new Tally(of, question);
  let after: SearchCursor | undefined;
  do {
    const asked = { query: text, nowMs, fromUs, toUs, order: 'newest', limit: PAGE_EVENTS } as const;
    const page = await searchEvents(reader, { ...asked, ...(after === undefined ? {} : { after }) });
    for (const document of page.documents) {
      const { event } = decodeEvent(document);
      tally.add(event, parseTimeUs(event['@timestamp']) ?? 0);
    }
    after = page.next;
  } while (after !== undefined);
  return tally.rows(limit);
}
