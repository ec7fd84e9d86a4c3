import { WhosawError } from '../../core/errors.ts';
import type { Collector } from '../../core/ports.ts';
import type { SourceFormat } from '../../core/source-format.ts';
import type { KafkaConnection } from '../../lib/kafka-connection.effect.ts';
import type { AttemptsTiming, Trouble } from '../streams/attempts.ts';
import { mergeStreams } from '../streams/merge-streams.ts';
import type { Notice } from '../streams/stream.ts';
import type { Try } from '../streams/try.ts';
import type { KafkaTopicsConfig } from './config.ts';
import { kafkaProblem, openTopics } from './topics-client.ts';
import { topicsStream } from './topics-stream.ts';

export interface CollectTopicsOptions {
  /** The source's name in the config. */
  readonly name: string;
  readonly format: SourceFormat;
  /** Vault only. */
  readonly cluster?: string;
  readonly config: Pick<KafkaTopicsConfig, 'brokers' | 'topics' | 'group'>;
  /** Reads what the config names: certificates, password. */
  readonly connect: () => Promise<KafkaConnection>;
  readonly notice: Notice;
  readonly timing?: (Partial<AttemptsTiming> & { readonly lookMs?: number }) | undefined;
}

/** The collector of a source whose records another shipper (Vector, Filebeat, Fluent Bit, rsyslog) puts into topics. */
export function collectTopics(options: CollectTopicsOptions): Collector {
  const { name, format, cluster, config, connect, notice, timing } = options;
  const { topics, group } = config;
  const host = config.brokers.join(',');
  const stream = topicsStream({
    source: name,
    format,
    ...(cluster === undefined ? {} : { cluster }),
    host,
    place: 'kafka:/',
    open: async () => openTopics({ connection: await connect(), topics, group }),
    explain: (error) => explain(error, host, topics),
    notice,
    settleMs: 0,
    timing,
  });
  return mergeStreams(name, [stream]);
}

/** What such a source needs, for `whosaw check`. */
export function tryTopics(
  { brokers, topics, group }: KafkaTopicsConfig,
  connect: CollectTopicsOptions['connect'],
): Try {
  const host = brokers.join(',');
  return {
    what: `topics ${topics.join(', ')}`,
    run: async () => {
      const client = openTopics({ connection: await connect(), topics, group });
      try {
        return `${(await client.ends()).length} partitions can be read`;
      } catch (cause) {
        throw new WhosawError('SOURCE_UNREADABLE', explain(cause, host, topics).message, { cause });
      } finally {
        await client.close();
      }
    },
  };
}

function explain(error: unknown, host: string, topics: readonly string[]): Trouble {
  if (error instanceof WhosawError) return { kind: 'refused', message: error.message };
  const name = error instanceof Error ? error.name : 'UnknownError';
  const text = `${name} ${error instanceof Error ? error.message : ''}`;
  if (/SASL|authenticat/i.test(text)) {
    return { kind: 'refused', message: `${host} does not know the user or the password; check \`kafka.sasl\`.` };
  }
  if (/UNKNOWN_TOPIC|not authorized|does not host|AUTHORIZATION_FAILED/i.test(text)) {
    const message = `${host} has no topic ${topics.join(', ')}, or does not let whosaw read; check \`kafka.topics\` and the rights.`;
    return { kind: 'refused', message };
  }
  return {
    kind: 'away',
    message: `${host} does not answer (${kafkaProblem(error)}); try again, or look at the broker.`,
  };
}
