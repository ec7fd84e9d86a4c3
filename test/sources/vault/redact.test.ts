import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { MAX_DEPTH } from '../../../src/lib/json-size.ts';
import { REDACTED, scrubText } from '../../../src/lib/scrub.ts';
import { redactEntry } from '../../../src/sources/vault/redact.ts';
import { vault } from '../../../src/sources/vault/vault.ts';
import { hmac, request, response, withValue } from './entries.ts';
import { CONTEXT, newOutput, normalizeAll, SEEN } from './run.ts';

const CANARY = 'kanarienvogel';
const NUMBER = 918_273_645;
/** Tokens are told by their form, wherever they stand. */
const TOKEN = `hvs.CAESI${CANARY}Kanarienvogel0123456789`;

/** All that ever leaves the framer, normalized and not. */
function everything(line: string): string {
  const framer = vault.frame(CONTEXT);
  const out = newOutput();
  framer.push(Buffer.from(`${line}\n`), SEEN, out);
  const state = framer.state();
  framer.end(SEEN, out);
  return JSON.stringify([out, state, normalizeAll(out)]);
}

const VALUES = [
  'request.data',
  'request.data.password',
  'request.data.data.nested.deep',
  'response.data',
  'response.data.password',
  'response.data.data.password',
  'response.data.metadata.custom_metadata.owner',
  'response.data.metadata.note',
  'response.data.keys',
  'response.data.error',
  'auth.client_token',
  'auth.accessor',
  'request.client_token',
  'request.client_token_accessor',
  'auth.metadata.password',
  'auth.metadata.secret_id',
  'auth.metadata.vault_token',
  'response.auth.metadata.ClientSecret',
  'response.auth.client_token',
  'response.auth.accessor',
  'response.wrap_info.token',
  'response.wrap_info.accessor',
  'response.wrap_info.wrapped_accessor',
  'request.headers.authorization',
  'request.headers.Cookie',
  'request.headers.X-Vault-Token',
  'request.headers.x-api-key',
  'response.headers.set-cookie',
  // What a later version may log is a value until it is known.
  'later_version',
  'auth.later_version',
  'request.later_version',
  'request.supplemental_audit_data.csr',
  'response.later_version',
  'response.auth.later_version',
  'response.secret.later_version',
  'response.wrap_info.later_version',
];

describe.each([
  ['a text', CANARY],
  ['a number', NUMBER],
  ['a list', [CANARY, NUMBER, [CANARY], { deep: CANARY }]],
  ['an object', { a: { b: [CANARY, { c: NUMBER }] }, d: NUMBER }],
  ['what begins like an HMAC', `hmac-sha256:${CANARY}`],
])('%s that is a value', (_, value) => {
  test.each(VALUES)('does not come out of %s', (path) => {
    for (const entry of [request(), response()]) {
      const line = JSON.stringify(withValue(entry, path, value));
      expect(line).toMatch(/kanarienvogel|918273645/);
      expect(everything(line)).not.toMatch(/kanarienvogel|918273645/);
    }
  });
});

test.each([
  'error',
  'auth.display_name',
  'auth.entity_id',
  'auth.metadata.note',
  'auth.policies',
  'request.id',
  'request.operation',
  'request.path',
  'request.remote_address',
  'request.namespace.path',
  'request.mount_point',
  'request.headers.user-agent',
  'request.headers.x-correlation-id',
  'response.warnings',
  'response.redirect',
  'response.secret.lease_id',
  'response.wrap_info.creation_path',
  'type',
  'time',
  'forwarded_from',
])('a token does not come out of %s', (path) => {
  for (const value of [TOKEN, `a/${TOKEN}/b`, `password=${TOKEN}`, [`token ${TOKEN}.`]]) {
    for (const entry of [request(), response()]) {
      expect(everything(JSON.stringify(withValue(entry, path, value)))).not.toContain(CANARY);
    }
  }
});

