import { BIGINT, BLOB, BOOLEAN, INTEGER, LIST, USMALLINT, UUID, VARCHAR, blobValue, listValue } from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';
import type { Deletion } from '../../core/days.ts';
import type { PackedEvent } from './packed-batch.ts';
import type { Segment } from './segments.ts';
import type { AlertRow } from './alert-row.ts';
import { precisionOf } from '../precise-time.ts';
import { idValue } from './values.ts';
import type { Column, Table } from './table.ts';

/** Grows when a table changes; an older whosaw refuses a newer file. */
export const SCHEMA_VERSION = 3;

export interface EventRow {
  readonly event: PackedEvent;
  /** Where the document is: number of a row of `documents`, and its place in there. */
  readonly block: number;
  readonly slot: number;
}

/** What questions are about, without opening a document. Rows are never changed. */
export const EVENTS: Table<EventRow> = {
  name: 'events',
  columns: [
    column('time', BIGINT, ({ event }) => BigInt(event.timeUs)),
    column('time_precision', USMALLINT, ({ event }) => precisionOf(event.facts[0])),
    column('id', UUID, ({ event }) => idValue(event.facts[1])),
    // NULL: the event's own id, which is nearly always so.
    column('access', UUID, ({ event }) => (event.facts[2] === undefined ? null : idValue(event.facts[2]))),
    column('type', VARCHAR, ({ event }) => event.type),
    column('dataset', VARCHAR, ({ event }) => event.facts[3]),
    column('source', VARCHAR, ({ event }) => event.facts[4]),
    column('actor', VARCHAR, ({ event }) => event.facts[5] ?? null),
    column('actor_kind', VARCHAR, ({ event }) => event.facts[6] ?? null),
    column('team', VARCHAR, ({ event }) => event.facts[7] ?? null),
    column('secret', VARCHAR, ({ event }) => event.secret?.secret.id ?? null),
    column('kind', VARCHAR, ({ event }) => event.facts[9] ?? null),
    column('outcome', VARCHAR, ({ event }) => event.facts[10]),
    column('reason', VARCHAR, ({ event }) => event.facts[11] ?? null),
    column('address', VARCHAR, ({ event }) => event.facts[12] ?? null),
    column('environment', VARCHAR, ({ event }) => event.facts[13] ?? null),
    column('expected_network', BOOLEAN, ({ event }) => event.facts[14] ?? null),
    column('expected_role', BOOLEAN, ({ event }) => event.facts[15] ?? null),
    column('expected_schedule', BOOLEAN, ({ event }) => event.facts[16] ?? null),
    column('unanswered', BOOLEAN, ({ event }) => event.facts[17]),
    column('batch', LIST(VARCHAR), ({ event }) => listOf(event.facts[18])),
    column('rules', LIST(VARCHAR), ({ event }) => listOf(event.facts[19])),
    column('action', VARCHAR, ({ event }) => event.facts[20]),
    // Only where no secret is named.
    column('path', VARCHAR, ({ event }) => event.facts[21] ?? null),
    column('user_name', VARCHAR, ({ event }) => event.facts[22] ?? null),
    column('wrap', VARCHAR, ({ event }) => event.facts[23] ?? null),
    column('appended', BIGINT, ({ event }) => BigInt(event.appendedMs)),
    column('block', BIGINT, ({ block }) => BigInt(block)),
    column('slot', INTEGER, ({ slot }) => slot),
  ],
};

/** Documents, many to a row (see documents.ts). Small blocks are not compressed: the column's zstd does it. */
export const DOCUMENTS: Table<{ readonly block: number; readonly data: Uint8Array }> = {
  name: 'documents',
  columns: [
    column('block', BIGINT, ({ block }) => BigInt(block)),
    { ...column('data', BLOB, ({ data }) => blobValue(data)), compression: 'zstd' },
  ],
};

export interface SecretRow {
  readonly id: string;
  /** SecretFacts as JSON. */
  readonly facts: string;
}

/** Newest facts of each secret. */
export const SECRETS: Table<SecretRow> = {
  name: 'secrets',
  columns: [column('id', VARCHAR, ({ id }) => id), column('facts', VARCHAR, ({ facts }) => facts)],
};

export interface SourceRow {
  readonly source: string;
  /** JSON; absent for a source that only events name. */
  readonly checkpoint: string | undefined;
  readonly seenTo: string | undefined;
  readonly newestUs: number | undefined;
  readonly events: number;
  readonly rejected: number;
}

export const SOURCES: Table<SourceRow> = {
  name: 'sources',
  columns: [
    column('source', VARCHAR, ({ source }) => source),
    column('checkpoint', VARCHAR, ({ checkpoint }) => checkpoint ?? null),
    column('seen_to', VARCHAR, ({ seenTo }) => seenTo ?? null),
    column('newest', BIGINT, ({ newestUs }) => (newestUs === undefined ? null : BigInt(newestUs))),
    column('events', BIGINT, ({ events }) => BigInt(events)),
    column('rejected', BIGINT, ({ rejected }) => BigInt(rejected)),
  ],
};

