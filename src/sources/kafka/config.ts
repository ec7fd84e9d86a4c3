import { z } from 'zod';
import { BROKERS, SASL, TLS } from '../../lib/kafka-config.ts';

/** `kafka:` of a source: topics that another shipper fills. */
export const KAFKA_TOPICS = z.strictObject({
  brokers: BROKERS,
  topics: z
    .array(z.string().regex(/^[\w.-]{1,249}$/, 'must be the name of a topic'))
    .min(1)
    .describe('a message is one record, as the source writes it, or several in lines'),
  group: z.string().min(1).default('whosaw-source').describe('consumer group: nobody else may use it'),
  tls: TLS,
  sasl: SASL,
});
export type KafkaTopicsConfig = z.infer<typeof KAFKA_TOPICS>;
