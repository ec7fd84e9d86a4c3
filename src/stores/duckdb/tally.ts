import { decodeEvent } from '../../core/encode-event.ts';
import type { SearchCursor, TallyQuestion, TallyRow } from '../../core/access-reader.ts';
import { parseTimeUs } from '../../lib/time.ts';
import { mostFirst, Tally } from '../../query/tally.ts';
import { readQuery } from '../../query/read-query.ts';
import { columnFilter, type ColumnFilter } from './search-sql.ts';
import { divideRange, partsOf } from './indexed-events.ts';
import { searchEvents } from './search.ts';
import { storedEvents } from './stored-events.ts';
import { CATALOG } from './table.ts';
import { COUNTED, type Counted } from './tally-values.ts';
import type { EventReader } from './document-reader.ts';
import { bigintOf, numberOf, optional, query, textList, textOf } from './values.ts';
import type { Parameters } from './values.ts';

export async function readTally(reader: EventReader, question: TallyQuestion): Promise<readonly TallyRow[]> {
  const filter = columnFilter(readQuery(question.query, question.nowMs));
  return filter.isExact ? ofColumns(reader, question, filter) : ofDocuments(reader, question);
}

async function ofColumns(
  reader: EventReader,
  question: TallyQuestion,
  filter: ColumnFilter,
): Promise<readonly TallyRow[]> {
  const source = await sourceOf(reader, question, filter);
  const top = await query(reader.connection, mostOf(source, question.limit), source.parameters);
  if (top.length === 0) return [];
  const values = textList(top.map(([value]) => textOf(value)));
  const shares = await query(reader.connection, sharesOf(source, question), { ...source.parameters, values });
  return top.map(([value, count]) => {
    const own = shares.filter((cells) => cells[0] === value);
    const byPart = new Map(own.map(([, , part, some]) => [optional(part, numberOf), numberOf(some)]));
    return {
      value: textOf(value),
      count: numberOf(count),
      environments: own
        .filter(([, environment]) => environment !== null)
        .map(([, environment, , some]) => [textOf(environment), numberOf(some)] as const)
        .toSorted(mostFirst),
      parts: Array.from({ length: question.parts }, (_, part) => byPart.get(part) ?? 0),
    };
  });
}

/** Where what is counted is. */
interface Source {
  readonly counted: Counted;
  /** Relation of events of which several may tell of one access. */
  readonly events: string;
  readonly where: string;
  readonly parameters: Parameters;
  /** Builds of days whose other accesses are counted already. */
  readonly builds: readonly number[];
}

async function sourceOf(
  reader: EventReader,
  { of, fromUs, toUs }: TallyQuestion,
  { sql, parameters }: ColumnFilter,
): Promise<Source> {
  const counted = COUNTED[of];
  const where = `${counted.where} AND ${counted.column} IS NOT NULL`;
  const range = [fromUs, toUs] as const;
  if (sql !== 'true') {
    const events = await storedEvents(reader, { timeUs: range });
    const window = `time BETWEEN ${bigintOf(fromUs)} AND ${bigintOf(toUs)}`;
    return { counted, events, where: `${window} AND ${where} AND ${sql}`, parameters, builds: NONE };
  }
  const { whole, partly, rest } = await divideRange(reader.connection, range);
  const parts = [{ builds: partly, range }, { builds: whole, where: 'shared' }, ...rest.map((one) => ({ range: one }))];
  return {
    counted,
    events: await partsOf(reader, counted.copy, parts),
    where,
    parameters,
    builds: [...NONE, ...whole],
  };
}

function mostOf(source: Source, limit: number): string {
  return `
    ${named(source, '')},
    counts AS (
      SELECT value, ${ACCESSES} AS n FROM named GROUP BY value
      UNION ALL
      SELECT value, accesses FROM ${dayCounts(source)}
    )
    SELECT value, sum(n)::BIGINT AS n FROM counts GROUP BY value ORDER BY n DESC, value LIMIT ${limit}`;
}

/** Of the values in $values: by environment, and by part of the window, in one look. */
function sharesOf(source: Source, { fromUs, toUs, parts }: TallyQuestion): string {
  const { counted, builds } = source;
  // Wide numbers take ten times as long to divide.
  const wide = (toUs - fromUs + 1) * parts < LARGEST_BIGINT ? '' : '::HUGEINT';
  const [from, to] = [bigintOf(fromUs), bigintOf(toUs)];
  const part = `((time - (${from}))${wide} * ${parts} // (${to} - (${from}) + 1))::INTEGER`;
  const isChosen = (column: string): string => `AND ${column} IN (SELECT unnest($values))`;
  return `
    ${named(source, isChosen(counted.column))},
    counts AS (
      SELECT value, coalesce(environment, '') AS name, ${part} AS part, ${ACCESSES} AS n
      FROM named GROUP BY GROUPING SETS ((value, name), (value, part))
      UNION ALL
      SELECT value, coalesce(environment, ''), NULL, accesses FROM ${dayCounts(source)} ${isChosen('value')}
      UNION ALL
      SELECT ${counted.column}, NULL, ${part} AS part, count(*) FROM ${CATALOG}.${counted.copy.table}
      WHERE build IN (${builds.join(', ')}) AND NOT shared AND ${counted.where} ${isChosen(counted.column)}
      GROUP BY ${counted.column}, part
    )
    SELECT value, name, part, sum(n)::BIGINT FROM counts GROUP BY value, name, part`;
}

/** What is counted from events. */
function named({ counted, events, where }: Source, isChosen: string): string {
  return `
    WITH found AS (
      SELECT ${counted.column} AS value, environment, time, id, access FROM ${events} WHERE ${where} ${isChosen}
    ), several AS (
      SELECT DISTINCT access AS of FROM found WHERE access IS NOT NULL
    ), named AS (
      SELECT found.*, access IS NOT NULL OR of IS NOT NULL AS several FROM found LEFT JOIN several ON id = of
    )`;
}

function dayCounts({ counted, builds }: Source): string {
  return `${CATALOG}.day_counts WHERE build IN (${builds.join(', ')}) AND tally = '${counted.of}'`;
}

/**
 * Few accesses have several events: only those are told apart by their ids, which would be most of the work if it were done
 * of all.
 */
const ACCESSES = '(count(*) FILTER (NOT several) + count(DISTINCT coalesce(access, id)) FILTER (several))';
/** No build has this number: a list in SQL has something in it. */
const NONE = [0];
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
