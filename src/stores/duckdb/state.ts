import type { DuckDBConnection } from '@duckdb/node-api';
import type { JsonValue } from '../../core/json.ts';
import type { Mark, SourceCheckpoint, StoredState } from '../../core/ports.ts';
import { readSources } from './source-writer.ts';
import { CATALOG } from './table.ts';
import { numberOf, query, textOf } from './values.ts';

export async function loadState(connection: DuckDBConnection): Promise<StoredState> {
  const sources = await readSources(connection);
  const marks = await query(connection, `SELECT rule, grp, day, hits FROM ${CATALOG}.marks ORDER BY day, rule, grp`);
  const warmed = await query(connection, `SELECT rule FROM ${CATALOG}.warmed ORDER BY rule`);
  return {
    checkpoints: sources.flatMap(({ source, checkpoint, seenTo, newestUs }): readonly SourceCheckpoint[] => {
      if (checkpoint === undefined) return [];
      const seen = { ...(seenTo === undefined ? {} : { seenTo }), ...(newestUs === undefined ? {} : { newestUs }) };
      return [{ source, checkpoint: JSON.parse(checkpoint) as JsonValue, ...seen }];
    }),
    marks: marks.map(([rule, group, day, hits]) => ({
      rule: textOf(rule),
      group: textOf(group),
      day: numberOf(day),
      hits: JSON.parse(textOf(hits)) as Mark['hits'],
    })),
    warmed: warmed.map(([rule]) => textOf(rule)),
  };
}
