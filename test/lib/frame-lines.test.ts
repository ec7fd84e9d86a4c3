import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineCutter } from '../../src/lib/frame-lines.ts';

interface Cut {
  readonly lines: readonly (readonly [string, number])[];
  readonly tooLong: readonly (readonly [number, number])[];
  readonly offset: number;
}

function cut(chunks: readonly Buffer[], limitBytes = 1_000, start = 0): Cut {
  const lines: [string, number][] = [];
  const tooLong: [number, number][] = [];
  const cutter = new LineCutter(start, limitBytes);
  const take = (line: Buffer, offset: number): unknown => lines.push([line.toString('latin1'), offset]);
  const skip = (offset: number, length: number): unknown => tooLong.push([offset, length]);
  for (const chunk of chunks) {
    // The buffer is not kept: whoever reads uses it again.
    const reused = Buffer.from(chunk);
    cutter.push(reused, take, skip);
    reused.fill(0x21);
  }
  cutter.end(take, skip);
  return { lines, tooLong, offset: cutter.offset };
}

test.each<[string, string, [string, number][]]>([
  ['nothing', '', []],
  [
    'lines',
    'a\nbc\n',
    [
      ['a', 0],
      ['bc', 2],
    ],
  ],
  [
    'a last line without its newline',
    'a\nbc',
    [
      ['a', 0],
      ['bc', 2],
    ],
  ],
  [
    'CRLF',
    'a\r\nbc\r\n',
    [
      ['a', 0],
      ['bc', 3],
    ],
  ],
  ['a CR inside', 'a\rb\n', [['a\rb', 0]]],
  ['blank lines', '\n \n\t\n\r\n \r\na\n\n', [['a', 10]]],
  ['spaces around', '  a \n', [['  a ', 0]]],
])('%s', (_, text, expected) => {
  expect(cut([Buffer.from(text)]).lines).toEqual(expected);
});

describe('a line over the limit', () => {
  test.each([
    ['in one piece', ['12345\nab\n']],
    ['in pieces', ['12', '34', '5\na', 'b\n']],
    ['byte by byte', '12345\nab\n'.split('')],
  ])('%s', (_, chunks) => {
    const { lines, tooLong } = cut(
      chunks.map((chunk) => Buffer.from(chunk)),
      4,
      100,
    );
    expect(lines).toEqual([['ab', 106]]);
    expect(tooLong).toEqual([[100, 5]]);
  });

  test('at the end, without a newline', () => {
    expect(cut([Buffer.from('123'), Buffer.from('45')], 4)).toEqual({ lines: [], tooLong: [[0, 5]], offset: 5 });
  });

  test('one of just the limit is taken', () => {
    expect(cut([Buffer.from('1234\n')], 4).lines).toEqual([['1234', 0]]);
  });
});

test('the offset is that of the first byte that is not out', () => {
  const cutter = new LineCutter(10, 100);
  const ignore = (): void => undefined;
  cutter.push(Buffer.from('ab\ncd'), ignore, ignore);
  expect(cutter.offset).toBe(13);
  cutter.end(ignore, ignore);
  expect(cutter.offset).toBe(15);
  cutter.end(ignore, ignore);
  expect(cutter.offset).toBe(15);
});

test('chunks change nothing, and each line is where it says', () => {
  const bytes = fc
    .array(fc.constantFrom('a', 'b', ' ', '\r', '\n', 'ü'), { maxLength: 60 })
    .map((parts) => Buffer.from(parts.join('')));
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(60)), fc.integer({ min: 0, max: 12 }), (all, cuts, limit) => {
      const ends = [...cuts.map((end) => Math.min(end, all.length)), all.length].sort((a, b) => a - b);
      const chunks = ends.map((end, index) => all.subarray(ends[index - 1] ?? 0, end));
      const result = cut(chunks, limit);
      expect(result).toEqual(cut([all], limit));
      expect(result.offset).toBe(all.length);
      for (const [line, offset] of result.lines) {
        expect(all.subarray(offset, offset + line.length).toString('latin1')).toBe(line);
      }
      for (const [, length] of result.tooLong) expect(length).toBeGreaterThan(limit);
    }),
  );
});
