import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../../src/core/json.ts';
import type { FrameOutput, Framer } from '../../../src/core/source-format.ts';
import { frameVault } from '../../../src/sources/vault/frame.ts';
import { vault } from '../../../src/sources/vault/vault.ts';
import { request, response, withValue } from './entries.ts';
import { CONTEXT, frameAll, newOutput, SEEN } from './run.ts';

const LIMIT = 4_096;
const SEEN_MS = Date.parse(SEEN);

/** Lines as they stand in files, broken ones too; ids and times are few, so that they meet. */
const entry = fc
  .record({
    make: fc.constantFrom(request, response),
    id: fc.constantFrom('a', 'b', 'c', ''),
    second: fc.integer({ min: 0, max: 120 }),
    path: fc.constantFrom('secret/data/app', 'sys/seal', 'secret/data/ключ/🔑'),
  })
  .map(({ make, id, second, path }) => {
    const time = new Date(Date.UTC(2025, 2, 15, 2, 30, second)).toISOString();
    const made = make({ id, time, path });
    return JSON.stringify(id === '' ? withValue(made, 'request.id', undefined) : made);
  });
const line = fc.oneof(
  { weight: 6, arbitrary: entry },
  fc.tuple(entry, fc.nat(2_000)).map(([text, end]) => text.slice(0, end)),
  fc.tuple(entry, fc.nat(2_000), entry).map(([text, end, next]) => text.slice(0, end) + next),
  fc.tuple(entry, entry).map(([text, next]) => text + next),
  entry.map((text) => `prefix {eu}: ${text}`),
  entry.map((text) => text.replace('"path"', '"error":"x","path"')),
  fc.constantFrom('', ' ', '\r', '{}', 'null', '{"request":{}}', 'x'.repeat(LIMIT + 1), '\uFEFF'),
  fc.string(),
);
const newline = fc.constantFrom('\n', '\n', '\n', '\r\n', '\n\n');
const stream = fc
  .tuple(fc.array(fc.tuple(line, newline), { maxLength: 12 }), line)
  .map(([lines, last]) => Buffer.from(lines.map(([text, end]) => text + end).join('') + last));
const bytes = fc.oneof(
  stream,
  fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
);

const newFramer = (): Framer => frameVault(CONTEXT, undefined, LIMIT);

function pushAll(framer: Framer, all: Buffer, cuts: readonly number[], out: FrameOutput): void {
  const ends = [...new Set(cuts.map((cut) => cut % (all.length + 1))), all.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    framer.push(all.subarray(start, end), SEEN, out);
    start = end;
  }
}

describe('laws', () => {
  test('chunks change nothing', () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(), { maxLength: 20 }), (all, cuts) => {
        const out = newOutput();
        const framer = newFramer();
        pushAll(framer, all, cuts, out);
        framer.end(SEEN, out);
        expect(out).toEqual(frameAll(all, newFramer()));
      }),
    );
  });

  test('going on at any cut, from offset and state, changes nothing', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.nat(), (all, first, second) => {
        const out = newOutput();
        let framer = newFramer();
        const cuts = [first % (all.length + 1), second % (all.length + 1)].sort((a, b) => a - b);
        for (const cut of cuts) {
          framer.push(all.subarray(framer.offset, cut), SEEN, out);
          const state = framer.state();
          const stored = state === undefined ? undefined : (JSON.parse(JSON.stringify(state)) as JsonValue);
          framer = frameVault({ ...CONTEXT, offset: framer.offset }, stored, LIMIT);
        }
        framer.push(all.subarray(framer.offset), SEEN, out);
        framer.end(SEEN, out);
        expect(out).toEqual(frameAll(all, newFramer()));
      }),
    );
  });

  test('each byte is in a record, in a rejection, in a paired request, or blank', () => {
    fc.assert(
      fc.property(stream, (all) => {
        const { records, rejections } = frameAll(all, newFramer());
        for (const { origin } of records) expect(all[origin.offset ?? -1]).toBe('{'.charCodeAt(0));
        for (const { origin, length } of rejections) {
          expect(origin.offset).toBeGreaterThanOrEqual(0);
          expect((origin.offset ?? 0) + length).toBeLessThanOrEqual(all.length);
          expect(length).toBeGreaterThan(0);
        }
      }),
    );
  });

  test('the same bytes are the same records', () => {
    fc.assert(
      fc.property(bytes, (all) => {
        expect(frameAll(all, newFramer())).toEqual(frameAll(all, newFramer()));
      }),
    );
  });

  test('no state makes a framer throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (state, text) => {
        const states = [
          state,
          [{ text, offset: 1, seen: SEEN }],
          [{ text: JSON.stringify(text), offset: 1, seen: '' }],
        ];
        for (const one of states as JsonValue[]) {
          const out = newOutput();
          const framer = vault.frame(CONTEXT, one);
          framer.idle(SEEN_MS, out);
          framer.end(SEEN, out);
          expect(out.rejections).toEqual([]);
        }
      }),
    );
  });
});

