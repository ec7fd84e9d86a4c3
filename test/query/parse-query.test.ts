import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../src/query/parse-query.ts';
import type { Query, ValueTest } from '../../src/query/syntax.ts';

const NOW = Date.UTC(2025, 2, 15, 12);

/** The query in prefix form, short enough to read. */
function print(query: Query): string {
  switch (query.kind) {
    case 'everything':
      return '*';
    case 'all':
      return `(and ${query.terms.map(print).join(' ')})`;
    case 'any':
      return `(or ${query.terms.map(print).join(' ')})`;
    case 'not':
      return `(not ${print(query.term)})`;
    case 'field':
      return `${query.field}${printTest(query.test)}`;
  }
}

function printTest(test: ValueTest): string {
  switch (test.kind) {
    case 'exists':
      return '?';
    case 'text':
      return `=${JSON.stringify(test.text)}`;
    case 'wildcard':
      return `~${JSON.stringify(test.parts.join('*'))}`;
    case 'boolean':
    case 'number':
      return `=${test.value}`;
    case 'compareText':
    case 'compareNumber':
    case 'compareAddress':
      return ` ${test.comparison} ${test.bound}`;
    case 'time':
      return `@${test.fromUs === Number.MIN_SAFE_INTEGER ? '' : new Date(test.fromUs / 1_000).toISOString()}/${
        test.toUs === Number.MAX_SAFE_INTEGER ? '' : new Date(Math.floor(test.toUs / 1_000)).toISOString()
      }`;
    case 'network':
      return `=${test.network}`;
  }
}

function parse(text: string): string {
  const parsed = parseQuery(text, NOW);
  return parsed.ok ? print(parsed.value) : `${parsed.error.column}: ${parsed.error.message}`;
}

describe('a query', () => {
  it.each([
    ['', '*'],
    ['  ', '*'],
    ['event.outcome: failure', 'event.outcome="failure"'],
    ['event.outcome:failure', 'event.outcome="failure"'],
    ['event.action: "SecretGet"', 'event.action="SecretGet"'],
    ['event.action: Secret Get', 'event.action="Secret Get"'],
    ['event.action: *', 'event.action?'],
    ['event.action: Get*Value', 'event.action~"Get*Value"'],
    ['event.action: Get\\*Value', 'event.action="Get*Value"'],
    ['event.action: "Get*Value"', 'event.action="Get*Value"'],
    ['event.action: "a \\"b\\" \\\\c"', 'event.action="a \\"b\\" \\\\c"'],
    ['whosaw.secret.id: vault\\:eu/secret/a', 'whosaw.secret.id="vault:eu/secret/a"'],
    ['event.action: (a or b)', '(or event.action="a" event.action="b")'],
    ['event.action: (not a and (b or c*))', '(and (not event.action="a") (or event.action="b" event.action~"c*"))'],
    [
      'event.action: a and event.action: b or event.action: c',
      '(or (and event.action="a" event.action="b") event.action="c")',
    ],
    [
      'event.action: a AND (event.action: b OR event.action: c)',
      '(and event.action="a" (or event.action="b" event.action="c"))',
    ],
    ['not event.action: a and event.action: b', '(and (not event.action="a") event.action="b")'],
    ['not not event.action: a', 'event.action="a"'],
    ['source.port >= 1024', 'source.port gte 1024'],
    ['source.port: 443', 'source.port=443'],
    ['source.ip: 10.0.0.0/8', 'source.ip=10.0.0.0/8'],
    ['source.ip: "2001:db8::/32"', 'source.ip=2001:db8::/32'],
    ['source.ip > 10.0.0.7', 'source.ip gt 10.0.0.7'],
    ['whosaw.expected.network: false', 'whosaw.expected.network=false'],
    ['event.action < m', 'event.action lt m'],
    ['@timestamp: 2025-03-15', '@timestamp@2025-03-15T00:00:00.000Z/2025-03-15T23:59:59.999Z'],
    ['@timestamp > "2025-03-15T02:34Z"', '@timestamp@2025-03-15T02:35:00.000Z/'],
    ['@timestamp >= now-2h', '@timestamp@2025-03-15T10:00:00.000Z/'],
    ['@timestamp < now/d', '@timestamp@/2025-03-14T23:59:59.999Z'],
    ['@timestamp: now-1w/w', '@timestamp@2025-03-03T00:00:00.000Z/2025-03-09T23:59:59.999Z'],
    ['@timestamp: 2024-02', '@timestamp@2024-02-01T00:00:00.000Z/2024-02-29T23:59:59.999Z'],
    ['whosaw.record.userIdentity.type: Root', 'whosaw.record.userIdentity.type="Root"'],
    [
      'whosaw.expected.*: false',
      '(or whosaw.expected.network=false whosaw.expected.role=false whosaw.expected.schedule=false)',
    ],
    ['"and"', expect.stringContaining('event.action="and"')],
    ['GetSecretValue', expect.stringContaining(' event.action="GetSecretValue"')],
  ])('%s', (text, printed) => {
    expect(parse(text)).toEqual(printed);
  });
});

