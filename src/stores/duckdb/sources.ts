import type { DuckDBConnection } from '@duckdb/node-api';
import type { JsonValue } from '../../core/json.ts';
import type { SourceFacts } from '../../core/access-reader.ts';
import { formatTimeUs } from '../../lib/time.ts';
import { readSources } from './source-writer.ts';

export async function sourceFacts(connection: DuckDBConnection): Promise<readonly SourceFacts[]> {
  const rows = await readSources(connection);
  return rows.map(({ source, seenTo, newestUs, events, rejected }) => ({
    source,
    ...(seenTo === undefined ? {} : { seenTo }),
    ...(newestUs === undefined ? {} : { newest: formatTimeUs(newestUs) }),
    events,
    rejected,
  }));
}

export async function readCheckpoint(connection: DuckDBConnection, source: string): Promise<JsonValue | undefined> {
  const row = (await readSources(connection)).find((one) => one.source === source);
  return row?.checkpoint === undefined ? undefined : (JSON.parse(row.checkpoint) as JsonValue);
}
