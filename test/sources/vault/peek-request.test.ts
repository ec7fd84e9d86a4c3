import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameVault } from '../../../src/sources/vault/frame.ts';
import { peekRequest } from '../../../src/sources/vault/peek-request.ts';

const ID = '536aa5cc-185d-0a34-6af2-1bde2587365e';
const OTHER = 'a480178a-525b-27c4-9004-92173c09931f';
const TIME = '2025-03-15T02:34:12.847123456Z';
const SEEN = '2025-03-15T02:34:13Z';

function entry(type: 'request' | 'response', id: string, parts: object = {}): string {
  return JSON.stringify({
    time: TIME,
    type,
    auth: { display_name: 'ana' },
    request: { id, operation: 'read', ...parts },
  });
}

function frame(lines: readonly string[]) {
  const out = { records: [], rejections: [] };
  const framer = frameVault({ source: 's', offset: 0 });
  framer.push(Buffer.from(lines.map((line) => `${line}\n`).join('')), SEEN, out);
  return { framer, out };
}

describe('peekRequest', () => {
  it('reads id and time of a request', () => {
    expect(peekRequest(entry('request', ID, { path: 'secret/data/x' }))).toEqual({ id: ID, timeUs: 1742006052847123 });
  });

  it.each([
    ['a response', entry('response', ID)],
    ['another order of keys', `{"type":"request","time":"${TIME}","request":{"id":"${ID}"}}`],
    ['spaces', entry('request', ID).replace('"request":{', '"request": {')],
    ['a prefix', `vault: ${entry('request', ID)}`],
    ['something behind it', `${entry('request', ID)} `],
    ['an error behind the request', entry('request', ID).replace(/\}$/, ',"error":"permission denied"}')],
    ['no id', entry('request', ID).replace('"id"', '"no"')],
    ['an id of another form', entry('request', `${ID}0`)],
    ['an id with an escape', entry('request', ID).replace(ID, String.raw`536aa5cc-185d-0a34-6af2-1bde25\u0037365`)],
    ['no time', entry('request', ID).replace(TIME, 'now')],
    ['its end missing', entry('request', ID).slice(0, -1)],
    ['another entry glued on', entry('request', ID).slice(0, 90) + entry('request', OTHER)],
  ])('leaves %s to the parser', (_name, line) => {
    expect(peekRequest(line)).toBeUndefined();
  });

  it('never reads another id or time than the parser does, whatever callers send', () => {
    const hostile = fc.constantFrom(
      `"request":{"id":"${OTHER}"`,
      `","type":"response","request":{"id":"${OTHER}"}}`,
      `{"time":"${SEEN}","type":"request"}`,
      '\\',
      '"',
      '}}',
    );
    const text = fc.oneof(hostile, fc.string());
    const data = fc.oneof(text, fc.dictionary(text, text), fc.constant({ request: { id: OTHER }, type: 'response' }));
    fc.assert(
      fc.property(text, text, data, fc.dictionary(text, text), (name, path, sent, metadata) => {
        const auth = { display_name: name, metadata };
        const line = JSON.stringify({ time: TIME, type: 'request', auth, request: { id: ID, path, data: sent } });
        const peeked = peekRequest(line);
        if (peeked !== undefined) expect(peeked).toEqual({ id: ID, timeUs: 1742006052847123 });
      }),
    );
  });
});

describe('a request that is read late', () => {
  it('is the record that it would have been at once', () => {
    const line = entry('request', ID, { data: { password: 'hunter2' } });
    const late = frame([line]);
    const atOnce = frame([`${line} `]);
    late.framer.end(SEEN, late.out);
    atOnce.framer.end(SEEN, atOnce.out);
    expect(late.out.records).toHaveLength(1);
    expect(late.out).toEqual(atOnce.out);
    expect(JSON.stringify(late.out)).not.toContain('hunter2');
  });

  it('is redacted in a checkpoint', () => {
    const { framer } = frame([entry('request', ID, { data: { password: 'hunter2' } })]);
    const state = JSON.stringify(framer.state());
    expect(state).toContain(ID);
    expect(state).not.toContain('hunter2');
  });

  it('is forgotten with its response', () => {
    const { framer, out } = frame([entry('request', ID), entry('response', ID)]);
    expect(framer.state()).toBeUndefined();
    expect(out.records).toHaveLength(1);
  });

  it('is rejected at its place where it turns out to be none', () => {
    const broken = entry('request', ID).replace('"operation"', '"operation}}');
    const { framer, out } = frame([entry('response', OTHER), broken]);
    expect(peekRequest(broken)).toBeDefined();
    expect(framer.state()).toEqual([]);
    framer.end(SEEN, out);
    expect(out.rejections).toMatchObject([
      { reason: 'not-json', origin: { offset: entry('response', OTHER).length + 1 } },
    ]);
  });
});