test.each([
  ['the name of a field', withValue(response(), 'response.data', { [TOKEN]: hmac(1) })],
  ['the name of metadata', withValue(response(), 'auth.metadata', { [TOKEN]: 'x' })],
  ['the name of a header', withValue(response(), 'request.headers', { [TOKEN]: ['x'] })],
  ['a top-level name', { ...response(), [TOKEN]: 1 }],
  ['a line that is no entry', { [TOKEN]: 1, password: CANARY }],
  ['an entry of an unknown type', { ...response(), type: CANARY }],
  [
    'an entry without a time',
    { ...withValue(response(), 'request.data', { p: CANARY }), time: 'yesterday', [TOKEN]: 1 },
  ],
])('a token or value does not come out of %s', (_, entry) => {
  expect(everything(JSON.stringify(entry))).not.toContain(CANARY);
});

test.each([
  ['request.path', `auth/token/lookup/${CANARY}`],
  ['request.path', `auth/token/renew/${CANARY}`],
  ['request.path', `auth/token/revoke/${CANARY}`],
  ['request.path', `auth/token/revoke-orphan/${CANARY}`],
  ['request.path', `auth/token/lookup-accessor/${CANARY}`],
  ['request.path', `auth/token/revoke-accessor/${CANARY}`],
  ['request.request_uri', `/v1/team-a/auth/token/lookup/${CANARY}`],
  ['request.request_uri', `/v1/secret/data/x?token=${CANARY}`],
  ['request.request_uri', `/v1/secret/data/x?${CANARY}`],
  ['response.redirect', `https://app.example.org/?code=${CANARY}`],
  ['response.redirect', `https://app.example.org/#access_token=${CANARY}`],
  ['response.redirect', `https://app.example.org/?${CANARY}`],
  ['response.redirect', `https://app.example.org/#${CANARY}`],
  ['response.redirect', `https://app:${CANARY}@app.example.org/`],
  ['response.wrap_info.creation_path', `auth/token/lookup/${CANARY}`],
  ['error', `unsupported path auth/token/lookup/${CANARY} here`],
  ['error', `1 error occurred:\n\t* dial postgres://vault:${CANARY}@db.example.org:5432/app failed\n\n`],
  ['error', `login failed: password="${CANARY}"`],
  ['error', `Bearer ${CANARY}0123456789`],
  ['response.warnings', [`secret_key=${CANARY}`]],
])('%s does not show what is secret in it (%#)', (path, value) => {
  for (const entry of [request(), response()]) {
    const line = JSON.stringify(withValue(entry, path, value));
    expect(line).toContain(CANARY);
    expect(everything(line)).not.toContain(CANARY);
  }
});

test('what is said in clear stays: names, paths, HMACs', () => {
  const entry = response({ path: 'secret/data/production/db-password' });
  const text = JSON.stringify(entry);
  const redacted = redactEntry(JSON.parse(text) as JsonObject, text);
  expect(redacted.record).toEqual(entry);
  expect(redacted.text).toBe(text);
});

test.each([
  ['the version of a KV secret', response(), 'response.data.metadata.version', 2],
  ['an HTTP status', response(), 'response.data.http_status_code', 404],
])('%s stays', (_, entry, path, value) => {
  expect(everything(JSON.stringify(withValue(entry, path, value)))).not.toContain(REDACTED);
});

test.each([
  ['version', 'secret/data/app', 'response.data.version'],
  ['destroyed', 'kv1/app', 'response.data.metadata.destroyed'],
  ['version', 'kv1/app/data/x', 'response.data.metadata.version'],
  ['http_status_code of a secret', 'secret/data/app', 'response.data.data.http_status_code'],
])('a number called %s that is a value does not', (_, path, at) => {
  const entry = withValue(response({ path }), 'request.mount_point', path.startsWith('kv1') ? 'kv1/' : 'secret/');
  expect(everything(JSON.stringify(withValue(entry, at, NUMBER)))).not.toContain(String(NUMBER));
});

test('a status that is none is a value', () => {
  const entry = withValue(response(), 'response.data.http_status_code', NUMBER);
  expect(everything(JSON.stringify(entry))).not.toContain(String(NUMBER));
});

