import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/core/json.ts';
import type { FrameOutput } from '../../src/core/source-format.ts';
import { frameJson, type JsonFrameSpec } from '../../src/lib/frame-json.ts';

const SEEN = '2026-01-02T03:04:05Z';
const spec = (limitBytes = 1_000, lengths: number[] = []): JsonFrameSpec => ({
  type: 'cloudtrail',
  limitBytes,
  isRecord: (record) => typeof record['eventName'] === 'string',
  redact: (_record, text) => {
    lengths.push(Buffer.byteLength(text));
    return text;
  },
});
const rec = (name: string, more = ''): string => `{"eventName":"${name}"${more}}`;
const [A, B, C] = [rec('a'), rec('b', ',"x":{"y":[1,{"z":"}]{["}]}'), rec('c', ',"k":"ü€🔑"')];

interface Cut {
  readonly place: number;
  readonly text: string;
}

/** Records as [offset, text], rejections as [offset, length, reason], and where reading would go on. */
function frame(chunks: readonly Buffer[], options: { limit?: number; offset?: number; state?: JsonValue } = {}) {
  const out: FrameOutput = { records: [], rejections: [] };
  const context = { source: 'trail', file: 'a.json', offset: options.offset ?? 0 };
  const lengths: number[] = [];
  const framer = frameJson(spec(options.limit, lengths), context, options.state);
  const resumes: { offset: number; state: JsonValue | undefined; records: number; rejections: number }[] = [];
  for (const chunk of chunks) {
    framer.push(chunk, SEEN, out);
    const counts = { records: out.records.length, rejections: out.rejections.length };
    resumes.push({ offset: framer.offset, state: framer.state(), ...counts });
  }
  framer.end(SEEN, out);
  return { out, lengths, resumes, offset: framer.offset };
}

function cuts(input: string | Buffer, limit?: number) {
  const bytes = Buffer.from(input);
  const { out } = frame([bytes], limit === undefined ? {} : { limit });
  const records: Cut[] = out.records.map((raw) => ({ place: raw.origin.offset ?? -1, text: raw.text }));
  const rejections = out.rejections.map(
    ({ origin, length, reason }) =>
      `${reason} ${JSON.stringify(bytes.toString('utf8', origin.offset, (origin.offset ?? 0) + length))}`,
  );
  return { names: out.records.map((raw) => raw.record['eventName']), records, rejections };
}

describe('shapes', () => {
  it.each([
    ['an envelope', `{"Records":[${A},${B}]}`],
    ['a small envelope', `{"records": [ ${A} , ${B} ] }\n`],
    ['keys before the list', `{"owner":{"a":["Records"]},"n":1,"Records":[${A},${B}]}`],
    ['keys behind the list', `{"Records":[${A},${B}],"digest":{"a":[1]},"ok":true}`],
    ['two lists', `{"Records":[${A}],"records":[${B}]}`],
    ['a bare array', `[${A},\n${B}]`],
    ['an array of envelopes', `[{"Records":[${A}]},{"Records":[${B}]}]`],
    ['JSON lines', `${A}\n${B}\n`],
    ['JSON lines of Windows', `${A}\r\n${B}\r\n`],
    ['blank lines', `\n\n${A}\n \t\n${B}`],
    ['no space between', `${A}${B}`],
    ['commas between', `${A},${B},`],
    ['a byte order mark', `\uFEFF${A}\n${B}`],
    ['files with marks, one after the other', `\uFEFF{"Records":[${A}]}\uFEFF{"Records":[${B}]}`],
    ['a mixture', `{"Records":[${A}]}\n${B}\n[]`],
  ])('%s', (_name, input) => {
    const { names, rejections, records } = cuts(input);
    expect({ names, rejections }).toEqual({ names: ['a', 'b'], rejections: [] });
    for (const { place, text } of records) expect(Buffer.from(input).toString('utf8', place)).toContain(text);
    expect(records.map((record) => record.text)).toEqual([A, B]);
    const single = Array.from(Buffer.from(input), (byte) => Buffer.of(byte));
    expect(frame(single).out.records.map((raw) => raw.text)).toEqual([A, B]);
  });

  it('prints a record of several lines as one', () => {
    const pretty = JSON.stringify([JSON.parse(A), JSON.parse(B)], undefined, 2);
    expect(cuts(pretty).records.map((record) => record.text)).toEqual([A, B]);
    expect(cuts(pretty).records[0]?.place).toBe(4);
  });

  it('takes several objects over several lines', () => {
    const both = [A, B].map((text) => JSON.stringify(JSON.parse(text), undefined, '\t')).join('\n');
    expect(cuts(both)).toMatchObject({ names: ['a', 'b'], rejections: [] });
  });

  it('keeps the place of records behind letters of several bytes', () => {
    const input = `${C}\n${A}`;
    expect(cuts(input).records[1]?.place).toBe(Buffer.byteLength(C) + 1);
  });

  it.each([
    ['a list of another name', rec('a', ',"xRecords":[1],"records2":[2]')],
    ['an escape in its name', rec('a', ',"x\\"Records":[1]')],
    ['an object of the name', rec('a', ',"Records":{"y":[1]}')],
    ['a list of the name further in', rec('a', ',"y":{"Records":[1]}')],
  ])('%s makes no envelope', (_name, input) => {
    for (const end of ['', '\n']) expect(cuts(input + end).records.map((record) => record.text)).toEqual([input]);
  });

  it('leaves objects that are no records to the source', () => {
    expect(cuts('{"a":1}\n{}\n{"Records":null}')).toMatchObject({
      names: [undefined, undefined, undefined],
      rejections: [],
    });
  });

  it('takes an envelope whose first record is longer than a guess', () => {
    const long = rec('long', `,"x":"${'x'.repeat(5_000)}"`);
    expect(cuts(`{"Records":[${long},${A},${B},${long}]}`, 10_000).names).toEqual(['long', 'a', 'b', 'long']);
  });

  it('finds nothing in nothing', () => {
    expect(cuts('')).toMatchObject({ names: [], rejections: [] });
    expect(cuts(' \n{"Records":[]}\n[]\n')).toMatchObject({ names: [], rejections: [] });
  });

  it('says where a record is from', () => {
    const { out } = frame([Buffer.from(`\n${A}`)], { offset: 100 });
    const origin = { source: 'trail', file: 'a.json', offset: 101 };
    expect(out.records).toEqual([{ type: 'cloudtrail', origin, record: { eventName: 'a' }, text: A, seen: SEEN }]);
  });
});

