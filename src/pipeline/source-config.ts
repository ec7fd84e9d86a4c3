import { z } from 'zod';
import { secretSource } from '../lib/secret-text.ts';
import { parseAddress } from '../sources/listen/address.ts';
import { CLOUDTRAIL_KEYS, CLOUDTRAIL_WAYS } from '../sources/aws/config.ts';
import { KEYVAULT_KEYS, KEYVAULT_WAYS } from '../sources/azure/config.ts';
import { KAFKA_TOPICS } from '../sources/kafka/config.ts';
import { ownProblems, type SourceKeys } from './source-keys.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const name = z
  .string()
  .regex(NAME, 'must be letters, digits, dots, dashes or underscores, beginning with a letter or digit');
export const path = z.string().min(1, 'must not be empty');

const file = path.describe(
  'a file (rotated files beside it are read too) or a folder that gains files; it need not exist yet',
);
const tls = z
  .strictObject({
    certificate: path.describe('PEM, with what is between it and the authority'),
    key: path.describe('PEM'),
    client_ca: path.optional().describe('PEM: clients must have a certificate of this authority'),
  })
  .optional()
  .describe('tls and https: PEM files; with client_ca clients must have a certificate of that authority');
const token = secretSource
  .optional()
  .describe('http and https: what senders must know; ${NAME} of the environment, or { file: PATH }');
const address = z
  .string()
  .refine((text) => parseAddress(text) !== undefined, 'must be an address such as tcp://127.0.0.1:9190');
const posted = address
  .refine((text) => /^https?:/.test(text), 'must begin with http:// or https://')
  .optional()
  .describe('instead of a file: http:// or https://HOST:PORT, for POST /v1/ingest/NAME');
const kafka = KAFKA_TOPICS.optional().describe('instead of a file: topics that another shipper fills');
const own = { file: file.optional(), listen: posted, token, tls, kafka };

function checkKeys<S extends SourceKeys>(...ways: readonly (keyof S & string)[]) {
  return (source: S, context: z.RefinementCtx): void => {
    for (const message of ownProblems(source, ways.filter((way) => source[way] !== undefined).length, ways))
      context.addIssue({ code: 'custom', message });
  };
}

/** One source: a file or folder that is followed, an address that is listened at, or a service in a cloud. */
export const SOURCE = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('vault'),
      cluster: name.default('vault').describe('the cluster in the ids of secrets and identities; the log names none'),
      ...own,
      listen: address
        .optional()
        .describe('instead of a file: tcp://HOST:PORT, tls://HOST:PORT, unix:///PATH, http:// or https://HOST:PORT'),
    })
    .superRefine(checkKeys()),
  z
    .strictObject({ type: z.literal('cloudtrail'), ...own, ...CLOUDTRAIL_KEYS })
    .superRefine(checkKeys(...CLOUDTRAIL_WAYS)),
  z.strictObject({ type: z.literal('keyvault'), ...own, ...KEYVAULT_KEYS }).superRefine(checkKeys(...KEYVAULT_WAYS)),
]);
export type SourceConfig = z.infer<typeof SOURCE>;
