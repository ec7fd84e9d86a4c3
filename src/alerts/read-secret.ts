import { readFile } from 'node:fs/promises';
import { WhosawError } from '../core/errors.ts';
import { SecretText, type SecretSource } from '../lib/secret-text.ts';

/** `place`: the config key, for messages. Throws CONFIG_INVALID when there is nothing. */
export async function readSecret(source: SecretSource, place: string): Promise<SecretText> {
  if (typeof source === 'object') return new SecretText(await textOf(source.file, place));
  const name = source.slice(2, -1);
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new WhosawError('CONFIG_INVALID', `${place}: the environment has no ${name}; set it before the start.`);
  }
  return new SecretText(value);
}

/** An address that may stand in the config itself. */
export async function readAddress(source: SecretSource, place: string): Promise<SecretText> {
  const isPlain = typeof source === 'string' && !source.startsWith('${');
  const address = isPlain ? new SecretText(source) : await readSecret(source, place);
  const parsed = URL.canParse(address.reveal()) ? new URL(address.reveal()) : undefined;
  if (parsed?.protocol === 'https:' || parsed?.protocol === 'http:') return address;
  throw new WhosawError('CONFIG_INVALID', `${place}: must be an http or https address.`);
}

async function textOf(file: string, place: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    throw new WhosawError(
      'CONFIG_INVALID',
      `${place}: the file ${file} cannot be read; check the path and its permissions.`,
      { cause },
    );
  }
}
