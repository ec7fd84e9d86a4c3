import { networkSet, parseAddress, parseCidr } from '../lib/cidr.ts';
import { parseTimeUs } from '../lib/time.ts';
import { wildcard } from './parse-query.ts';
import { textOfValue as textOf, valuesReader, type Document } from './query-field.ts';
import type { Comparison, Query, ValueTest } from './syntax.ts';

/** Whether a document is what the query asks for. */
export type Matches = (document: Document) => boolean;

export function compileQuery(query: Query): Matches {
  switch (query.kind) {
    case 'everything':
      return () => true;
    case 'all': {
      const terms = query.terms.map(compileQuery);
      return (document) => terms.every((matches) => matches(document));
    }
    case 'any': {
      const terms = query.terms.map(compileQuery);
      return (document) => terms.some((matches) => matches(document));
    }
    case 'not': {
      const term = compileQuery(query.term);
      return (document) => !term(document);
    }
    case 'field': {
      const read = valuesReader(query.field);
      const holds = compileTest(query.test);
      return (document) => read(document).some(holds);
    }
  }
}

const ADDRESSES_REMEMBERED = 4_096;

function compileTest(test: ValueTest): (value: unknown) => boolean {
  switch (test.kind) {
    case 'exists':
      return () => true;
    case 'text':
      return (value) => textOf(value) === test.text;
    case 'wildcard': {
      const matches = wildcard(test.parts);
      return (value) => matches(textOf(value));
    }
    case 'compareText':
      return (value) => compares(test.comparison, compareTexts(textOf(value), test.bound));
    case 'boolean':
      return (value) => value === test.value;
    case 'number':
      return (value) => value === test.value;
    case 'compareNumber':
      return (value) => typeof value === 'number' && compares(test.comparison, value - test.bound);
    case 'time':
      return (value) => {
        const timeUs = typeof value === 'string' ? parseTimeUs(value) : undefined;
        return timeUs !== undefined && test.fromUs <= timeUs && timeUs <= test.toUs;
      };
    case 'network': {
      const network = parseCidr(test.network);
      const networks = networkSet(network === undefined ? [] : [network], ADDRESSES_REMEMBERED);
      return (value) => typeof value === 'string' && networks.has(value) === true;
    }
    case 'compareAddress': {
      const bound = parseAddress(test.bound);
      return (value) => {
        const address = typeof value === 'string' ? parseAddress(value) : undefined;
        if (address === undefined || bound === undefined || address.family !== bound.family) return false;
        return compares(test.comparison, address.value < bound.value ? -1 : Number(address.value > bound.value));
      };
    }
  }
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function compares(comparison: Comparison, sign: number): boolean {
  switch (comparison) {
    case 'lt':
      return sign < 0;
    case 'lte':
      return sign <= 0;
    case 'gt':
      return sign > 0;
    case 'gte':
      return sign >= 0;
  }
}
