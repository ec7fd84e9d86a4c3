import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { itemMatches, matches } from './rule-text.ts';

/** One line of a search, a document, and whether it matches. What the conformance cases say is not repeated here. */
const CASES: readonly (readonly [string, JsonObject, boolean])[] = [
  // Text
  ["a: 'ΣΊΣΥΦΟΣ'", { a: 'σίσυφος' }, true],
  ["a: 'İx'", { a: 'i̇X' }, true],
  ["a: 'i̇x'", { a: 'İX' }, true],
  ['a: [x, y, "z*"]', { a: 'ZED' }, true],
  ['a: [x, y, "z*"]', { a: 'yy' }, false],
  ['a: 0123', { a: '0123' }, true],
  ['a: 0123', { a: 123 }, false],
  ['a: 12345678901234567890', { a: '12345678901234567890' }, true],
  ['a: 0x10', { a: 16 }, true],
  ['a: 1.50', { a: 1.5 }, true],
  ['a: yes', { a: 'yes' }, true],
  ['a: x', { a: [] }, false],
  ['a: x', { a: [['x']] }, true],
  ['a: "*"', { a: {} }, true],
  ['a: "*"', { a: null }, false],
  ['a: "{\\"b\\":1}"', { a: { b: 1 } }, true],
  // Objects under a string modifier are compact JSON
  ['a|contains: "\\"b\\":[1,\\"x"', { a: { b: [1, 'xyz'] } }, true],
  ['a|contains: b', { a: [{ c: 'd' }, { b: 1 }] }, true],
  // Numbers and booleans as text
  ['a|startswith: 10', { a: 1017 }, true],
  ['a|endswith: false', { a: false }, true],
  // null, empty, exists
  ['a: null', {}, true],
  ['a:', {}, true],
  ['a: null', { a: null }, true],
  ['a: null', { a: '' }, false],
  ['a: null', { a: [] }, false],
  ['a: null', { a: ['x', null] }, true],
  ['a|neq: null', {}, false],
  ['a|neq: null', { a: 0 }, true],
  ['a|exists: true', { a: [] }, true],
  ['a|exists: false', { a: [] }, false],
  ['a.b|exists: true', { a: [{ c: 1 }] }, false],
  ['a.b|exists: true', { a: [{ c: 1 }, { b: null }] }, true],
  // all and neq over arrays
  ['a|contains|all: [x, y]', { a: ['ax', 'by'] }, true],
  ['a|contains|all: [x, y]', { a: ['ax', 'bx'] }, false],
  ['a|neq: [x, y]', { a: ['z', 'y'] }, false],
  ['a|neq: [x, y]', { a: ['z'] }, true],
  ['a|contains|neq: x', {}, true],
  // Numbers
  ['a|gt: 5', { a: '5.5' }, true],
  ['a|gt: 5', { a: '1e3' }, true],
  ['a|gte: -1', { a: '' }, false],
  ['a|gte: -1', { a: ' 1' }, false],
  ['a|gte: -1', { a: true }, false],
  ['a|lt: 5', { a: [9, 4] }, true],
  ['a|gt: 5', { a: '0x10' }, false],
  ['a|gt: 5', { a: 'Infinity' }, false],
  // Addresses
  ['a|cidr: 10.0.0.0/8', { a: '::ffff:10.1.2.3' }, true],
  ['a|cidr: 10.0.0.0/8', { a: '10.1.2.3:443' }, false],
  ['a|cidr: 10.0.0.0/8', { a: '10.1.2' }, false],
  ['a|cidr: 10.0.0.0/8', { a: 167772161 }, false],
  ['a|cidr: 10.0.0.0/8', { a: ['x', '10.0.0.1'] }, true],
  ['a|cidr: 10.0.0.7', { a: '10.0.0.7' }, true],
  ["a|cidr: '::/0'", { a: '10.0.0.7' }, false],
  // Regular expressions
  ['a|re: "é"', { a: 'xéx' }, true],
  ['a|re: "x$"', { a: 'x\n' }, false],
  ['a|re|m: "x$"', { a: 'x\ny' }, true],
  ['a|re|i|s: "A.B"', { a: 'a\nb' }, true],
  ['a|re: "true"', { a: true }, true],
  ['a|re: "."', { a: null }, false],
  // Dashes
  ["a|windash: 'x -y'", { a: 'X —Y' }, true],
  ["a|windash: 'x —y'", { a: 'x /y' }, true],
  ["a|windash|contains: ' --no-wait'", { a: 'x -/no-wait' }, true],
  ["a|windash|contains: ' --no-wait'", { a: 'x --no/wait' }, false],
  ["a|windash|contains: 'a-b'", { a: 'a/b' }, false],
  ["a|windash|startswith: '/c ?-d'", { a: '-c 1–d 2' }, true],
  ["a|windash|cased: '-X'", { a: '/x' }, false],
  ["a|windash|neq: '-x'", { a: '/x' }, false],
  ["a|windash|base64: '-x'", { a: 'L3g=' }, true],
  // Encodings
  ["a|base64: 'ü'", { a: 'w7w=' }, true],
  ["a|base64|cased|contains: 'foo'", { a: 'zm9v' }, false],
  ["a|base64: 'a\\*b'", { a: 'YSpi' }, true],
  ["a|base64offset|contains: ['nowhere', 'ping']", { a: 'eHBpbmc=' }, true],
  ["a|base64offset|contains|all: ['foo', 'ping']", { a: ['Zm9vIQ==', 'eHBpbmc='] }, true],
  ["a|base64offset|contains|all: ['foo', 'ping']", { a: 'Zm9vIQ==' }, false],
  ["a|utf16|base64offset|contains: 'ab'", { a: 'eHj//mEAYgA=' }, true],
  ["a|wide|contains: 'ab'", { a: 'xa\0b\0' }, true],
  ["a|utf16be|base64: '😀'", { a: '2D3eAA==' }, true],
  // Parts of dates: as they are written
  ['a|hour: 23', { a: '2023-07-10T23:59:59.1234567+02:00' }, true],
  ['a|hour: 21', { a: '2023-07-10T23:59:59.1234567+02:00' }, false],
  ['a|minute: [4, 5]', { a: '2023-07-10 12:05' }, true],
  ['a|hour: 0', { a: '2023-07-10' }, false],
  ['a|day: 10', { a: '2023-07-10' }, true],
  ['a|week: 53', { a: '2021-01-03T00:00:00Z' }, true],
  ['a|week: 1', { a: '2018-12-31T00:00:00Z' }, true],
  ['a|month|neq: 7', { a: '2023-07-10' }, false],
  ['a|month|neq: 7', {}, true],
  ['a|day: 10', { a: '2023-13-10' }, false],
  ['a|year: 2023', { a: '2023-7-10' }, false],
  ['a|year: 2023', { a: 2023 }, false],
  ['a|day: 10', { a: ['x', '2023-07-10'] }, true],
  // References
  ['a|fieldref: b.c', { a: ['x', 'Y'], b: [{ c: 'q' }, { c: 'y' }] }, true],
  ['a|fieldref|cased: b', { a: 'X', b: 'x' }, false],
  ['a|fieldref|endswith: b', { a: 'xyz', b: 'YZ' }, true],
  ['a|fieldref|neq: b', { a: 'x', b: 'y' }, true],
  ['a|fieldref|neq: b', { a: 'x' }, true],
  ['a|fieldref: b', { a: null, b: null }, false],
  ['a|fieldref: b', {}, false],
  ['a|fieldref: [b, c]', { a: 'x', b: 'y', c: 'x' }, true],
  ['a|fieldref|all: [b, c]', { a: 'x', b: 'y', c: 'x' }, false],
  // Names
  ['constructor: "*"', {}, false],
  ['a.constructor|exists: true', { a: {} }, false],
  ['__proto__|exists: true', {}, false],
  ['__proto__: x', JSON.parse('{"__proto__":"x"}') as JsonObject, true],
  ['a b: x', { 'a b': 'x' }, true],
  ['a.b.c: x', { a: { 'b.c': 'x' } }, true],
  ['a.b.c: x', { 'a.b': { c: 'x' } }, true],
  ['a.b: x', { 'a.b': 'x', a: { b: 'y' } }, true],
  ['a.b: y', { 'a.b': 'x', a: { b: 'y' } }, false],
  ['a.b: x', { 'a.b': [], a: { b: 'x' } }, false],
  ['a.b.c: x', { a: [{ b: [{ c: 'y' }, { c: ['x'] }] }] }, true],
  ['a.0.b: x', { a: [{ b: 'x' }] }, false],
  ['"c.http://s/x.y/oid": x', { c: { 'http://s/x.y/oid': 'x' } }, true],
];

