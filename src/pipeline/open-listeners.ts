import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSecret } from '../alerts/read-secret.ts';
import { WhosawError } from '../core/errors.ts';
import type { AccessReader } from '../core/access-reader.ts';
import { parseBytes } from '../lib/bytes.ts';
import { sha256 } from '../lib/hash.ts';
import { FORMATS } from '../sources/formats.ts';
import { parseAddress } from '../sources/listen/address.ts';
import { listen, type Listeners } from '../sources/listen/listen.ts';
import type { Certificate } from '../sources/listen/protocol.ts';
import { checkCertificate } from './check-certificate.ts';
import type { Config } from './config.ts';
import type { Log } from './log.ts';
import type { SourceConfig } from './source-config.ts';
import { unhealedSources } from './source-problems.ts';

/** Opens what the config listens at; undefined where it is nothing. Throws LISTENER_UNAVAILABLE or CONFIG_INVALID. */
export async function openListeners(
  config: Config,
  store: Pick<AccessReader, 'checkpoint'>,
  log: Log,
): Promise<Listeners | undefined> {
  const listening = Object.entries(config.sources).filter(([, { listen: address }]) => address !== undefined);
  if (listening.length === 0) return undefined;
  for (const source of unhealedSources(config.sources)) log.warn({ source }, UNHEALED);
  const sources = listening.map(async ([name, source]) => ({
    ...(await listenerOf(name, source)),
    spill: { folder: spillFolder(config, name), limitBytes: parseBytes(config.spill.limit) ?? 0 },
    checkpoint: await store.checkpoint(name),
  }));
  return listen({
    sources: await Promise.all(sources),
    formatOf: (type) => FORMATS[type],
    notice: (source, text, facts) => log.warn({ source, ...facts }, text),
  });
}

export const UNHEALED =
  'A socket is no record: what Vault sends while nobody listens is lost. Add a file audit device of the same cluster as a source.';

export function spillFolder({ spill, store }: Config, source: string): string {
  // A config without a place for them is refused before.
  return join(spill.path ?? join(store.type === 'duckdb' ? store.path : '', 'spill'), source);
}

/** Reads what it names: certificate, key, token. */
export async function listenerOf(name: string, source: SourceConfig): Promise<ListenerFacts> {
  const address = parseAddress(source.listen ?? '');
  if (address === undefined) throw new WhosawError('CONFIG_INVALID', `sources.${name}.listen is no address.`);
  const { tls, token } = source;
  const certificate = tls === undefined ? undefined : await certificateOf(name, tls);
  if (certificate !== undefined) checkCertificate(certificate, `sources.${name}.tls`, Date.now());
  return {
    name,
    type: source.type,
    address,
    ...(source.type === 'vault' ? { cluster: source.cluster } : {}),
    ...(certificate === undefined ? {} : { tls: certificate }),
    ...(token === undefined ? {} : { tokenHash: sha256((await readSecret(token, `sources.${name}.token`)).reveal()) }),
  };
}

type ListenerFacts = Omit<Parameters<typeof listen>[0]['sources'][number], 'spill' | 'checkpoint'>;

async function certificateOf(name: string, tls: NonNullable<SourceConfig['tls']>): Promise<Certificate> {
  const [certificate, key] = await Promise.all([
    pem(tls.certificate, `sources.${name}.tls.certificate`),
    pem(tls.key, `sources.${name}.tls.key`),
  ]);
  if (tls.client_ca === undefined) return { certificate, key };
  return { certificate, key, clientCa: await pem(tls.client_ca, `sources.${name}.tls.client_ca`) };
}

async function pem(path: string, place: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new WhosawError('LISTENER_UNAVAILABLE', `${place}: ${path} cannot be read; check path and permissions.`, {
      cause,
    });
  });
}
