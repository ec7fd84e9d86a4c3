import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeEvent } from '../../../src/core/encode-event.ts';
import { EVENT_FIELDS } from '../../../src/core/fields.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { RawRecord } from '../../../src/core/record.ts';
import { normalizeVault } from '../../../src/sources/vault/normalize.ts';
import { hmac, request, response, withValue } from './entries.ts';
import { at, eventOf, frameEntry, SEEN } from './run.ts';

function rawOf(record: JsonObject, more: Partial<RawRecord> = {}): RawRecord {
  return {
    type: 'vault',
    origin: { source: 'v', offset: 0 },
    record,
    text: JSON.stringify(record),
    seen: SEEN,
    ...more,
  };
}

const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    'constructor',
    '__proto__',
    'toString',
    'read',
    'login',
    'kv',
    'transit',
    'sys/',
    'auth/token/',
    '',
    '/',
  ),
);
const path = fc
  .array(
    fc.constantFrom('secret', 'data', 'auth', 'token', 'login', 'sys', 'constructor', '__proto__', 'keys', '', 'a'),
    {
      maxLength: 5,
    },
  )
  .map((segments) => segments.join('/'));
const fields = fc.dictionary(
  fc.constantFrom('data', 'auth', 'wrap_info', 'error', 'metadata', 'version', '__proto__'),
  odd,
);
const record = fc
  .record(
    {
      time: fc.oneof(fc.constant('2025-03-15T02:34:12Z'), odd),
      type: fc.oneof(fc.constantFrom('request', 'response', 'kmip-response'), odd),
      auth: fc.oneof(
        fc.dictionary(fc.constantFrom('display_name', 'policies', 'metadata', 'entity_id'), fc.oneof(odd, fields)),
        odd,
      ),
      request: fc.oneof(
        fc.record(
          {
            id: odd,
            operation: odd,
            path: fc.oneof(path, odd),
            mount_point: fc.oneof(path, odd),
            mount_type: fc.oneof(fc.constantFrom('kv', 'transit', 'pki', 'system', 'token', 'identity', 'kmip'), odd),
            namespace: fc.oneof(fc.record({ path }), odd),
            headers: fc.oneof(fc.dictionary(fc.constantFrom('User-Agent', 'x'), odd), odd),
            remote_address: odd,
            remote_port: odd,
            data: fc.oneof(fields, odd),
          },
          { requiredKeys: [] },
        ),
        odd,
      ),
      response: fc.oneof(fields, odd),
      error: odd,
    },
    { requiredKeys: [] },
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);