describe('a line of a search', () => {
  it.each(CASES)('%s on %j: %s', (line, document, expected) => {
    expect(itemMatches(line, document)).toBe(expected);
  });
});

describe('a placeholder', () => {
  const lists = new Map([
    ['servers', ['srv*', 'db\\*']],
    ['nets', ['10.0.0.0/8', '192.0.2.0/24']],
    ['none', []],
  ]);
  it.each([
    ["a|expand: '%servers%'", { a: 'SRV7' }, true],
    ["a|expand: '%servers%'", { a: 'db7' }, false],
    ["a|expand: '%servers%'", { a: 'db*' }, true],
    ["a|expand: '%servers%-%servers%'", { a: 'srv1-db*' }, true],
    ["a|contains|expand: '.%servers%'", { a: 'x.srv' }, true],
    ["a|expand: 'C:\\\\%servers%'", { a: 'C:\\srv' }, true],
    ["a|expand: '\\%servers%'", { a: '%servers%' }, true],
    ["a|expand: '100%'", { a: '100%' }, true],
    ["a|expand|all: ['%servers%', '*1']", { a: 'srv1' }, true],
    ["a|expand|neq: '%servers%'", { a: 'srv1' }, false],
    ["a|cidr|expand: '%nets%'", { a: '192.0.2.9' }, true],
    ["a|re|expand: '^%nets%$'", { a: '10.0.0.0/8' }, true],
    ["a|expand: '%none%'", { a: '' }, false],
    ["a: '%servers%'", { a: '%servers%' }, true],
  ])('in %s on %j: %s', (line, document: JsonObject, expected) => {
    expect(itemMatches(line, document, lists)).toBe(expected);
  });

  it('that stands for more than anybody means is refused', () => {
    const many = new Map([['m', Array.from({ length: 200 }, String)]]);
    expect(() => itemMatches("a|expand: '%m%%m%%m%'", {}, many)).toThrow('stands for too many values');
  });
});

