import { describe, expect, it } from 'vitest';
import { findSecret } from '../../src/respond/find-secret.ts';
import { memoryReader, secretFacts } from './memory-reader.ts';

const reader = memoryReader({
  secrets: [
    'vault:eu/secret/production/db-password',
    'vault:eu/secret/staging/db-password',
    'vault:eu/secret/production/api-key',
    'azure:prod/secrets/db',
    'db',
  ].map((id) => secretFacts(id)),
});

it.each([
  ['its id', 'vault:eu/secret/production/db-password', 'vault:eu/secret/production/db-password'],
  ['an end of it', 'production/db-password', 'vault:eu/secret/production/db-password'],
  ['what is behind the store', 'eu/secret/production/api-key', 'vault:eu/secret/production/api-key'],
  ['an id that is also the end of another', 'db', 'db'],
])('finds a secret by %s', async (_, text, id) => {
  expect((await findSecret(reader, text)).secret.id).toBe(id);
});

describe('several', () => {
  it('are all named', async () => {
    await expect(findSecret(reader, 'db-password')).rejects.toMatchObject({
      code: 'AMBIGUOUS',
      message: `"db-password" may be any of these; write more of its id:
  vault:eu/secret/production/db-password
  vault:eu/secret/staging/db-password`,
    });
  });

  it.each([
    [20, false],
    [21, true],
  ])('are named up to a limit: %i', async (count, cut) => {
    const secrets = Array.from({ length: count }, (_, index) => secretFacts(`vault:eu/s${index}/db`));
    const error: unknown = await findSecret(memoryReader({ secrets }), 'db').catch((cause: unknown) => cause);
    expect(String(error).match(/vault:eu/g)).toHaveLength(20);
    expect(String(error).endsWith('\n  ...')).toBe(cut);
  });
});

describe('none', () => {
  it('comes with near ones', async () => {
    await expect(findSecret(reader, 'api-keys')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `No access to a secret "api-keys" was seen. Near to it:
  vault:eu/secret/production/api-key`,
    });
  });

  it('says that there are none', async () => {
    await expect(findSecret(memoryReader(), 'x')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'No access to a secret "x" was seen. The store has seen no secret of a similar name.',
    });
  });

  it('is found by a part of a segment', async () => {
    await expect(findSecret(reader, 'password')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