describe('what is wrong with a query is said with its column', () => {
  it.each([
    ['event.action', expect.any(String)],
    ['event.acton: a', '1: there is no field `event.acton`; did you mean `event.action`?'],
    ['outcome: success', '1: there is no field `outcome`; did you mean `event.outcome`?'],
    ['eventName: x', "1: there is no field `eventName`; the vendor's own are under `whosaw.record.`"],
    ['nothing.*: x', '1: no field has a name like `nothing.*`'],
    [
      'event.outcome: sucess',
      '16: `event.outcome` is never `sucess`, only success, failure, unknown; did you mean `success`?',
    ],
    ['event.action: a event.action: b', '17: missing `and` or `or` before `event.action`'],
    ['event.action: (a', '15: the bracket that opens here is not closed'],
    ['event.action: a)', '16: no bracket is open that `)` would close'],
    ['event.action:', '14: a value is missing before the end'],
    ['and event.action: a', '1: a field or a value is missing before `and`'],
    ['event.action: a and', '20: a field or a value is missing before the end'],
    ['event.action: "a', '15: the quotation that begins here does not end'],
    ['event.action: { a: b }', '15: `{` asks of nested documents, which events have none of'],
    ['source.port: many', '14: `source.port` is a number'],
    ['source.port: 4*', '14: `source.port` takes no wildcards but `*` alone'],
    ['source.port > 4*', '15: what is compared has no wildcards'],
    ['whosaw.unanswered: yes', '20: `whosaw.unanswered` is true or false'],
    ['whosaw.unanswered > true', '21: `whosaw.unanswered` is true or false, and neither is more than the other'],
    [
      'source.ip: 10.0.0.0/33',
      '12: `10.0.0.0/33` is no address and no network like 10.0.0.0/8; put IPv6 addresses in quotation marks',
    ],
    ['@timestamp > yesterday', '14: `yesterday` is no time: write "2025-03-15T02:34Z", 2025-03-15 (UTC) or now-2h'],
    ['@timestamp > 2025-02-30', '14: `2025-02-30` is no time: write "2025-03-15T02:34Z", 2025-03-15 (UTC) or now-2h'],
    ['('.repeat(101), '101: more than 100 brackets within each other'],
  ])('%s', (text, printed) => {
    expect(parse(text)).toEqual(printed);
  });

  it('whatever the text is', () => {
    const piece = fc.constantFrom(
      'event.action',
      'source.port',
      ':',
      '(',
      ')',
      'and',
      'or',
      'not',
      '"',
      '\\',
      '*',
      ' ',
      '<',
      '>=',
      'a',
      '{',
      '7',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join(' ')),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          const parsed = parseQuery(text, NOW);
          if (!parsed.ok) expect(parsed.error.column).toBeGreaterThan(0);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
