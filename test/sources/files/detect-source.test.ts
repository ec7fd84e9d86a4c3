import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { detectSource } from '../../../src/sources/files/detect-source.ts';
import { describeCorpora } from '../../corpora.ts';

const VAULT = '{"time":"2026-01-01T00:00:00Z","type":"response","auth":{"token_type":"service"},"request":{"id":"1"}}';
const TRAIL =
  '{"eventVersion":"1.08","userIdentity":{"type":"Root"},"eventSource":"sts.amazonaws.com","eventName":"X"}';
const AZURE = '{"time":"2026-01-01T00:00:00Z","category":"AuditEvent","operationName":"SecretGet","identity":{}}';

describe('detectSource', () => {
  const cases: readonly [string, string, string | undefined][] = [
    ['a Vault entry', VAULT, 'vault'],
    [
      'a Vault entry with its keys in another order',
      '{"request":{"id":"1"},"auth":{},"type":"request","time":""}',
      'vault',
    ],
    ['a Vault entry behind a prefix', `vault-1 audit: ${VAULT}\n`, 'vault'],
    ['a Vault entry behind half of another', `"remote_address":"10.0.0.1"},"x":{"a":1}}\n${VAULT}`, 'vault'],
    ['a Vault entry of which only the beginning is there', VAULT.slice(0, 80), 'vault'],
    ['a CloudTrail file', `{"Records":[${TRAIL},${TRAIL}]}`, 'cloudtrail'],
    ['an empty CloudTrail file', '{"Records":[]}', 'cloudtrail'],
    ['CloudTrail records, one a line', `${TRAIL}\n${TRAIL}\n`, 'cloudtrail'],
    ['a bare array of CloudTrail records', `[\n  ${TRAIL}\n]`, 'cloudtrail'],
    ['what lookup-events prints', `{"Events":[{"EventId":"1","CloudTrailEvent":"{}"}]}`, 'cloudtrail'],
    ['EventBridge', `{"detail-type":"AWS API Call via CloudTrail","detail":${TRAIL}}`, 'cloudtrail'],
    ['Key Vault records, one a line', `${AZURE}\n`, 'keyvault'],
    ['a Key Vault blob', `{"records":[${AZURE}]}`, 'keyvault'],
    ['a pretty-printed Key Vault blob', JSON.stringify({ records: [JSON.parse(AZURE)] }, null, 2), 'keyvault'],
    ['a row of AZKVAuditLogs', '{"TimeGenerated":"","OperationName":"SecretGet"}', 'keyvault'],
    ['text', 'hello\nworld\n', undefined],
    ['nothing', '', undefined],
    ['other JSON', '{"type":"x","message":"y"}\n', undefined],
    ['broken JSON', '{"a":"\\', undefined],
  ];
  it.each(cases)('%s', (_, text, expected) => {
    expect(detectSource(Buffer.from(text), 'file.json')).toBe(expected);
  });

  it('does not believe text inside values', () => {
    const hostile = JSON.stringify({
      time: '',
      type: 'request',
      auth: { x: TRAIL },
      request: { path: '"Records":[{' },
    });
    expect(detectSource(Buffer.from(hostile), 'x')).toBe('vault');
    expect(detectSource(Buffer.from(JSON.stringify({ message: VAULT })), 'x')).toBe(undefined);
  });

  it('does not believe keys that callers choose', () => {
    const data = { eventVersion: 'hmac-sha256:1', Records: 'hmac-sha256:2', operationName: 'hmac-sha256:3' };
    const entry = JSON.stringify({ time: '', type: 'request', auth: {}, request: { data } });
    expect(detectSource(Buffer.from(entry), 'x')).toBe('vault');
  });

  it('falls back to the path', () => {
    expect(detectSource(Buffer.alloc(0), '1_CloudTrail_eu-central-1_20260101T0000Z_x.json.gz')).toBe('cloudtrail');
  });

  it('looks at hostile text in linear time', () => {
    const start = performance.now();
    for (const text of ['{"', '{"a":', '[{', '\n{"\\', '{"a":"b",']) {
      detectSource(Buffer.from(text.repeat(200_000)), 'x');
    }
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describeCorpora('detectSource on real logs', (folder) => {
  const read = (path: string) => readFileSync(`${folder}/${path}`);
  const cases: readonly [string, () => Buffer, string][] = [
    ['vault/openbao/scenario.jsonl.gz', () => gunzipSync(read('vault/openbao/scenario.jsonl.gz')), 'vault'],
    ['vault/elastic/test-audit.log', () => read('vault/elastic/test-audit.log'), 'vault'],
    ['aws/test-get-secret-value-json.log', () => read('aws/test-get-secret-value-json.log'), 'cloudtrail'],
    ['azure/keyvault-auditevents.jsonl', () => read('azure/keyvault-auditevents.jsonl'), 'keyvault'],
    ['azure/storage-blob-sample.json', () => read('azure/storage-blob-sample.json'), 'keyvault'],
  ];
  it.each(cases)('%s', (path, bytes, expected) => {
    expect(detectSource(bytes(), path)).toBe(expected);
  });
});
