import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { keyvault } from '../../../src/sources/azure/keyvault.ts';
import { golden, goldenCases, takeAll } from '../golden.ts';

const VAULT = '/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V';
const take = (more: JsonObject) => {
  const record = { time: '2026-03-02T08:15:30.1234567Z', operationName: 'SecretGet', resourceId: VAULT, ...more };
  return takeAll(keyvault, Buffer.from(JSON.stringify(record)), 'a.json');
};
const event = (more: JsonObject) => take(more).observations[0]?.event;

describe('golden files', () => {
  it.each(goldenCases('azure'))('$name', ({ file, input, expectedPath }) => {
    expect(golden(keyvault, input, file)).toEqual(JSON.parse(readFileSync(expectedPath, 'utf8')));
  });
});

describe('what an operation does', () => {
  it.each<[string, string | undefined]>([
    ['SecretGet', 'read'],
    ['SecretBackup', 'read'],
    ['KeyBackup', 'read'],
    ['KeyDecrypt', 'read'],
    ['KeyUnwrap', 'read'],
    ['KeySign', 'read'],
    ['KeyGet', 'list'],
    ['CertificateGet', 'list'],
    ['SecretList', 'list'],
    ['SecretGetDeleted', 'list'],
    ['VaultGet', 'list'],
    ['SecretSet', 'write'],
    ['SecretRecover', 'write'],
    ['SecretPurge', 'delete'],
    ['VaultDelete', 'delete'],
    ['VaultPatch', 'admin'],
    ['VaultAccessPolicyChangedEventGridNotification', 'admin'],
    ['Microsoft.Insights/diagnosticSettings/write', 'audit'],
    ['Microsoft.Insights/diagnosticSettings/read', undefined],
    ['Authentication', undefined],
    ['SecretNearExpiryEventGridNotification', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
  ])('%s: %s', (operationName, kind) => {
    expect(event({ operationName })?.whosaw.access.kind).toBe(kind);
  });
});

describe('a record', () => {
  it.each<[string, JsonObject, number]>([
    ['of a vault', {}, 1],
    ['of a vault and another category', { category: 'AzurePolicyEvaluationDetails' }, 1],
    ['without a resource', { resourceId: null, category: 'AuditEvent' }, 1],
    ['without a resource, of another category', { resourceId: null, category: 'Administrative' }, 0],
    ['of another service', { resourceId: '/SUBSCRIPTIONS/S/PROVIDERS/MICROSOFT.STORAGE/X', category: 'AuditEvent' }, 0],
    ['without an operation', { operationName: '' }, 0],
  ])('%s', (_name, more, events) => {
    const { observations, rejections } = take(more);
    expect(observations).toHaveLength(events);
    expect(rejections.map(({ reason }) => reason)).toEqual(events === 0 ? ['not-a-record'] : []);
  });
});

describe('the result', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['of a status', { properties: { httpStatusCode: 200 } }, { outcome: 'success' }],
    ['of a status that is text', { properties: { httpStatusCode: '403' } }, { outcome: 'failure', reason: '403' }],
    ['of a signature alone', { resultSignature: 'Accepted' }, { outcome: 'success' }],
    ['of a failing signature alone', { resultSignature: 'Not Found' }, { outcome: 'failure', reason: 'Not Found' }],
    [
      'of a good status with a failing signature',
      { resultSignature: 'Forbidden', properties: { httpStatusCode: 200 } },
      { outcome: 'failure' },
    ],
    [
      'of a failing status with a good signature',
      { resultSignature: 'OK', properties: { httpStatusCode: 500 } },
      { outcome: 'failure', reason: '500' },
    ],
    ['never of the result type', { resultType: 'Success' }, { outcome: 'unknown' }],
    [
      'of a closed network',
      {
        resultSignature: 'Forbidden',
        resultDescription: 'Public network access is disabled and request is not from a trusted service.',
      },
      { reason: 'public network access is disabled' },
    ],
  ])('%s', (_name, more, expected) => {
    expect(event(more)?.event).toMatchObject(expected);
  });
});

describe('the object', () => {
  it.each<[string, JsonObject, string | undefined]>([
    [
      'of the id',
      { id: 'https://v.vault.azure.net/secrets/a', requestUri: 'https://v.vault.azure.net/secrets/b' },
      'azure:v/secrets/a',
    ],
    [
      'of the path where the id names none',
      { id: 'https://v.vault.azure.net/', requestUri: 'https://v.vault.azure.net/keys/b?x=/secrets/c' },
      'azure:v/keys/b',
    ],
    ['of an id with a port', { id: 'https://V.vault.azure.net:443/Secrets/A/' }, 'azure:v/secrets/a'],
    ['of a broken encoding', { id: 'https://v.vault.azure.net/secrets/%zz' }, 'azure:v/secrets/%zz'],
    ['not of the whole list', { requestUri: 'https://v.vault.azure.net/secrets?maxresults=25' }, undefined],
    ['not of the control plane', { requestUri: 'https://management.azure.com/secrets/a' }, undefined],
    ['not of something else', { id: 'secrets/a', requestUri: 7 }, undefined],
  ])('%s', (_name, properties, id) => {
    expect(event({ properties })?.whosaw.secret?.id).toBe(id);
  });
});

