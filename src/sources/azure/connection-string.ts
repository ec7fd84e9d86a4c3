import { readFile } from 'node:fs/promises';
import { WhosawError } from '../../core/errors.ts';
import type { KeyVaultConfig } from './config.ts';

/** The secret itself; goes to the client, and nowhere else. */
export async function readConnectionString(secret: KeyVaultConfig['connection_string']): Promise<string | undefined> {
  if (secret === undefined) return undefined;
  if (typeof secret === 'object') {
    const text = await readFile(secret.file, 'utf8').catch((cause: unknown) => {
      throw new WhosawError('SOURCE_UNREADABLE', `connection_string: ${secret.file} cannot be read.`, { cause });
    });
    return text.trim();
  }
  const name = secret.slice(2, -1);
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new WhosawError('SOURCE_UNREADABLE', `connection_string: the environment has no ${name}.`);
  }
  return value;
}