function push(framer: Framer, ...entries: readonly unknown[]): FrameOutput {
  const out = newOutput();
  framer.push(Buffer.from(entries.map((one) => `${JSON.stringify(one)}\n`).join('')), SEEN, out);
  return out;
}

const at = (second: number): string => new Date(Date.UTC(2025, 2, 15, 2, 30, second)).toISOString();
const ids = ({ records }: FrameOutput): unknown[] =>
  records.map(({ record, unanswered }) => [(record['request'] as { id?: unknown }).id, unanswered === true]);

describe('a request without its response', () => {
  test('is let go when the stream is 30 s further', () => {
    const framer = newFramer();
    expect(ids(push(framer, request({ id: 'a', time: at(0) }), request({ id: 'b', time: at(10) })))).toEqual([]);
    expect(ids(push(framer, response({ id: 'x', time: at(30) })))).toEqual([['x', false]]);
    expect(ids(push(framer, response({ id: 'y', time: at(31) })))).toEqual([
      ['y', false],
      ['a', true],
    ]);
    expect(ids(push(framer, request({ id: 'z', time: at(41) })))).toEqual([['b', true]]);
  });

  test('is let go when nothing came for 30 s', () => {
    const framer = newFramer();
    push(framer, request({ id: 'a' }));
    const out = newOutput();
    framer.idle(SEEN_MS + 30_000, out);
    expect(ids(out)).toEqual([]);
    framer.idle(SEEN_MS + 30_001, out);
    expect(ids(out)).toEqual([['a', true]]);
    framer.idle(SEEN_MS + 90_000, out);
    expect(ids(out)).toHaveLength(1);
    expect(framer.state()).toBeUndefined();
  });

  test('whose response comes later is both', () => {
    const framer = newFramer();
    push(framer, request({ id: 'a', time: at(0) }));
    expect(ids(push(framer, request({ id: 'b', time: at(31) }), response({ id: 'a', time: at(32) })))).toEqual([
      ['a', true],
      ['a', false],
    ]);
  });

  test('does not wait behind one with a wrong time, or without any', () => {
    const framer = newFramer();
    push(framer, request({ id: 'wrong', time: '2099-01-01T00:00:00Z' }), request({ id: 'none', time: 'x' }));
    push(framer, request({ id: 'a', time: at(0) }));
    expect(ids(push(framer, response({ id: 'b', time: at(31) })))).toEqual([
      ['b', false],
      ['a', true],
    ]);
  });

  test('is not let go by an entry from the future before it', () => {
    const framer = newFramer();
    push(framer, response({ id: 'b', time: '2099-01-01T00:00:00Z' }));
    expect(ids(push(framer, request({ id: 'a', time: at(0) }), response({ id: 'a', time: at(1) })))).toEqual([
      ['a', false],
    ]);
  });

  test('waits in a bounded crowd', () => {
    const framer = newFramer();
    const many = Array.from({ length: 2_003 }, (_, index) => request({ id: `r${index}` }));
    expect(ids(push(framer, ...many))).toEqual([
      ['r0', true],
      ['r1', true],
      ['r2', true],
    ]);
  });

  test('keeps its place in its own file when the stream goes on in the next', () => {
    const first = vault.frame({ ...CONTEXT, file: 'audit.log.1' });
    push(first, response({ id: 'x' }), request({ id: 'a' }), request({ id: 'b' }));
    const second = vault.frame({ ...CONTEXT, file: 'audit.log' }, first.state());
    expect(ids(push(second, response({ id: 'b' })))).toEqual([['b', false]]);
    const out = newOutput();
    second.end(SEEN, out);
    expect(out.records.map(({ origin, unanswered }) => [origin.file, origin.offset, unanswered])).toEqual([
      ['audit.log.1', Buffer.byteLength(JSON.stringify(response({ id: 'x' }))) + 1, true],
    ]);
    expect(vault.carriesOver).toBe(true);
  });

  test('leaves out data that would make the checkpoint large', () => {
    const framer = vault.frame(CONTEXT);
    push(framer, withValue(request({ id: 'a' }), 'request.data', { list: Array.from({ length: 5_000 }, () => 'x') }));
    expect(JSON.stringify(framer.state()).length).toBeLessThan(2_000);
    const out = newOutput();
    framer.end(SEEN, out);
    expect(out.records[0]?.record['request']).toMatchObject({ id: 'a', data: '[redacted]' });
    expect(JSON.parse(out.records[0]?.text ?? '')).toEqual(out.records[0]?.record);
  });
});

