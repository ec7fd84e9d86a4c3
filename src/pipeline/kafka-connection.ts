import { readFile } from 'node:fs/promises';
import { readSecret } from '../alerts/read-secret.ts';
import { WhosawError } from '../core/errors.ts';
import type { KafkaKeys } from '../lib/kafka-config.ts';
import type { KafkaConnection } from '../lib/kafka-connection.effect.ts';
import { SecretText } from '../lib/secret-text.ts';
import type { Log } from './log.ts';

/** Reads what the config names; `place`: where it stands, for messages. Throws CONFIG_INVALID. */
export async function connectionOf(
  { brokers, tls, sasl }: KafkaKeys,
  place: string,
  log?: Log,
): Promise<KafkaConnection> {
  return {
    brokers,
    ...(tls === false ? {} : { tls: tls === true ? true : await tlsFiles(tls, place) }),
    ...(sasl === undefined
      ? {}
      : { sasl: { ...sasl, password: await readSecret(sasl.password, `${place}.sasl.password`) } }),
    debug: (text, facts) => log?.debug(facts, `kafkajs: ${text}`),
  };
}

async function tlsFiles(
  files: Exclude<KafkaKeys['tls'], boolean>,
  place: string,
): Promise<NonNullable<KafkaConnection['tls']>> {
  const read = async (name: keyof typeof files): Promise<string | undefined> => {
    const file = files[name];
    if (file === undefined) return undefined;
    return readFile(file, 'utf8').catch((cause: unknown) => {
      throw new WhosawError(
        'CONFIG_INVALID',
        `${place}.tls.${name}: ${file} cannot be read; check the path and its permissions.`,
        { cause },
      );
    });
  };
  const [ca, cert, key] = await Promise.all([read('ca'), read('cert'), read('key')]);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key: new SecretText(key) }),
  };
}
