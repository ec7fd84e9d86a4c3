import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayNeedScrubbing, scrubText } from '../../src/lib/scrub.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl';
const VAULT = `hvs.${'CAESIJz1b2'.repeat(3)}`;
const LEGACY = `s.${'a1B2c3D4'.repeat(3)}`;
const PEM = (label: string) => `-----BEGIN ${label}-----\nMIIEow\nIBAAKC\n-----END ${label}-----`;

describe('scrubText takes out', () => {
  it.each([
    ['a bearer token', 'Authorization: Bearer abcdef.123-x==, next', 'Authorization: Bearer [redacted], next'],
    ['a bearer token of letters', 'bearer abcdefghijkl', 'bearer [redacted]'],
    ['basic credentials', 'Authorization: Basic YW5hOnB3', 'Authorization: Basic [redacted]'],
    ['a web token', `token ${JWT} expired`, 'token [redacted] expired'],
    ['an encrypted web token', `x ${JWT}.a.b`, 'x [redacted]'],
    ['a Vault token', `read with ${VAULT}: denied`, 'read with [redacted]: denied'],
    ['a Vault batch token', `hvb.${'AAAAAQ'.repeat(9)}`, '[redacted]'],
    ['a Vault recovery token', `hvr.${'AAAAAQ'.repeat(9)}`, '[redacted]'],
    ['a legacy Vault token', `key=${LEGACY}; ok`, 'key=[redacted]; ok'],
    ['a private key', `x ${PEM('RSA PRIVATE KEY')} y`, 'x [redacted] y'],
    ['a PGP key', PEM('PGP PRIVATE KEY BLOCK'), '[redacted]'],
    ['two private keys', `${PEM('PRIVATE KEY')} and ${PEM('EC PRIVATE KEY')}`, '[redacted] and [redacted]'],
    ['a private key that was cut off', 'x -----BEGIN PRIVATE KEY-----\nMIIE', 'x [redacted]'],
    ['a password in a URL', 'postgres://app:hunter2@db.example/x', 'postgres://app:[redacted]@db.example/x'],
    ['token=', 'https://a.example/x?token=abc&v=1', 'https://a.example/x?token=[redacted]&v=1'],
    ['sig=', 'https://a.example/x?sv=1&sig=a%2Bb%3D', 'https://a.example/x?sv=1&sig=[redacted]'],
    ['access_token=', '?access_token=abc#top', '?access_token=[redacted]'],
    ['X-Amz-Signature', '?X-Amz-Signature=ab12&X-Amz-Date=1', '?X-Amz-Signature=[redacted]&X-Amz-Date=1'],
    ['X-Amz-Security-Token', '?a=1&x-amz-security-token=IQoJ', '?a=1&x-amz-security-token=[redacted]'],
    ['an authorization code', 'https://a.example/cb?code=abc&state=2', 'https://a.example/cb?code=[redacted]&state=2'],
    ['password=', 'password=hunter2', 'password=[redacted]'],
    ['a quoted password with spaces', 'password="correct horse" x', 'password="[redacted]" x'],
    ['a password that looks like another name', 'password=token=abc', 'password=[redacted]'],
    ['DB_PASSWORD=', 'export DB_PASSWORD=hunter2', 'export DB_PASSWORD=[redacted]'],
    ['AWS_SECRET_ACCESS_KEY=', 'AWS_SECRET_ACCESS_KEY=abc/def+1 run', 'AWS_SECRET_ACCESS_KEY=[redacted] run'],
    ['AccountKey=', 'AccountName=a;AccountKey=ab==;B=c', 'AccountName=a;AccountKey=[redacted];B=c'],
    ['an encoded query', 'next=%3Ftoken%3Dabc', 'next=%3Ftoken%3D[redacted]'],
    ['an encoded code', '%26code%3Dabc', '%26code%3D[redacted]'],
    ['JSON in a string', '{"password":"hunter2","a":1}', '{"password":"[redacted]","a":1}'],
    ['JSON with an apostrophe', '{"password":"it\'s me"}', '{"password":"[redacted]"}'],
    ['JSON with an escaped quote', '{"password":"a\\"b","a":1}', '{"password":"[redacted]","a":1}'],
    ['JSON in JSON in a string', String.raw`"{\"token\": \"abc\"}"`, String.raw`"{\"token\": \"[redacted]\"}"`],
    ['numbers in JSON', '{"pwd": 1234}', '{"pwd": [redacted]}'],
    ['single quotes', "{'clientSecret': 'abc'}", "{'clientSecret': '[redacted]'}"],
  ])('%s', (_name, text, expected) => {
    expect(scrubText(text)).toBe(expected);
  });
});

describe('scrubText leaves', () => {
  it.each([
    'arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/db-password-AbCdEf',
    'hmac-sha256:5f0c6a1e0d2b',
    'token=hmac-sha256:5f0c6a1e0d2b',
    '{"client_token":"hmac-sha256:5f0c","a":1}',
    'clientRequestToken=3a401f71-0681-4995',
    '{"secretId":"prod/db","versionId":"1"}',
    'errorCode=AccessDenied status code=403',
    'User: arn:aws:iam::111122223333:user/ana is not authorized to perform: secretsmanager:GetSecretValue',
    'Basic authentication is off',
    'bearer none',
    'secretsmanager.amazonaws.com s3.eu-central-1.amazonaws.com',
    'https://ops@vault.example/ui?x=1',
    'the password was wrong: try again',
    'eyJ',
    '',
  ])('%s', (text) => {
    expect(scrubText(text)).toBe(text);
  });
});

const WORDS =
  'token password DB_ code sig secret = : " \' \\ & ? %26 %3D aGk6aG8= hmac-sha256: [redacted] :// u:p@ x a.b';
const SPECIAL = ['Bearer ', 'Basic ', ' ', '\n', '\t', '\u0000', '\u2028', '🔑', JWT, VAULT, LEGACY];
const FENCES = ['-----BEGIN PRIVATE KEY-----', '-----END PRIVATE KEY-----'];
const piece = fc.constantFrom(...WORDS.split(' '), ...SPECIAL, ...FENCES);
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(piece, { maxLength: 14 }).map((parts) => parts.join('')),
);

describe('laws', () => {
  it('scrubbing twice changes nothing more', () => {
    const twice = fc.property(text, (value) => {
      expect(scrubText(scrubText(value))).toBe(scrubText(value));
    });
    fc.assert(twice, { numRuns: 3_000 });
  });

  it('the look at JSON text misses nothing that scrubbing would change', () => {
    const found = fc.property(text, (value) => {
      expect(scrubText(value) === value || mayNeedScrubbing(JSON.stringify({ value }))).toBe(true);
    });
    fc.assert(found, { numRuns: 3_000 });
  });

  it.each([
    'eyJaaaaaaaa-',
    '-----BEGIN PRIVATE KEY-----',
    '"a"password"',
    '://a:',
    's.aaaa',
    '\\',
    'token',
    "'pwd'  :  ",
    'Basic a',
  ])('takes linear time on %s again and again', (unit) => {
    const started = performance.now();
    scrubText(`"='%@${unit.repeat(1_000_000 / unit.length)}`);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