describe('a regular expression', () => {
  it('takes time linear in the text', () => {
    expect(itemMatches('a|re: "^(a+)+$"', { a: `${'a'.repeat(50_000)}!` })).toBe(false);
  });
});

describe('keywords', () => {
  it('are found in any value at any depth, and not in keys', () => {
    const search = 'k: [evil, 42]\ncondition: k';
    expect(matches(search, { a: [{ b: { c: 'so EVIL!' } }] })).toBe(true);
    expect(matches(search, { a: 1428 })).toBe(true);
    expect(matches(search, { evil: 'good' })).toBe(false);
  });

  it('may stand beside maps', () => {
    const search = 's:\n  - evil\n  - a: x\n    b: y\ncondition: s';
    expect(matches(search, { c: 'evil' })).toBe(true);
    expect(matches(search, { a: 'x', b: 'y' })).toBe(true);
    expect(matches(search, { a: 'x' })).toBe(false);
  });

  it('may be asked for all together', () => {
    const search = "k:\n  '|all': [one, two]\ncondition: k";
    expect(matches(search, { a: 'one', b: ['two'] })).toBe(true);
    expect(matches(search, { a: 'one one' })).toBe(false);
  });

  it.each([
    ["k:\n  '|contains|all': [one, two]\ncondition: k", { a: 'xonex', b: 'two' }, true],
    ["k:\n  '|startswith': one\ncondition: k", { a: 'a one' }, false],
    ["k:\n  '|re': '^o.e$'\ncondition: k", { a: ['x', 'one'] }, true],
    ["k:\n  '|base64offset|contains': ping\ncondition: k", { a: { b: 'eHBpbmc=' } }, true],
    ["k:\n  '|windash|all': [' -a', ' -b']\ncondition: k", { a: 'x /a', b: 'x –b' }, true],
    ["k:\n  '|cased': One\ncondition: k", { a: 'one' }, false],
  ])('under modifiers: %j on %j: %s', (search, document: JsonObject, expected) => {
    expect(matches(search, document)).toBe(expected);
  });

  it('are one text where the search is one', () => {
    expect(matches('k: evil\ncondition: k', { a: 'evil' })).toBe(true);
  });
});

describe('an event that nests without end', () => {
  const nested = (levels: number): JsonObject => {
    let document: JsonObject = { x: 'evil' };
    for (let level = 0; level < levels; level++) document = { a: [document] };
    return document;
  };

  it.each(['k: [evil]\ncondition: k', 's:\n  a|contains: evil\ncondition: s', 's:\n  a.a.a.a: evil\ncondition: s'])(
    'exhausts nothing: %s',
    (search) => {
      expect(matches(search, nested(100_000))).toBe(false);
    },
  );

  it('is looked into as deep as people write', () => {
    expect(matches('k: [evil]\ncondition: k', nested(20))).toBe(true);
    expect(matches('s:\n  a|contains: evil\ncondition: s', nested(20))).toBe(true);
  });
});