describe('broken input', () => {
  it.each<[string, string, string[], string[]]>([
    ['a line of text', `hello\n${A}`, ['a'], ['not-json "hello"']],
    ['one rejection for each bad line', `x\ny\n${A}\nz\n`, ['a'], ['not-json "x"', 'not-json "y"', 'not-json "z"']],
    ['a bad object', `{"a":1 "b":2}\n${A}`, ['a'], ['not-json "{\\"a\\":1 \\"b\\":2}"']],
    ['a bad number', `{"a":01}\n${A}`, ['a'], ['not-json "{\\"a\\":01}"']],
    ['a bad escape', `{"a":"\\x"}\n${A}`, ['a'], ['not-json "{\\"a\\":\\"\\\\x\\"}"']],
    ['a line cut off in a string', `{"a":"b\n${A}\n${B}`, ['a', 'b'], ['truncated "{\\"a\\":\\"b"']],
    ['a line cut off behind a backslash', `{"a":"b\\\n${A}\n${B}`, ['a', 'b'], ['truncated "{\\"a\\":\\"b\\\\"']],
    ['a line cut off behind a colon', `{"a":\n${A}\n${B}`, ['a', 'b'], ['truncated "{\\"a\\":\\n"']],
    ['a line cut off behind a comma', `{"a":1,\n${A}\n${B}`, ['a', 'b'], ['truncated "{\\"a\\":1,\\n"']],
    ['a line cut off in a list', `{"a":[{"b":1},\n${A}\n${B}`, ['a', 'b'], ['truncated "{\\"a\\":[{\\"b\\":1},\\n"']],
    ['a glued line', `{"a":1,"b${A}\n${B}`, ['a', 'b'], ['truncated "{\\"a\\":1,\\"b"']],
    [
      'a glued line, cut off outside a string',
      `{"a":{"b":1}${A}\n${B}`,
      ['a', 'b'],
      ['truncated "{\\"a\\":{\\"b\\":1}"'],
    ],
    ['a prefix on each line', `host: ${A}\nhost: ${B}`, ['a', 'b'], ['not-json "host: "', 'not-json "host: "']],
    ['something behind a record', `${A} tail\n${B}`, ['a', 'b'], ['not-json "tail"']],
    ['a lonely bracket', `]\n${A}\n}\n${B}`, ['a', 'b'], ['not-json "]"', 'not-json "}"']],
    ['a cut-off end', `${A}\n{"eventName":"b`, ['a'], ['truncated "{\\"eventName\\":\\"b"']],
    ['a cut-off end that swallowed a record', `{"a":\n${A}`, ['a'], ['truncated "{\\"a\\":\\n"']],
    ['an envelope cut off in a record', `{"Records":[${A},{"a":1`, ['a'], ['truncated "{\\"a\\":1"']],
    ['an envelope cut off between records', `{"Records":[${A},`, ['a'], ['truncated ""']],
    ['an envelope cut off behind its list', `{"Records":[${A}],"b`, ['a'], ['truncated ",\\"b"']],
    ['a bad record in a list', `[${A},{"a":1 2},${B},${C}]`, ['a', 'b', 'c'], ['truncated "{\\"a\\":1 2},"']],
    ['a record of a list cut off', `[${A},{"a":"b${B},${C}]`, ['a', 'b', 'c'], ['truncated "{\\"a\\":\\"b"']],
    [
      'a pretty list with a bad record',
      `[\n ${A},\n {\n "a" 1\n },\n {\n "eventName":"b"\n}]`,
      ['a', 'b'],
      ['truncated "{\\n \\"a\\" 1\\n },\\n "'],
    ],
    ['no records in a list', `[1,"x",${A}]`, ['a'], ['not-json "1,\\"x\\","']],
    ['a list without another record', `[${A},1,2]`, ['a'], ['not-json "1,2]"']],
    [
      'a whole envelope glued to a cut-off one',
      `{"Records":[${A},{"a":"b{"Records":[${B}]}\n${C}`,
      ['a', 'b', 'c'],
      ['truncated "{\\"a\\":\\"b"'],
    ],
    ['an envelope that was never closed', `{"Records":[${A}]\n${B}\n`, ['a', 'b'], []],
    ['a record over the limit', `${rec('long', `,"x":"${'x'.repeat(1_000)}"`)}\n${A}`, ['a'], ['too-long']],
    [
      'a record over the limit in a list',
      `[${A},${rec('long', `,"x":"${'x'.repeat(1_000)}"`)},${B}]`,
      ['a', 'b'],
      ['too-long'],
    ],
    ['a broken record over the limit', `{"x":"${'x'.repeat(1_000)}\n${A}`, ['a'], ['too-long']],
    ['no end and over the limit', `${A}\n{"x":"${'x'.repeat(1_000)}`, ['a'], ['too-long']],
    ['a brace far from its key', `x {${' '.repeat(100)}${A.slice(1)}\n${B}`, ['b'], ['not-json "x {  ']],
    ['lists in lists', `${'['.repeat(1_100)}${A}`, ['a'], ['not-json "[[', 'truncated']],
    [
      'an envelope whose list comes too late',
      `{"x":"${'x'.repeat(1_000)}","Records":[${A}]}\n${B}`,
      ['b'],
      ['too-long'],
    ],
    ['too deep', `${'{"a":'.repeat(1_100)}1${'}'.repeat(1_100)}\n${A}`, ['a'], ['not-json']],
  ])('%s', (_name, input, names, rejections) => {
    const found = cuts(input, input.length > 2_000 ? 10_000 : 1_000);
    expect(found.names).toEqual(names);
    expect(found.rejections.map((text, index) => text.slice(0, rejections[index]?.length))).toEqual(rejections);
  });

  it('rejects half a byte order mark at the end', () => {
    const bytes = Buffer.from([0xef, 0xbb]);
    expect(frame([bytes]).out.rejections).toMatchObject([{ reason: 'not-json', length: 2 }]);
    expect(frame([bytes.subarray(0, 1), bytes.subarray(1)]).out.rejections).toHaveLength(1);
  });

  it('does not look for an envelope in what it forgets, whatever the chunks', () => {
    const input = Buffer.from(`{"x":"${'x'.repeat(200)}","Records":[${A}]}`);
    for (let size = 1; size < 20; size++) {
      const chunks = Array.from({ length: Math.ceil(input.length / size) }, (_, i) =>
        input.subarray(i * size, (i + 1) * size),
      );
      expect(frame(chunks, { limit: 150 }).out.rejections).toMatchObject([
        { reason: 'too-long', length: input.length },
      ]);
    }
  });

  it('rejects a binary file without flooding', () => {
    const bytes = Buffer.alloc(1_000_000, 0xfe);
    const { out } = frame([bytes]);
    expect(out.rejections).toMatchObject([{ reason: 'not-json', length: 1_000_000 }]);
  });

  it.each(['{"a":', '{"a":[', '{"a":1,', '[', '{', '{"', '{"a":"\n', '[{"a":\n'])(
    'takes linear time on %j again and again',
    (unit) => {
      const started = performance.now();
      const { out } = frame([Buffer.from(`[${unit.repeat(5_000_000 / unit.length)}`)], { limit: 1 << 24 });
      expect(performance.now() - started).toBeLessThan(7_000);
      expect(out.records).toEqual([]);
    },
  );

  it('tells no values and no keys', () => {
    const { out } = frame([Buffer.from('{"password":"hunter2')]);
    expect(JSON.stringify(out.rejections)).not.toMatch(/password|hunter2/);
  });
});

