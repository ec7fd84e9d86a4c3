import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/enrich/pattern.ts';

describe('compilePattern', () => {
  it.each([
    ['vault:*/secret/production/**', 'vault:eu/secret/production/db-password'],
    ['vault:*/secret/production/**', 'vault:eu/secret/production/a/b/c'],
    ['aws:444455556666/**', 'aws:444455556666/eu-central-1/payments/db-password'],
    ['azure:*-prod/**', 'azure:payments-prod/secrets/db-password'],
    ['**/db-password', 'vault:eu/secret/production/db-password'],
    ['**/db-password', 'azure:payments/secrets/db-password'],
    ['**/canary-*', 'aws:444455556666/eu-central-1/canary-1'],
    ['**/canary-*', 'vault:eu/secret/canary-'],
    ['person:*@payments.acme.example', 'person:sam@payments.acme.example'],
    ['vault:eu/secret/**/key', 'vault:eu/secret/key'],
    ['vault:eu/secret/**/key', 'vault:eu/secret/a/b/key'],
    ['vault:**/key', 'vault:eu/secret/key'],
    ['vault:eu/secret/*', 'vault:eu/secret/a:b'],
    ['vault:eu/secret/a*c*e', 'vault:eu/secret/abcde'],
    ['vault:eu/secret/db', 'vault:eu/secret/db'],
    ['**', 'vault:eu/secret/db'],
    ['*:eu/**', 'vault:eu/secret/db'],
    ['vault:eu/secret/[x]/db.?', 'vault:eu/secret/[x]/db.?'],
  ])('%s covers %s', (pattern, id) => expect(compilePattern(pattern)(id)).toBe(true));

  it.each([
    ['vault:*/secret/production/**', 'vault:eu/other/secret/production/db-password'],
    ['vault:*/secret/production/**', 'vault:eu/secret/staging/db-password'],
    ['vault:*/secret/production/**', 'vault:eu/secret/production'],
    ['vault:*/secret/production/**', 'vault:eu/secret/production-old/db'],
    ['azure:*-prod/**', 'azure:payments-prod2/secrets/x'],
    ['aws:444455556666/**', 'aws:4444555566667/eu-central-1/x'],
    ['**/db-password', 'vault:eu/secret/production/not-db-password'],
    ['**/db-password', 'vault:eu/secret/db-password/old'],
    ['**/canary-*', 'vault:eu/secret/canary-1/deep'],
    ['person:*@payments.acme.example', 'person:sam@payments.acme.example.evil.example'],
    ['person:*@payments.acme.example', 'person:x/y@payments.acme.example'],
    ['vault:eu/secret/*', 'vault:eu/secret/a/b'],
    ['*/secret/db', 'vault:eu/secret/db'],
    ['vault:eu/secret/db', 'vault:eu/secret/DB'],
    ['vault:eu/secret/db', 'vault:eu/secret/dbx'],
    ['vault:eu/secret/d.', 'vault:eu/secret/db'],
    ['a**a', 'a'],
  ])('%s does not cover %s', (pattern, id) => expect(compilePattern(pattern)(id)).toBe(false));

  it('says what a regular expression says', () => {
    const piece = fc.constantFrom('a', 'b', '/', '*', '**', '**/');
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 7 }).map((pieces) => `x:${pieces.join('')}`),
        fc.array(fc.constantFrom('a', 'b', '/', ':'), { maxLength: 9 }).map((chars) => `x:${chars.join('')}`),
        (pattern, id) => {
          expect(compilePattern(pattern)(id)).toBe(asRegExp(pattern).test(id));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('takes no time for what makes other matchers slow', () => {
    const covers = compilePattern(`vault:${'*a'.repeat(40)}**${'*a'.repeat(40)}b`);
    const id = `vault:${'a'.repeat(20_000)}`;
    const start = performance.now();
    expect(covers(`${id}b`)).toBe(true);
    expect(covers(`${id}cb`)).toBe(false);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

/** Backtracks, and only knows ids whose one word before the first `:` is `x`. */
function asRegExp(pattern: string): RegExp {
  const body = pattern.replace(/(?<=[/:])\*{2,}\/|\*{2,}|\*/g, (stars) => {
    if (stars === '*') return '[^/]*';
    return stars.endsWith('/') ? '(?:.*/)?' : '.*';
  });
  return new RegExp(`^${body}$`);
}
