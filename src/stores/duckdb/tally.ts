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
  const { column, where } = VALUES[of];
  const window = { ...filter.parameters, from: bigintOf(fromUs), to: bigintOf(toUs) };
  const { connection } = reader;
  const events = await storedEvents(reader, { timeUs: [fromUs, toUs] });
  const from = `FROM ${events} WHERE time BETWEEN $from AND $to AND ${where} AND ${filter.sql}`;
  const top = await query(
    connection,
    `SELECT ${column}, ${ACCESSES} AS n ${from} AND ${column} IS NOT NULL GROUP BY ${column} ORDER BY n DESC, ${column} LIMIT ${limit}`,
    window,
  );
  if (top.length === 0) return [];
  const values: Parameters = { ...window, values: textList(top.map(([value]) => textOf(value))) };
  const chosen = `${from} AND ${column} IN (SELECT unnest($values))`;
  const environments = await query(
    connection,
    `SELECT ${column}, coalesce(environment, ''), ${ACCESSES} ${chosen} GROUP BY ALL`,
    values,
  );
  const times = await query(
    connection,
    `SELECT ${column}, ((time - $from)::HUGEINT * ${parts} // ($to - $from + 1))::INTEGER AS part, ${ACCESSES} ${chosen} GROUP BY ALL`,
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

const ACCESSES = 'count(DISTINCT coalesce(access, id))';
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