describe('laws', () => {
  test('any object is an event or a rejection, and the same one each time', () => {
    fc.assert(
      fc.property(fc.oneof(record, fc.object() as fc.Arbitrary<JsonObject>), fc.boolean(), (object, unanswered) => {
        const raw = rawOf(object, unanswered ? { unanswered } : {});
        const result = normalizeVault(raw);
        expect(normalizeVault(raw)).toEqual(result);
        if (!result.ok) {
          expect(result.error.reason).toBe('no-time');
          return;
        }
        const document = JSON.parse(encodeEvent(result.value)) as {
          whosaw: { record: unknown };
          event: { id: string };
        };
        expect(document.whosaw.record).toEqual(JSON.parse(raw.text));
        expect(document.event.id).toMatch(/^[0-9a-f]{32}$/);
        expect(Object.keys(result.value.event).at(-1)).toBe('whosaw');
      }),
      { numRuns: 500 },
    );
  });

  test('fields with a closed set of values hold no other', () => {
    fc.assert(
      fc.property(record, (object) => {
        const result = normalizeVault(rawOf(object));
        if (!result.ok) return;
        for (const { values, read } of Object.values(EVENT_FIELDS)) {
          const value = read(result.value.event);
          if (values !== undefined && value !== undefined) expect(values).toContain(value);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('what a stream gives is what its stored text gives', () => {
    const [framed] = frameEntry(withValue(response(), 'request.data', { password: 'clear', n: 1 })).records;
    if (framed === undefined) throw new Error('no record');
    const stored = { ...framed, record: JSON.parse(framed.text) as JsonObject };
    expect(normalizeVault(stored)).toEqual(normalizeVault(framed));
  });
});

describe('identity', () => {
  const idOf = (entry: JsonObject, more: Partial<RawRecord> = {}): unknown =>
    at(eventOf(rawOf(entry, more)), 'event.id');

  test('is cluster and request id, whatever the device and its clock', () => {
    const one = response({ id: 'r-1', time: '2025-03-15T02:34:12Z' });
    const other = withValue(response({ id: 'r-1', time: '2025-03-15T02:34:13Z' }), 'auth.client_token', hmac(99));
    expect(idOf(one)).toBe(idOf(other));
    expect(idOf(one)).not.toBe(idOf(response({ id: 'r-2' })));
    expect(idOf(one)).not.toBe(idOf(one, { cluster: 'eu' }));
    expect(idOf(one)).toBe(idOf(one, { cluster: 'vault' }));
  });

  test('without a request id is the line', () => {
    const bare = withValue(response(), 'request.id', undefined);
    expect(idOf(bare)).toBe(idOf(bare));
    expect(idOf(bare)).not.toBe(idOf(withValue(bare, 'time', '2025-03-15T02:34:13Z')));
  });

  test('of an unanswered request is its own, and its access that of the answer', () => {
    const event = eventOf(rawOf(request(), { unanswered: true }));
    expect(at(event, 'event.id')).not.toBe(idOf(response()));
    expect(at(event, 'whosaw.access.id')).toBe(idOf(response()));
    expect(at(event, 'whosaw.unanswered')).toBe(true);
    expect(at(event, 'event.outcome')).toBe('unknown');
    expect(at(event, 'event.type')).toEqual(['info']);
  });
});

test.each([
  ['2025-03-15T02:34:12.123456789Z', '2025-03-15T02:34:12.123456789Z'],
  ['2025-03-15T03:34:12.5+01:00', '2025-03-15T02:34:12.5Z'],
  ['2025-03-15t02:34:12z', '2025-03-15T02:34:12Z'],
  ['2025-03-15T02:34:12.1234567891Z', '2025-03-15T02:34:12.123456Z'],
])('the time %s is the document %s', (time, expected) => {
  expect(at(eventOf(rawOf(response({ time }))), '@timestamp')).toBe(expected);
});

test.each<[string, JsonObject, string, string | undefined]>([
  ['no answer to a read', withValue(response(), 'response.data', undefined), 'failure', 'not found'],
  ['an answer of nothing', withValue(response(), 'response.data', {}), 'success', undefined],
  ['a wrapped answer', withValue(response(), 'response', { wrap_info: { token: hmac(4) } }), 'success', undefined],
  ['a soft-deleted secret', withValue(response(), 'response.data', { http_status_code: 404 }), 'failure', 'not found'],
  ['an HTTP error', withValue(response(), 'response.data', { http_status_code: 503 }), 'failure', 'HTTP 503'],
  ['an HTTP status below 400', withValue(response(), 'response.data', { http_status_code: 204 }), 'success', undefined],
  ['an error in the data', withValue(response(), 'response.data', { error: hmac(5) }), 'failure', 'refused'],
  [
    'a field called error',
    withValue(response(), 'response.data', { error: hmac(5), x: hmac(6) }),
    'success',
    undefined,
  ],
  ['an error', withValue(response(), 'error', 'permission denied'), 'failure', 'permission denied'],
  ['several', withValue(response(), 'error', '2 errors occurred:\n\t* a\n\t* b\n\n'), 'failure', 'a; b'],
  ['no error', withValue(response(), 'error', ''), 'success', undefined],
  ['an error of spaces', withValue(response(), 'error', ' '), 'failure', ' '],
])('%s', (_, entry, outcome, reason) => {
  const event = eventOf(rawOf(entry));
  expect([at(event, 'event.outcome'), at(event, 'event.reason')]).toEqual([outcome, reason]);
});

test('a user agent is shown where it is one', () => {
  const agentOf = (headers: unknown): unknown =>
    at(eventOf(rawOf(withValue(response(), 'request.headers', headers))), 'user_agent.original');
  expect(agentOf({ 'User-Agent': ['curl/8'] })).toBe('curl/8');
  expect(agentOf({ 'user-agent': 'curl/8' })).toBe('curl/8');
  for (const none of [
    { 'user-agent': [hmac(1)] },
    { 'user-agent': [] },
    { 'user-agent': [''] },
    { agent: ['x'] },
    'x',
    null,
  ]) {
    expect(agentOf(none)).toBeUndefined();
  }
});