test('what looks like the status of a KMIP message stays in one alone', () => {
  const status = { tag: 'ResultStatus', type: 'Enumeration', value: '0x00000001' };
  const entry = withValue(response(), 'response.data', { batch: [status] });
  expect(everything(JSON.stringify({ ...entry, type: 'kmip-response' }))).toContain('0x00000001');
  expect(everything(JSON.stringify(entry))).not.toContain('0x00000001');
  const odd = withValue(entry, 'response.data', {
    batch: [
      { ...status, value: '0x12345678' },
      { ...status, note: CANARY },
    ],
  });
  expect(everything(JSON.stringify({ ...odd, type: 'kmip-response' }))).not.toMatch(/0x12345678|kanarienvogel/);
});

test('what is taken for plain holds nothing that scrubbing would change', () => {
  const word = fc.constantFrom(
    'password',
    'token',
    'secret_key',
    'Bearer',
    'Basic',
    'PRIVATE',
    'eyJhbGciOi',
    'hvs',
    ':',
    '/',
    '_',
    '-',
  );
  const plain = fc.array(fc.oneof(word, fc.stringMatching(/^[\w/:-]*$/))).map((parts) => parts.join(''));
  fc.assert(
    fc.property(plain, (text) => {
      expect(scrubText(text)).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});

test('redacting twice changes nothing more', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (data, text) => {
      const entry = withValue(withValue(response(), 'request.data', data), 'error', `${text} token=${text} ${TOKEN}`);
      const line = JSON.stringify(entry);
      const once = redactEntry(JSON.parse(line) as JsonObject, line);
      const twice = redactEntry(JSON.parse(once.text) as JsonObject, once.text);
      expect(twice.text).toBe(once.text);
      expect(JSON.parse(once.text)).toEqual(JSON.parse(JSON.stringify(once.record)));
    }),
  );
});

describe('a key that stands twice', () => {
  test.each([
    ['in the data', '"data":{"data":{', `"data":{"data":{"password":"${CANARY}",`],
    ['of the data', '"data":{"data"', `"data":{"data":{"password":"${CANARY}"},"data"`],
    ['of a token', '"client_token":', `"client_token":"${CANARY}","client_token":`],
    ['of a clear field', '"path":', `"path":"${CANARY}","path":`],
    ['at the top', '"auth":', `"auth":{"client_token":"${CANARY}"},"auth":`],
  ])('%s', (_, before, after) => {
    const line = JSON.stringify(response()).replace(before, after);
    expect(line).toContain(CANARY);
    expect(JSON.parse(line)).toEqual(response());
    expect(everything(line)).not.toContain(CANARY);
  });
});

test('whatever is nested too deep is a value', () => {
  for (const depth of [MAX_DEPTH - 3, MAX_DEPTH, MAX_DEPTH + 1, 200_000]) {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const deep = `${open.repeat(depth)}"${CANARY}"${close.repeat(depth)}`;
      for (const name of ['"error"', '"later"', '"forwarded_from"']) {
        const line = JSON.stringify(response()).replace('"auth"', `${name}:${deep},"auth"`);
        const out = newOutput();
        const framer = vault.frame(CONTEXT);
        framer.push(Buffer.from(`${line}\n`), SEEN, out);
        expect(out.records).toHaveLength(1);
        if (depth > MAX_DEPTH || name === '"later"') expect(out.records[0]?.text).not.toContain(CANARY);
        expect(normalizeAll(out).events).toHaveLength(1);
      }
    }
  }
});

test('an entry that was cut off, or glued to another, gives nothing away', () => {
  const line = JSON.stringify(withValue(response(), 'request.data', { password: CANARY, pin: NUMBER }));
  const next = JSON.stringify(response({ id: 'r-2' }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: line.length - 1 }), fc.constantFrom('', '\n', next), (end, glue) => {
      const said = everything(line.slice(0, end) + glue);
      expect(said).not.toMatch(/kanarienvogel|918273645/);
    }),
  );
});
