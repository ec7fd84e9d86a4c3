import { parseAddress, parseCidr, printCidr } from '../../lib/cidr.ts';
import { formatTimeUs } from '../../lib/time.ts';
import { queryField, RECORD } from '../../query/query-field.ts';
import type { Query as Asked, ValueTest } from '../../query/syntax.ts';
import { KEYWORD_LIMIT } from './event-document.ts';
import type { Query } from './scan.ts';

/** What the index says of a query. */
export interface IndexFilter {
  /** Holds of every event that the query asks for, but for odd ones (see event-document.ts). */
  readonly query: Query;
  /** It holds of no other event, but for odd ones. */
  readonly isExact: boolean;
}

export function indexFilter(asked: Asked): IndexFilter {
  switch (asked.kind) {
    case 'everything':
      return EVERYTHING;
    case 'all': {
      const terms = asked.terms.map(indexFilter);
      const filter = terms.filter((term) => term.query !== ANY).map(({ query }) => query);
      return {
        query: filter.length === 0 ? ANY : { bool: { filter } },
        isExact: terms.every(({ isExact }) => isExact),
      };
    }
    case 'any': {
      if (asked.terms.length > CLAUSES_LIMIT) return UNKNOWN;
      const terms = asked.terms.map(indexFilter);
      if (terms.some(({ query }) => query === ANY)) return terms.some(isEverything) ? EVERYTHING : UNKNOWN;
      return {
        query: { bool: { should: terms.map(({ query }) => query), minimum_should_match: 1 } },
        isExact: terms.every(({ isExact }) => isExact),
      };
    }
    case 'not': {
      const term = indexFilter(asked.term);
      return term.isExact ? { query: { bool: { must_not: term.query } }, isExact: true } : UNKNOWN;
    }
    case 'field':
      return fieldFilter(asked.field, asked.test);
  }
}

/** Events whose index says less than they do are candidates of every question. */
export function withOdd(query: Query): Query {
  return query === ANY ? ANY : { bool: { should: [query, ODD], minimum_should_match: 1 } };
}

/** A keyword with exactly this value. */
export function term(field: string, value: string | boolean): Query {
  return { term: { [field]: { value } } };
}

/** A keyword that has the parts in their order; `*` stands between them. */
export function wildcardQuery(field: string, parts: readonly string[]): Query {
  return { wildcard: { [field]: { value: parts.map(escapeWildcard).join('*') } } };
}

export const ANY: Query = { match_all: {} };
export const NONE: Query = { match_none: {} };
export const ODD = term('whosaw.store.odd', true);
export const TIME = 'whosaw.store.time_us';

const EVERYTHING: IndexFilter = { query: ANY, isExact: true };
const UNKNOWN: IndexFilter = { query: ANY, isExact: false };
const NEVER: IndexFilter = { query: NONE, isExact: true };
const CLAUSES_LIMIT = 200;
/** Longer patterns are automata that the server refuses to build. */
const PATTERN_LIMIT = 500;

function isEverything({ query, isExact }: IndexFilter): boolean {
  return query === ANY && isExact;
}

function fieldFilter(name: string, test: ValueTest): IndexFilter {
  if (name.startsWith(RECORD)) return recordFilter(name, test);
  const field = queryField(name);
  // What follows from another field is in no index.
  if (field === undefined || name === 'whosaw.secret.folder') return UNKNOWN;
  switch (test.kind) {
    case 'exists':
      return exact({ exists: { field: name } });
    case 'text':
      return test.text.length > KEYWORD_LIMIT ? NEVER : exact(term(name, test.text));
    case 'wildcard':
      return field.type === 'address' ? existing(name) : wildcardFilter(name, test.parts);
    case 'compareText':
      // Beyond these characters UTF-16, which we compare by, has another order than UTF-8.
      return !/[\ud800-\uffff]/.test(test.bound) && test.bound.length <= KEYWORD_LIMIT
        ? exact({ range: { [name]: { [test.comparison]: test.bound } } })
        : existing(name);
    case 'boolean':
      return exact(term(name, test.value));
    case 'number':
      return numberFilter(name, Math.floor(test.value), Math.ceil(test.value));
    case 'compareNumber':
      return test.comparison === 'lt' || test.comparison === 'lte'
        ? numberFilter(name, undefined, Math.ceil(test.bound))
        : numberFilter(name, Math.floor(test.bound), undefined);
    case 'time':
      return timeFilter(name, test.fromUs, test.toUs);
    case 'network':
      return networkFilter(name, test.network);
    case 'compareAddress':
      return addressFilter(name, test.comparison, test.bound);
  }
}