export interface RejectionRow {
  /** 32 hex digits; absent where nothing tells one rejection from another. */
  readonly key: string | undefined;
  readonly source: string;
  readonly file: string | undefined;
  readonly offset: number | undefined;
  readonly reason: string;
  readonly message: string;
  readonly length: number;
  readonly keys: readonly string[];
  readonly appendedMs: number;
}

export const REJECTIONS: Table<RejectionRow> = {
  name: 'rejections',
  columns: [
    column('key', UUID, ({ key }) => (key === undefined ? null : idValue(key))),
    column('source', VARCHAR, ({ source }) => source),
    column('file', VARCHAR, ({ file }) => file ?? null),
    column('position', BIGINT, ({ offset }) => (offset === undefined ? null : BigInt(offset))),
    column('reason', VARCHAR, ({ reason }) => reason),
    column('message', VARCHAR, ({ message }) => message),
    column('length', BIGINT, ({ length }) => BigInt(length)),
    column('keys', LIST(VARCHAR), ({ keys }) => listValue(keys)),
    column('appended', BIGINT, ({ appendedMs }) => BigInt(appendedMs)),
  ],
};

/** Newest version of each alert. */
export const ALERTS: Table<AlertRow> = {
  name: 'alerts',
  columns: [
    column('id', VARCHAR, ({ id }) => id),
    column('version', BIGINT, ({ version }) => BigInt(version)),
    column('opened', BIGINT, ({ openedUs }) => BigInt(openedUs)),
    column('first', BIGINT, ({ firstUs }) => BigInt(firstUs)),
    column('last', BIGINT, ({ lastUs }) => BigInt(lastUs)),
    { ...column('document', VARCHAR, ({ document }: AlertRow) => document), compression: 'zstd' },
  ],
};

export interface MarkRow {
  /** 32 hex digits: hash of rule, group and day. */
  readonly key: string;
  readonly rule: string;
  readonly group: string;
  readonly day: number;
  /** JSON. */
  readonly hits: string;
}

export const MARKS: Table<MarkRow> = {
  name: 'marks',
  columns: [
    column('key', UUID, ({ key }) => idValue(key)),
    column('rule', VARCHAR, ({ rule }) => rule),
    column('grp', VARCHAR, ({ group }) => group),
    column('day', INTEGER, ({ day }) => day),
    column('hits', VARCHAR, ({ hits }) => hits),
  ],
};

export const WARMED: Table<string> = {
  name: 'warmed',
  columns: [column('rule', VARCHAR, (rule) => rule)],
};

export interface NotificationRow {
  /** Order of arrival. */
  readonly number: number;
  readonly alertId: string;
  readonly sink: string;
}

export const NOTIFICATIONS: Table<NotificationRow> = {
  name: 'notifications',
  columns: [
    column('number', BIGINT, ({ number }) => BigInt(number)),
    column('alert', VARCHAR, ({ alertId }) => alertId),
    column('sink', VARCHAR, ({ sink }) => sink),
    column('state', VARCHAR, () => 'pending'),
    column('attempts', INTEGER, () => 0),
    column('reason', VARCHAR, () => null),
    column('settled', BIGINT, () => null),
  ],
};

/** The manifest of sealed files: one that is not here does not count. */
export const SEGMENTS: Table<Segment> = {
  name: 'segments',
  columns: [
    column('day', INTEGER, ({ day }) => day),
    column('number', INTEGER, ({ number }) => number),
    column('events', BIGINT, ({ events }) => BigInt(events)),
    column('first', BIGINT, ({ firstUs }) => BigInt(firstUs)),
    column('last', BIGINT, ({ lastUs }) => BigInt(lastUs)),
    column('appended_first', BIGINT, ({ appendedMs }) => BigInt(appendedMs[0])),
    column('appended_last', BIGINT, ({ appendedMs }) => BigInt(appendedMs[1])),
    column('bytes', BIGINT, ({ bytes }) => BigInt(bytes)),
    column('ids_bytes', BIGINT, ({ idsBytes }) => BigInt(idsBytes)),
  ],
};

/** What retention deleted, and why. Rows are never changed. */
export const DELETIONS: Table<Deletion> = {
  name: 'deletions',
  columns: [
    column('day', INTEGER, ({ day }) => day),
    column('events', BIGINT, ({ events }) => BigInt(events)),
    column('deleted', BIGINT, ({ atMs }) => BigInt(atMs)),
    column('setting', VARCHAR, ({ setting }) => setting),
  ],
};

export const META: Table<number> = {
  name: 'meta',
  columns: [column('version', INTEGER, (version) => version)],
};

function column<Row>(name: string, type: Column<Row>['type'], of: (row: Row) => DuckDBValue): Column<Row> {
  return { name, type, of };
}

function listOf(values: readonly string[] | undefined): DuckDBValue {
  return values === undefined ? null : listValue(values);
}
