import { expect, test } from 'vitest';
import { asEmail } from '../../src/lib/email.ts';

test.each([
  ['sam@example.org', 'sam@example.org'],
  ['Sam.Smith+x@Example.ORG', 'sam.smith+x@example.org'],
  ['анна@пример.рф', 'анна@пример.рф'],
  ['a@b', 'a@b'],
])('%s', (text, expected) => {
  expect(asEmail(text)).toBe(expected);
});

test.each([
  undefined,
  '',
  'sam',
  '@example.org',
  'sam@',
  'a@b@c',
  'sam smith@example.org',
  'sam@example.org\n',
  'sam/x@example.org',
  '<sam@example.org>',
  '"sam"@example.org',
  'sam\u202e@example.org',
  'sam\u200b@example.org',
  'sam\u0000@example.org',
  'sam\ud800@example.org',
  `${'x'.repeat(65)}@example.org`,
  `sam@${'x'.repeat(256)}`,
])('%j is none', (text) => {
  expect(asEmail(text)).toBeUndefined();
});