function wildcardFilter(name: string, parts: readonly string[]): IndexFilter {
  return parts.join('*').length > PATTERN_LIMIT ? existing(name) : exact(wildcardQuery(name, parts));
}

/** The index holds whole numbers only. */
function numberFilter(name: string, gte: number | undefined, lte: number | undefined): IndexFilter {
  const bounds = [gte, lte].map((bound) => (Number.isSafeInteger(bound) ? bound : undefined));
  const range = {
    ...(bounds[0] === undefined ? {} : { gte: bounds[0] }),
    ...(bounds[1] === undefined ? {} : { lte: bounds[1] }),
  };
  return { query: { range: { [name]: range } }, isExact: false };
}

function timeFilter(name: string, fromUs: number, toUs: number): IndexFilter {
  if (name === '@timestamp') return exact({ range: { [TIME]: { gte: fromUs, lte: toUs } } });
  const range = {
    ...(fromUs > EARLIEST_US ? { gte: formatTimeUs(Math.min(fromUs, LATEST_US)) } : {}),
    ...(toUs < LATEST_US ? { lte: endOfMicrosecond(Math.max(toUs, EARLIEST_US)) } : {}),
  };
  return exact({ range: { [name]: range } });
}

function networkFilter(name: string, network: string): IndexFilter {
  const cidr = parseCidr(network);
  if (cidr === undefined) return NEVER;
  // The server takes IPv4 addresses for a part of IPv6.
  if (cidr.family === 6) return existing(name);
  return exact({ range: { [name]: { gte: print4(cidr.first), lte: print4(cidr.last) } } });
}

function addressFilter(name: string, comparison: 'lt' | 'lte' | 'gt' | 'gte', bound: string): IndexFilter {
  const address = parseAddress(bound);
  if (address === undefined) return NEVER;
  if (address.family === 6) return existing(name);
  const isUpper = comparison === 'lt' || comparison === 'lte';
  const range = {
    [comparison]: print4(address.value),
    [isUpper ? 'gte' : 'lte']: isUpper ? '0.0.0.0' : '255.255.255.255',
  };
  return exact({ range: { [name]: range } });
}

/** Leaves of the record are keywords under their path; patterns and orders are no matter of that index. */
function recordFilter(name: string, test: ValueTest): IndexFilter {
  if (name.includes('*') || name.length > PATTERN_LIMIT) return UNKNOWN;
  switch (test.kind) {
    case 'text':
      return test.text.length > KEYWORD_LIMIT ? NEVER : exact(term(name, test.text));
    case 'exists':
      return exact({ exists: { field: name } });
    case 'wildcard': {
      const [first = ''] = test.parts;
      return first === '' || first.length > PATTERN_LIMIT
        ? existing(name)
        : { query: { prefix: { [name]: { value: first } } }, isExact: false };
    }
    default:
      return existing(name);
  }
}

function exact(query: Query): IndexFilter {
  return { query, isExact: true };
}

function existing(field: string): IndexFilter {
  return { query: { exists: { field } }, isExact: false };
}

function escapeWildcard(text: string): string {
  return text.replace(/[\\*?]/g, '\\$&');
}

function print4(value: bigint): string {
  return printCidr({ family: 4, first: value, last: value });
}

function endOfMicrosecond(timeUs: number): string {
  const text = formatTimeUs(timeUs).slice(0, -1);
  const [head = '', fraction = ''] = text.split('.');
  return `${head}.${fraction.padEnd(6, '0')}999Z`;
}

/** What date_nanos holds, with room. */
const EARLIEST_US = Date.UTC(1678, 0) * 1_000;
const LATEST_US = Date.UTC(2262, 0) * 1_000;