test.each([
  ['help', { operation: 'help' }],
  ['the same path by another operation', { operation: 'list' }],
])('without an id, a request is paired by what its response repeats: %s', (_, options) => {
  const bare = (make: typeof request, more = {}) => withValue(make({ ...options, ...more }), 'request.id', undefined);
  const framer = newFramer();
  expect(ids(push(framer, bare(request), bare(request, { operation: 'read' }), bare(response)))).toEqual([
    [undefined, false],
  ]);
  const out = newOutput();
  framer.end(SEEN, out);
  expect(out.records.map(({ record }) => (record['request'] as { operation?: string }).operation)).toEqual(['read']);
});

describe('places', () => {
  test('a line that is too long is told with its length, and the next one is read', () => {
    const out = frameAll(Buffer.from(`${'x'.repeat(5_000)}\n${JSON.stringify(response())}\n`), newFramer(), 100);
    expect(out.rejections).toEqual([
      {
        origin: { source: 'vault-file', offset: 0 },
        reason: 'too-long',
        message: 'A line of more than 4096 bytes is no audit entry.',
        length: 5_000,
        keys: [],
      },
    ]);
    expect(out.records.map(({ origin }) => origin.offset)).toEqual([5_001]);
  });

  test('a line of 16 MB is read', () => {
    const long = withValue(response(), 'response.data', { keys: ['x'.repeat(16 * 1024 * 1024)] });
    expect(frameAll(Buffer.from(`${JSON.stringify(long)}\n`), vault.frame(CONTEXT), 65_536).records).toHaveLength(1);
  });

  test('offsets count bytes from the context offset, behind characters of several bytes and a cut one', () => {
    const whole = JSON.stringify(response({ path: 'secret/data/ключ' }));
    const cut = Buffer.from(whole).subarray(0, Buffer.from(whole).indexOf('ключ') + 1);
    const next = JSON.stringify(response({ id: 'r-2' }));
    const all = Buffer.concat([Buffer.from(`${whole}\n`), cut, Buffer.from(`${next}\n`)]);
    const out = frameAll(all, vault.frame({ ...CONTEXT, file: 'a.log', offset: 1_000 }));
    const second = 1_000 + Buffer.byteLength(whole) + 1;
    expect(out.records.map(({ origin }) => origin)).toEqual([
      { source: 'vault-file', file: 'a.log', offset: 1_000 },
      { source: 'vault-file', file: 'a.log', offset: second + cut.length },
    ]);
    expect(out.rejections.map(({ origin, length, reason }) => [origin.offset, length, reason])).toEqual([
      [second, cut.length, 'truncated'],
    ]);
  });

  test('of many entries on one line the last are told apart', () => {
    const entries = Array.from({ length: 12 }, (_, index) => JSON.stringify(response({ id: `r${index}` })));
    const out = frameAll(Buffer.from(`${entries.join('')}\n`), vault.frame(CONTEXT));
    expect(ids(out)).toEqual(Array.from({ length: 8 }, (_, index) => [`r${index + 4}`, false]));
    expect(out.rejections.map(({ length }) => length)).toEqual([entries.slice(0, 4).join('').length]);
  });

  test('the cluster of the context, or the default', () => {
    const [named] = push(vault.frame({ ...CONTEXT, cluster: 'eu' }), response()).records;
    const [unnamed] = push(vault.frame(CONTEXT), response()).records;
    expect([named?.cluster, unnamed?.cluster]).toEqual(['eu', 'vault']);
  });

  test('the offset is that of the first byte that is not out yet', () => {
    const framer = newFramer();
    const text = `${JSON.stringify(response())}\n`;
    framer.push(Buffer.from(text.repeat(2).slice(0, -10)), SEEN, newOutput());
    expect(framer.offset).toBe(text.length);
  });
});