describe('the event id', () => {
  const base: JsonObject = {
    callerIpAddress: '203.0.113.9:1',
    correlationId: 'C',
    durationMs: '7',
    identity: { claim: { oid: 'o' } },
    properties: { id: 'https://v.vault.azure.net/secrets/a/0123456789abcdef0123456789abcdef', httpStatusCode: 200 },
  };
  const id = (more: JsonObject) => event({ ...base, ...more })?.event.id;

  it.each<[string, JsonObject]>([
    ['digits that say nothing', { time: '2026-03-02T08:15:30.12345670Z' }],
    ['numbers for text', { durationMs: 7 }],
    ['another port', { callerIpAddress: '203.0.113.9:2' }],
    ['cases', { correlationId: 'c', identity: { claim: { oid: 'O' } } }],
    ['what other tables leave out', { operationVersion: '7.4', resultType: 'Success' }],
  ])('is the same with %s', (_name, more) => {
    expect(id(more)).toBe(id({}));
  });

  it.each<[string, JsonObject]>([
    ['time', { time: '2026-03-02T08:15:30.1234568Z' }],
    ['operation', { operationName: 'SecretSet' }],
    ['object', { properties: { id: 'https://v.vault.azure.net/secrets/a', httpStatusCode: 200 } }],
    [
      'vault',
      {
        properties: { id: 'https://w.vault.azure.net/secrets/a/0123456789abcdef0123456789abcdef', httpStatusCode: 200 },
      },
    ],
    ['caller', { identity: { claim: { oid: 'p' } } }],
    ['address', { callerIpAddress: '203.0.113.10' }],
    [
      'status',
      {
        properties: { id: 'https://v.vault.azure.net/secrets/a/0123456789abcdef0123456789abcdef', httpStatusCode: 403 },
      },
    ],
    ['duration', { durationMs: '8' }],
    ['correlation', { correlationId: 'D' }],
  ])('is another one with another %s', (_name, more) => {
    expect(id(more)).not.toBe(id({}));
  });

  it('keeps whole seconds apart', () => {
    const ids = ['08:15:01Z', '08:15:10Z', '08:15:00Z', '08:15:10.0Z'].map((time) =>
      id({ time: `2026-03-02T${time}` }),
    );
    expect(new Set(ids).size).toBe(3);
  });
});

describe('laws', () => {
  it('no record makes it throw, and the same record is the same event', () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    const text = fc.oneof(
      json,
      fc.constantFrom('https://v.vault.azure.net/secrets/a', 'SecretGet', '403', '#EXT#@x', '__proto__'),
    );
    const record = fc.record(
      {
        time: fc.constantFrom('2026-03-02T08:15:30Z', 'x', 1),
        operationName: text,
        resourceId: fc.oneof(fc.constant(VAULT), json),
        category: fc.constant('AuditEvent'),
        resultSignature: text,
        resultDescription: text,
        callerIpAddress: text,
        durationMs: text,
        identity: fc.oneof(
          json,
          fc.record({ claim: fc.oneof(json, fc.dictionary(fc.constantFrom('upn', 'oid', 'appid', 'iss'), text)) }),
        ),
        properties: fc.oneof(json, fc.record({ id: text, requestUri: text, httpStatusCode: text })),
      },
      { requiredKeys: [] },
    );
    const law = fc.property(record, (value) => {
      const bytes = Buffer.from(JSON.stringify(value));
      const first = takeAll(keyvault, bytes, 'a.json');
      expect(first.observations.length + first.rejections.length).toBe(1);
      expect(takeAll(keyvault, bytes, 'a.json')).toEqual(first);
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it('credentials never come out', () => {
    const place = fc.constantFrom<(secret: string) => JsonObject>(
      (secret) => ({ properties: { requestUri: `https://v.vault.azure.net/secrets/a?sig=${secret}&x=1` } }),
      (secret) => ({
        properties: { requestUri: `https://v.vault.azure.net/secrets/a?api-version=7.4&access_token=${secret}` },
      }),
      (secret) => ({ properties: { a: [{ clientSecret: secret }] } }),
      (secret) => ({ properties: { clientInfo: `curl Bearer ${secret}` } }),
      (secret) => ({ resultDescription: `{"password":"${secret}"}` }),
    );
    const law = fc.property(place, fc.stringMatching(/^canary[a-z0-9]{6}$/), (where, secret) => {
      const taken = take(where(secret));
      expect(taken.observations).toHaveLength(1);
      expect(JSON.stringify(taken)).not.toContain('canary');
    });
    fc.assert(law, { numRuns: 200 });
  });
});
