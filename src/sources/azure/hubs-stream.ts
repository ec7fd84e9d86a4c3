import type { SourceFormat } from '../../core/source-format.ts';
import { SecretText } from '../../lib/secret-text.ts';
import { kafkaProblem, openTopics, type TopicsClient } from '../kafka/topics-client.ts';
import { topicsStream } from '../kafka/topics-stream.ts';
import type { AttemptsTiming, Trouble } from '../streams/attempts.ts';
import type { Notice, Stream } from '../streams/stream.ts';
import { readConnectionString } from './connection-string.ts';
import type { KeyVaultConfig } from './config.ts';

type HubsConfig = Pick<KeyVaultConfig, 'hubs' | 'consumer_group' | 'connection_string' | 'encrypted'>;

export interface HubsStreamOptions {
  /** The source's name in the config. */
  readonly source: string;
  readonly format: SourceFormat;
  readonly host: string;
  readonly config: HubsConfig;
  readonly notice: Notice;
  readonly timing?: (Partial<AttemptsTiming> & { readonly settleMs?: number; readonly lookMs?: number }) | undefined;
}

/** Diagnostic events come so late. */
const SETTLE_MS = 15 * 60_000;

/** Reads Event Hubs through their Kafka endpoint. */
export function hubsStream({ source, format, host, config, notice, timing }: HubsStreamOptions): Stream {
  return topicsStream({
    source,
    format,
    host,
    place: `eventhub://${host}`,
    open: () => openHubs(host, config),
    explain: (error) => explainHubs(error, host),
    notice,
    settleMs: timing?.settleMs ?? SETTLE_MS,
    timing,
  });
}

/**
 * Event Hubs as Kafka; a connection string is the password.
 * Source: https://learn.microsoft.com/azure/event-hubs/azure-event-hubs-apache-kafka-overview.
 */
export async function openHubs(
  host: string,
  { hubs, consumer_group: group, encrypted, connection_string: secret }: HubsConfig,
): Promise<TopicsClient> {
  const connectionString = await readConnectionString(secret);
  const sasl =
    connectionString === undefined
      ? {}
      : {
          sasl: {
            mechanism: 'plain' as const,
            username: '$ConnectionString',
            password: new SecretText(connectionString),
          },
        };
  const brokers = [host.includes(':') ? host : `${host}:9093`];
  return openTopics({ connection: { brokers, ...(encrypted ? { tls: true } : {}), ...sasl }, topics: hubs, group });
}

function explainHubs(error: unknown, host: string): Trouble {
  const name = error instanceof Error ? error.name : 'UnknownError';
  const text = error instanceof Error ? error.message : '';
  if (/SASL|authenticat/i.test(`${name} ${text}`)) {
    return { kind: 'refused', message: `${host} does not know the connection string; check it and its Listen right.` };
  }
  if (/topic|authoriz/i.test(text) && /UNKNOWN_TOPIC|not authorized|does not host/i.test(`${name} ${text}`)) {
    return { kind: 'refused', message: `${host} has no such event hub, or denies Listen on it; check \`hubs\`.` };
  }
  return { kind: 'away', message: `${host} does not answer (${kafkaProblem(error)}); tries again.` };
}
