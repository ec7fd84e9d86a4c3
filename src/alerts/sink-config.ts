import { z } from 'zod';
import { LEVELS } from '../core/rule.ts';
import { secretSource } from '../lib/secret-text.ts';

const level = (fallback: (typeof LEVELS)[number]) =>
  z
    .enum(LEVELS)
    .default(fallback)
    .describe('alerts of this level and above; rules with status experimental never notify');
const secret = secretSource.describe('${NAME} of the environment, or { file: PATH }');
const address = z
  .union([secretSource, z.url({ protocol: /^https?$/ })])
  .describe('an https address, ${NAME} of the environment, or { file: PATH }');

export const TERMINAL = z.strictObject({
  type: z.literal('terminal'),
  level: level('low'),
  zone: z.string().optional().describe("IANA time zone; without it the machine's own"),
});
export const FILE = z.strictObject({
  type: z.literal('file'),
  path: z.string().min(1).describe('NDJSON, one alert a line, appended; created 0600'),
  level: level('low'),
});
export const WEBHOOK = z.strictObject({
  type: z.literal('webhook'),
  url: address,
  secret: secret.optional().describe('signs the body: X-Whosaw-Signature'),
  level: level('medium'),
});
export const SLACK = z.strictObject({
  type: z.literal('slack'),
  webhook: secret,
  level: level('high'),
  zone: z.string().optional().describe("IANA time zone; without it the machine's own"),
});

/** All sinks that there are. */
export const SINK_SCHEMA = z.discriminatedUnion('type', [TERMINAL, FILE, WEBHOOK, SLACK]);
export type SinkConfig = z.infer<typeof SINK_SCHEMA>;
