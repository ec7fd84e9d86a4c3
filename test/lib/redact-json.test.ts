import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { redactRecord } from '../../src/lib/redact-json.ts';
import { isSecretName } from '../../src/lib/secret-name.ts';

const redact = (value: unknown) => {
  const text = JSON.stringify(value);
  const record = JSON.parse(text) as JsonObject;
  return { text: redactRecord(record, text, ['in'], isSecretName), record };
};

describe('redactRecord', () => {
  it.each<[string, unknown, unknown]>([
    ['strings', { password: 'a' }, { password: '[redacted]' }],
    ['numbers', { password: 0 }, { password: '[redacted]' }],
    ['booleans', { token: false }, { token: '[redacted]' }],
    ['whole objects', { privateKey: { a: { b: 1 } } }, { privateKey: '[redacted]' }],
    ['lists', { a: [[{ token: ['x', 'y'] }]] }, { a: [[{ token: '[redacted]' }]] }],
    ['pairs', [{ name: 'DB_PASSWORD', value: 'x' }], [{ name: 'DB_PASSWORD', value: '[redacted]' }]],
    ['pairs with a key', { Key: 'token', Value: 1 }, { Key: 'token', Value: '[redacted]' }],
    ['names', { 'hvs.CAESIinventedinventedinvented': 1 }, { '[redacted]': 1 }],
    [
      'own members named like inherited ones',
      JSON.parse('{"__proto__":{"token":"a"}}'),
      JSON.parse('{"__proto__":{"token":"[redacted]"}}'),
    ],
  ])('takes out %s', (_name, value, expected) => {
    const { text, record } = redact({ in: value });
    expect(JSON.parse(text)).toEqual({ in: expected });
    expect(record).toEqual({ in: expected });
    expect(text).toBe(JSON.stringify({ in: expected }));
  });

  it.each<[string, unknown]>([
    [
      'what vendors hid',
      { password: 'HIDDEN_DUE_TO_SECURITY_REASONS', userData: '<sensitiveDataRemoved>', token: '****' },
    ],
    ['nothing', { password: null, token: '' }],
    ['HMACs', { token: 'hmac-sha256:ab12' }],
    ['ids', { secretId: 'a', clientRequestToken: 'b' }],
    ['pairs of other names', [{ name: 'REGION', value: 'x' }, { name: 'password' }, { value: 'x' }]],
  ])('leaves %s', (_name, value) => {
    expect(redact({ in: value }).record).toEqual({ in: value });
  });

  it('looks for names in the given parts only, and for credentials everywhere', () => {
    const { record } = redact({ password: 'a', b: { c: ['Bearer abcdefgh12345'] } });
    expect(record).toEqual({ password: 'a', b: { c: ['Bearer [redacted]'] } });
  });

  it('gives the same text where nothing was secret', () => {
    const text = ' {"in" : {"a":1.0}, "b":"c"}';
    expect(redactRecord(JSON.parse(text) as JsonObject, text, ['in'], isSecretName)).toBe(text);
  });

  it('prints a text again that hides a value under a key that stands there twice', () => {
    for (const text of ['{"in":{"token":"canary","token":null}}', '{"a":"token=canary","a":1}']) {
      const printed = redactRecord(JSON.parse(text) as JsonObject, text, ['in'], isSecretName);
      expect(printed).not.toContain('canary');
    }
  });

  it('does not pollute prototypes', () => {
    redact(JSON.parse('{"in":{"__proto__":{"polluted":"Bearer abcdefgh12345"},"constructor":{"token":"x"}}}'));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
