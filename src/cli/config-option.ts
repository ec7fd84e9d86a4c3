import { readFile } from 'node:fs/promises';
import { access } from 'node:fs/promises';
import { Option } from 'commander';
import { WhosawError } from '../core/errors.ts';
import { parseConfig, type Config } from '../pipeline/config.ts';

/** Where the config is looked for, after -c and WHOSAW_CONFIG. */
const PLACES = ['whosaw.yaml', '/etc/whosaw/whosaw.yaml'];

export function configOption(): Option {
  return new Option('-c, --config <file>', `the config; without it ${PLACES.join(', else ')}`).env('WHOSAW_CONFIG');
}

/** Throws CONFIG_INVALID with all problems of the file. */
export async function readConfig(given: string | undefined): Promise<Config> {
  const config = await readConfigIfAny(given);
  if (config !== undefined) return config;
  throw new WhosawError(
    'CONFIG_INVALID',
    `There is no config: give one with -c FILE, or write ${PLACES.join(' or ')}.`,
  );
}

/** Undefined where none is given and none stands where it is looked for. Throws as `readConfig` does. */
export async function readConfigIfAny(given: string | undefined): Promise<Config | undefined> {
  const file = given ?? (await firstThatExists());
  if (file === undefined) return undefined;
  const config = parseConfig(await textOf(file), file);
  if (config.ok) return config.value;
  const count = config.error.length === 1 ? 'a problem' : `${config.error.length} problems`;
  throw new WhosawError('CONFIG_INVALID', `${file} has ${count}; nothing was started.`, { problems: config.error });
}

async function firstThatExists(): Promise<string | undefined> {
  for (const place of PLACES) {
    const exists = await access(place).then(
      () => true,
      () => false,
    );
    if (exists) return place;
  }
  return undefined;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new WhosawError('CONFIG_INVALID', `The config ${file} cannot be read; check the path and its permissions.`, {
      cause,
    });
  }
}
