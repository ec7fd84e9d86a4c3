import { WhosawError } from '../../core/errors.ts';
import { ask } from './answers.ts';
import type { Elastic } from './client.ts';
import type { Indices } from './indices.ts';
import { MAPPING_VERSION } from './mappings.ts';

/** Without templates the indices would be made without their mappings. Throws STORE_REFUSED. */
export async function refuseUnprepared(elastic: Elastic, { state }: Indices): Promise<void> {
  const call = { method: 'GET', path: `/${state}/_mapping` } as const;
  const found = await ask<Record<string, Mapped>>(elastic, call, [404]);
  const [{ mappings } = {}] = Object.values(found);
  const { _meta: { version } = {} } = mappings ?? {};
  if (version === MAPPING_VERSION) return;
  const what = version === undefined ? 'is not prepared' : `is prepared for another whosaw (${version})`;
  throw new WhosawError(
    'STORE_REFUSED',
    `Elasticsearch at ${elastic.address} ${what}: run \`whosaw setup elasticsearch\` first.`,
  );
}

interface Mapped {
  readonly mappings?: { readonly _meta?: { readonly version?: number } };
}
