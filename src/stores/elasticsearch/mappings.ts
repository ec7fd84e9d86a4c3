import { EVENT_FIELDS } from '../../core/fields.ts';
import type { EventField } from '../../core/fields.ts';
import { KEYWORD_LIMIT } from './event-document.ts';

/** Grows when a mapping changes; `whosaw setup elasticsearch` brings the server up to it. */
export const MAPPING_VERSION = 1;

export type Mapping = Readonly<Record<string, unknown>>;

const KEYWORD: Mapping = { type: 'keyword', ignore_above: KEYWORD_LIMIT };
const LONG: Mapping = { type: 'long' };
/** Kept in the document, and in no index. */
const KEPT: Mapping = { type: 'keyword', index: false, doc_values: false };
const NANOS: Mapping = { type: 'date_nanos', ignore_malformed: true };

/** The event's own fields, as Elastic Common Schema has them: whatever is not here is refused. */
export function eventMapping(): Mapping {
  const leaves = Object.entries(EVENT_FIELDS)
    .filter(([, field]) => field.from === undefined)
    .map(([name, field]) => [name, typeOf(name, field)] as const);
  return {
    dynamic: 'strict',
    _meta: { version: MAPPING_VERSION },
    properties: nest([
      ...leaves,
      ['event.ingested', { type: 'date' }],
      ['whosaw.store.type', KEYWORD],
      ['whosaw.store.time_us', LONG],
      ['whosaw.store.odd', { type: 'boolean' }],
      ['whosaw.store.plain', { type: 'boolean' }],
      ['whosaw.store.long', KEYWORD],
      ['whosaw.store.text', KEPT],
    ]),
  };
}

/** The vendor's redacted record: any keys, each leaf a keyword under its path. */
export function recordMapping(): Mapping {
  const record = { type: 'flattened', ignore_above: KEYWORD_LIMIT, depth_limit: RECORD_DEPTH_LIMIT };
  return { properties: nest([['whosaw.record', record]]) };
}

/** Indices beside those of events: each document keeps what it is as JSON text, and beside it what is asked for. */
export const OTHER_MAPPINGS = {
  alerts: mapping({
    id: KEYWORD,
    opened_us: LONG,
    first_us: LONG,
    last_us: LONG,
    // For people who look at the index: the whole alert is in `document`.
    '@timestamp': NANOS,
    title: KEYWORD,
    level: KEYWORD,
    why: KEYWORD,
    count: LONG,
    superseded_by: KEYWORD,
    group: { type: 'flattened', ignore_above: KEYWORD_LIMIT },
    document: KEPT,
  }),
  rejections: mapping({
    source: KEYWORD,
    file: KEYWORD,
    offset: LONG,
    reason: KEYWORD,
    message: KEYWORD,
    length: LONG,
    keys: KEYWORD,
    '@timestamp': { type: 'date' },
  }),
  secrets: mapping({ id: KEYWORD, long: { type: 'boolean' }, facts: KEPT }),
  notifications: mapping({
    order: LONG,
    alert: KEYWORD,
    sink: KEYWORD,
    state: KEYWORD,
    attempts: { type: 'integer' },
    reason: KEPT,
    settled: { type: 'date', format: 'epoch_millis' },
  }),
  gaps: mapping({
    id: KEYWORD,
    kind: KEYWORD,
    source: KEYWORD,
    from_us: LONG,
    // Absent as long as it goes on.
    to_us: LONG,
    '@timestamp': NANOS,
    document: KEPT,
  }),
  state: mapping({ kind: KEYWORD, key: KEPT, document: KEPT }),
} as const;

function mapping(properties: Mapping): Mapping {
  return { dynamic: 'strict', _meta: { version: MAPPING_VERSION }, properties };
}

function typeOf(name: string, { type }: EventField): Mapping {
  if (name === 'source.ip') return { type: 'ip', ignore_malformed: true };
  switch (type) {
    case 'keyword':
    case 'keywords':
      return KEYWORD;
    case 'boolean':
      return { type: 'boolean' };
    case 'number':
      return LONG;
    case 'date':
      return NANOS;
  }
}

/** Dotted names -> properties within properties. */
function nest(leaves: readonly (readonly [string, Mapping])[]): Mapping {
  const root: Record<string, unknown> = {};
  for (const [name, leaf] of leaves) {
    const path = name.split('.');
    const last = path.pop() ?? '';
    let at = root;
    for (const part of path) {
      const inner = (at[part] ??= { properties: {} }) as { properties: Record<string, unknown> };
      at = inner.properties;
    }
    at[last] = leaf;
  }
  return root;
}

/** Of what the collectors let through, see lib/json-size.ts, with room. */
const RECORD_DEPTH_LIMIT = 100;
