import type { DuckDBValue } from '@duckdb/node-api';
import { parseCidr } from '../../lib/cidr.ts';
import type { Query, ValueTest } from '../../query/syntax.ts';
import { bigintOf, idValue } from './values.ts';

/** What the columns say of a query. */
export interface ColumnFilter {
  /** A condition that is never NULL, and holds of every event that the query asks for. */
  readonly sql: string;
  readonly parameters: Readonly<Record<string, DuckDBValue>>;
  /** It holds of no other event. */
  readonly isExact: boolean;
}

export function columnFilter(query: Query): ColumnFilter {
  const parameters: Record<string, DuckDBValue> = {};
  const bind = (value: DuckDBValue): string => {
    const name = `q${Object.keys(parameters).length}`;
    parameters[name] = value;
    return `$${name}`;
  };
  const condition = conditionOf(query, bind);
  const used = new Set(Array.from(condition.sql.matchAll(/\$(q\d+)/g), ([, name]) => name));
  return {
    ...condition,
    parameters: Object.fromEntries(Object.entries(parameters).filter(([name]) => used.has(name))),
  };
}

/** It asks for events of one actor, by nothing that copies in the order of actors do not hold. */
export function isOfOneActor(query: Query): boolean {
  return namesActor(query) && !namesList(query);
}

function namesActor(query: Query): boolean {
  if (query.kind === 'all') return query.terms.some(namesActor);
  return query.kind === 'field' && query.field === 'whosaw.actor.id' && query.test.kind === 'text';
}

function namesList(query: Query): boolean {
  switch (query.kind) {
    case 'everything':
      return false;
    case 'all':
    case 'any':
      return query.terms.some(namesList);
    case 'not':
      return namesList(query.term);
    case 'field':
      return LISTS[query.field] !== undefined;
  }
}

type Condition = Pick<ColumnFilter, 'sql' | 'isExact'>;
type Bind = (value: DuckDBValue) => string;

const UNKNOWN: Condition = { sql: 'true', isExact: false };
const NEVER: Condition = { sql: 'false', isExact: true };

function conditionOf(query: Query, bind: Bind): Condition {
  switch (query.kind) {
    case 'everything':
      return { sql: 'true', isExact: true };
    case 'all': {
      const terms = query.terms.map((term) => conditionOf(term, bind));
      return { sql: `(${terms.map(({ sql }) => sql).join(' AND ')})`, isExact: terms.every(({ isExact }) => isExact) };
    }
    case 'any': {
      const terms = query.terms.map((term) => conditionOf(term, bind));
      if (terms.some(({ sql }) => sql === 'true')) return UNKNOWN;
      return { sql: `(${terms.map(({ sql }) => sql).join(' OR ')})`, isExact: terms.every(({ isExact }) => isExact) };
    }
    case 'not': {
      const term = conditionOf(query.term, bind);
      return term.isExact ? { sql: `(NOT ${term.sql})`, isExact: true } : UNKNOWN;
    }
    case 'field':
      return fieldCondition(query.field, query.test, bind);
  }
}

const TEXTS: Readonly<Record<string, string>> = {
  'event.action': 'action',
  'event.dataset': 'dataset',
  'event.outcome': 'outcome',
  'event.reason': 'reason',
  'source.address': 'address',
  'whosaw.access.kind': 'kind',
  'whosaw.actor.id': 'actor',
  'whosaw.actor.kind': 'actor_kind',
  'whosaw.actor.team': 'team',
  'whosaw.environment': 'environment',
  'whosaw.origin.source': 'source',
  'whosaw.secret.id': 'secret',
  'whosaw.wrap.token': 'wrap',
};
const BOOLEANS: Readonly<Record<string, string>> = {
  'whosaw.expected.network': 'expected_network',
  'whosaw.expected.role': 'expected_role',
  'whosaw.expected.schedule': 'expected_schedule',
};
const LISTS: Readonly<Record<string, string>> = { 'whosaw.rules': 'rules', 'whosaw.batch.secrets': 'batch' };
const IDS: Readonly<Record<string, string>> = { 'event.id': 'id', 'whosaw.access.id': 'coalesce(access, id)' };

function fieldCondition(field: string, test: ValueTest, bind: Bind): Condition {
  if (field === '@timestamp' && test.kind === 'time') {
    return { sql: `time BETWEEN ${bind(bigintOf(test.fromUs))} AND ${bind(bigintOf(test.toUs))}`, isExact: true };
  }
  const text = TEXTS[field];
  if (text !== undefined) return textCondition(text, test, bind);
  const boolean = BOOLEANS[field];
  if (boolean !== undefined) return booleanCondition(boolean, test);
  const list = LISTS[field];
  if (list !== undefined) return listCondition(list, test, bind);
  const id = IDS[field];
  if (id !== undefined && test.kind === 'text') {
    return /^[0-9a-f]{32}$/.test(test.text) ? { sql: `${id} = ${bind(idValue(test.text))}`, isExact: true } : NEVER;
  }
  if (field === 'source.ip' && test.kind === 'network') return networkCondition(test.network, bind);
  if (field === 'whosaw.unanswered' && test.kind === 'boolean' && test.value)
    return { sql: 'unanswered', isExact: true };
  return UNKNOWN;
}

function textCondition(column: string, test: ValueTest, bind: Bind): Condition {
  switch (test.kind) {
    case 'exists':
      return { sql: `(${column} IS NOT NULL)`, isExact: true };
    case 'text':
      return { sql: `coalesce(${column} = ${bind(test.text)}, false)`, isExact: true };
    case 'wildcard': {
      const pattern = test.parts.map((part) => part.replace(/[\\%_]/g, '\\$&')).join('%');
      return { sql: `coalesce(${column} LIKE ${bind(pattern)} ESCAPE '\\', false)`, isExact: true };
    }
    default:
      return { sql: `(${column} IS NOT NULL)`, isExact: false };
  }
}

function booleanCondition(column: string, test: ValueTest): Condition {
  if (test.kind === 'boolean') return { sql: `coalesce(${test.value ? '' : 'NOT '}${column}, false)`, isExact: true };
  return test.kind === 'exists' ? { sql: `(${column} IS NOT NULL)`, isExact: true } : UNKNOWN;
}

function listCondition(column: string, test: ValueTest, bind: Bind): Condition {
  if (test.kind === 'text')
    return { sql: `coalesce(list_contains(${column}, ${bind(test.text)}), false)`, isExact: true };
  return { sql: `(coalesce(len(${column}), 0) > 0)`, isExact: test.kind === 'exists' };
}

/** An IPv4 network fixes some numbers of its addresses, unless they are written as IPv6. */
function networkCondition(network: string, bind: Bind): Condition {
  const cidr = parseCidr(network);
  if (cidr === undefined) return NEVER;
  const known = { sql: '(address IS NOT NULL)', isExact: false };
  if (cidr.family === 6) return known;
  const numbers = [24n, 16n, 8n, 0n].map((shift) => [(cidr.first >> shift) & 255n, (cidr.last >> shift) & 255n]);
  const fixed = numbers.slice(0, numbers.findIndex(([first, last]) => first !== last) >>> 0).map(([first]) => first);
  if (fixed.length === 0) return known;
  const start = fixed.join('.') + (fixed.length < numbers.length ? '.' : '');
  return { sql: `coalesce(starts_with(address, ${bind(start)}) OR contains(address, ':'), false)`, isExact: false };
}
