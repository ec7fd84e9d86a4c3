import { z } from 'zod';
import { parseDuration } from '../../lib/duration.ts';
import { BROKERS, SASL, TLS } from '../../lib/kafka-config.ts';

const duration = (fallback: string) =>
  z
    .string()
    .refine((text) => parseDuration(text) !== undefined, 'must be a duration such as 30m, 2h or 1d')
    .default(fallback);
const RETENTION = z.strictObject({
  raw: duration('3d').describe('how long detection may stand still before records are lost to it'),
  events: duration('7d').describe('how long the store may be away'),
  hits: duration('10d').describe('of hits and alerts: what the rules remember is rebuilt from them after a restart'),
  rejected: duration('7d'),
});

/** The bus of a cluster. */
export const KAFKA = z.strictObject({
  brokers: BROKERS,
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be letters, digits, dashes or underscores')
    .default('whosaw')
    .describe('topics are PREFIX.raw and so on, groups PREFIX-detect and so on'),
  partitions: z
    .number()
    .int()
    .min(1)
    .max(1_024)
    .default(12)
    .describe('of each topic: at most so many workers share a role; it cannot be changed later'),
  replication: z
    .number()
    .int()
    .min(1)
    .max(9)
    .default(1)
    .describe('copies of each message that setup asks for; 3 in production'),
  tls: TLS,
  sasl: SASL,
  session: duration('30s').describe('a worker that says nothing for so long has lost its partitions to others'),
  retention: RETENTION.prefault({}).describe('what setup asks the broker to keep'),
});
export type KafkaConfig = z.infer<typeof KAFKA>;
