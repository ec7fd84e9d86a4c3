import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/enrich/pattern.ts';
import { guessEnvironment } from '../../src/learn/guess-environment.ts';

const GUESSES: readonly (readonly [string, string, string])[] = [
  ['vault:eu/secret/production/db-password', 'production', 'vault:eu/secret/production/**'],
  ['vault:eu/secret/prod/web/db', 'production', 'vault:eu/secret/prod/**'],
  ['vault:eu/team-a/kv/stg/web/db', 'staging', 'vault:eu/team-a/kv/stg/**'],
  ['vault:eu/kv-dev/web/db', 'development', 'vault:eu/*-dev/**'],
  ['vault:eu/secret/prod/dev/db', 'production', 'vault:eu/secret/prod/**'],
  ['aws:444455556666/eu-central-1/prod/db', 'production', 'aws:444455556666/*/prod/**'],
  ['aws:444455556666/eu-central-1/prod-db', 'production', 'aws:444455556666/*/prod-*'],
  ['aws:444455556666/eu-central-1/payments/db_uat', 'staging', 'aws:444455556666/*/payments/*_uat'],
  ['azure:payments-prod/secrets/db', 'production', 'azure:*-prod/**'],
  ['azure:qa-payments/keys/test-key', 'test', 'azure:qa-*/**'],
  ['azure:dev/secrets/db', 'development', 'azure:dev/**'],
];

const NONE = [
  'vault:eu/secret/web/prod',
  'vault:prod/secret/web/db',
  'vault:eu/secret/product/db',
  'vault:eu/secret/reproduction/db',
  'azure:payments/secrets/prod-db',
  'aws:444455556666/eu-central-1/payments/db',
  'vault:eu/secret/prod/*/db',
  'person:prod@acme.example',
  '',
];

describe('the environment in the id of a secret', () => {
  it.each(GUESSES)('%s is in %s, as all of %s', (id, environment, pattern) => {
    expect(guessEnvironment(id)).toEqual({ environment, pattern });
    expect(compilePattern(pattern)(id)).toBe(true);
  });

  it.each(NONE)('is not guessed from "%s"', (id) => {
    expect(guessEnvironment(id)).toBeUndefined();
  });
});
