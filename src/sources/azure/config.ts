import { z } from 'zod';
import { parseDuration } from '../../lib/duration.ts';

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const HOST = /^[a-z0-9.-]+(?::\d{1,5})?$/i;
/** Of which one says where it comes from. */
export const KEYVAULT_WAYS = ['workspace', 'event_hubs'] as const;
export const TABLES = ['AZKVAuditLogs', 'AzureDiagnostics', 'AzureActivity'] as const;
export type TableName = (typeof TABLES)[number];

const secret = z.union(
  [
    z.string().regex(/^\$\{[A-Za-z_]\w*\}$/, 'must be ${NAME} of the environment, or { file: PATH }'),
    z.strictObject({ file: z.string().min(1) }),
  ],
  'must be ${NAME} of the environment, or { file: PATH }',
);

const guid = (what: string) => z.string().regex(GUID, `must be the id of a ${what}`);

/** The keys of a `keyvault` source that is read from the cloud. */
export const KEYVAULT_KEYS = {
  workspace: guid('Log Analytics workspace')
    .optional()
    .describe('instead of file: a Log Analytics workspace, by its id'),
  tables: z
    .array(z.enum(TABLES))
    .min(1)
    .default([...TABLES])
    .describe('of a workspace: which tables; one that is not there is said once and looked for again'),
  endpoint: z
    .url({ protocol: /^https$/ })
    .default('https://api.loganalytics.io')
    .describe('of a workspace: where it is asked; other clouds have their own'),
  event_hubs: z
    .string()
    .regex(HOST, 'must be the host of a namespace, such as acme.servicebus.windows.net')
    .optional()
    .describe('instead of file: an Event Hubs namespace, read through its Kafka endpoint (port 9093)'),
  hubs: z
    .array(z.string().regex(/^[\w.-]{1,256}$/, 'must be the name of an event hub'))
    .min(1)
    .default(['insights-logs-auditevent'])
    .describe('of a namespace: its event hubs; insights-activity-logs has the Activity Log'),
  consumer_group: z.string().min(1).default('whosaw').describe('of a namespace: nobody else may use it'),
  connection_string: secret.optional().describe('of a namespace: ${NAME} of the environment, or { file: PATH }'),
  encrypted: z
    .boolean()
    .default(true)
    .describe('of a namespace: false only for a Kafka broker of your own, without a password'),
  subscriptions: z
    .array(guid('subscription'))
    .default([])
    .describe('names vaults of these subscriptions that send their audit events nowhere'),
  management: z
    .url({ protocol: /^https$/ })
    .default('https://management.azure.com')
    .describe('where subscriptions are asked; other clouds have their own'),
  since: z
    .string()
    .refine((text) => parseDuration(text) !== undefined, 'must be a duration such as 30m, 2h or 1d')
    .default('1d')
    .describe('of a workspace: how far back the first start reads; `whosaw backfill` reads what is older'),
};

export type KeyVaultConfig = z.infer<z.ZodObject<typeof KEYVAULT_KEYS>>;