const BRACKETS = '{"Records":[~{"records": [~[~]~]}~{~}~,~:~"~{"x":1}~"a":~{"a":~x~1~tru~\\'.split('~');
const BLANKS = [' ', '\n', '\r\n', ' '.repeat(70), '\uFEFF', '\u00EF', '\u0000'];
const piece = fc.constantFrom(A, B, C, rec('d', ',"n":[1,2]'), 'x'.repeat(90), ...BRACKETS, ...BLANKS);
const bytes = fc.oneof(
  fc.array(piece, { maxLength: 16 }).map((parts) => Buffer.from(parts.join(''))),
  fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
);
const chunked = fc.tuple(bytes, fc.array(fc.nat(200), { maxLength: 12 })).map(([input, places]) => {
  const ends = [...new Set(places.map((place) => place % (input.length + 1)))].sort((a, b) => a - b);
  const chunks = [...ends, input.length].map((end, index) => input.subarray(ends[index - 1] ?? 0, end));
  return { input, chunks };
});
const RUNS = { numRuns: 2_000 };

describe('laws', () => {
  it('chunks make no difference', () => {
    const law = fc.property(chunked, ({ input, chunks }) => {
      expect(frame(chunks, { limit: 150 }).out).toEqual(frame([input], { limit: 150 }).out);
    });
    fc.assert(law, RUNS);
  });

  it('a byte at a time makes no difference', () => {
    const law = fc.property(bytes, (input) => {
      const single = Array.from(input, (_, index) => input.subarray(index, index + 1));
      expect(frame(single, { limit: 150 }).out).toEqual(frame([input], { limit: 150 }).out);
    });
    fc.assert(law, { numRuns: 500 });
  });

  it('a restart anywhere makes no difference', () => {
    const law = fc.property(chunked, ({ input, chunks }) => {
      const whole = frame(chunks, { limit: 150 });
      for (const { offset, state, records, rejections } of whole.resumes) {
        const rest = frame([input.subarray(offset)], { limit: 150, offset, ...(state === undefined ? {} : { state }) });
        expect(rest.out.records).toEqual(whole.out.records.slice(records));
        expect(rest.out.rejections).toEqual(whole.out.rejections.slice(rejections));
      }
    });
    fc.assert(law, RUNS);
  });

  it('every byte is in one record, one rejection, or between them', () => {
    const law = fc.property(bytes, (input) => {
      const { out, lengths, offset } = frame([input], { limit: 150 });
      expect(offset).toBe(input.length);
      const parts = [
        ...out.records.map(({ origin }, index) => ({ from: origin.offset ?? -1, length: lengths[index] ?? 0 })),
        ...out.rejections.map(({ origin, length }) => ({ from: origin.offset ?? -1, length })),
      ].sort((a, b) => a.from - b.from || a.length - b.length);
      let between = '';
      let at = 0;
      for (const { from, length } of parts) {
        expect(from).toBeGreaterThanOrEqual(at);
        between += input.toString('utf8', at, from);
        at = from + length;
      }
      between += input.toString('utf8', at);
      const isEnvelope = input.includes('ecords');
      expect(isEnvelope || /^[\s\uFEFF,[\]]*$/.test(between)).toBe(true);
    });
    fc.assert(law, RUNS);
  });

  it('records before, behind and between broken lines are found', () => {
    const bad = fc.constantFrom('x', '{"a":', '{"a":"b', '{"a":[1,', ']', '"', '{"a":1 2}', '{"a":{"b":{}}', '\u0000');
    const law = fc.property(fc.array(bad, { maxLength: 6 }), (lines) => {
      const found = cuts([A, ...lines.flatMap((line) => [line, B])].join('\n'));
      expect(found.names).toEqual(['a', ...lines.map(() => 'b')]);
      expect(found.rejections).toHaveLength(lines.length);
    });
    fc.assert(law, RUNS);
  });
});
