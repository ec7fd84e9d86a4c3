import { z } from 'zod';
import { secretSource } from '../../lib/secret-text.ts';
import { PERIODS } from './indices.ts';

const url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .refine((text) => !/^https?:\/\/[^/]*@/.test(text), 'must not hold credentials: they are for api_key');

/** `store:` of the config, for a cluster. */
export const ELASTICSEARCH = z.strictObject({
  type: z.literal('elasticsearch').describe('Elasticsearch 9: an index per event day; see docs/elasticsearch.md'),
  url: z.union([url, z.array(url).min(1)]).describe('its address, or a list of them'),
  api_key: secretSource.optional().describe('${NAME} of the environment, or { file: PATH }; without it none is sent'),
  ca: z.string().min(1).optional().describe("PEM file of the authority that signed the server's certificate"),
  prefix: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,40}$/, 'must be lower case letters, digits and dashes, beginning with a letter')
    .default('whosaw')
    .describe('what the names of all indices begin with'),
  period: z.enum(PERIODS).default('day').describe('events of one index; of an existing store it stays as it is'),
  shards: z.number().int().min(1).max(100).default(1).describe('of each index of events'),
  replicas: z.number().int().min(0).max(10).default(1).describe('copies of each index'),
  retention: z
    .string()
    .regex(/^[1-9]\d{0,4}d$/, 'must be days, such as 400d')
    .optional()
    .describe('older indices of events are deleted, where the server has lifecycles; without it nothing is'),
});
export type ElasticsearchConfig = z.infer<typeof ELASTICSEARCH>;
