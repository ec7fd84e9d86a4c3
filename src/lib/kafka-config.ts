import { z } from 'zod';
import { secretSource } from './secret-text.ts';

/** Keys of the config by which brokers are reached, wherever they stand. */
const path = z.string().min(1, 'must not be empty');
const broker = z.string().regex(/^[A-Za-z0-9.[\]:_-]+:\d{1,5}$/, 'must be host:port');

export const TLS = z
  .union([
    z.boolean(),
    z.strictObject({
      ca: path.optional().describe('PEM file of the authority; without it those of the system'),
      cert: path.optional().describe('PEM file of the certificate that whosaw shows'),
      key: path.optional().describe('PEM file of its key'),
    }),
  ])
  .default(false)
  .describe('true, or { ca, cert, key }: PEM files');

export const SASL = z
  .strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
    username: z.string().min(1),
    password: secretSource.describe('${NAME} of the environment, or { file: PATH }'),
  })
  .optional()
  .describe('how whosaw says who it is');

export const BROKERS = z.array(broker).min(1).describe('host:port of some of the brokers');

export interface KafkaKeys {
  readonly brokers: readonly string[];
  readonly tls: z.infer<typeof TLS>;
  readonly sasl?: z.infer<typeof SASL>;
}
