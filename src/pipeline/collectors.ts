import { resolve } from 'node:path';
import type { Collector } from '../core/ports.ts';
import type { SourceType } from '../core/record.ts';
import { collectCloudTrail } from '../sources/aws/collect-cloudtrail.ts';
import { tryCloudTrail } from '../sources/aws/try-cloudtrail.ts';
import { collectKeyVault } from '../sources/azure/collect-keyvault.ts';
import { tryKeyVault } from '../sources/azure/try-keyvault.ts';
import { followFiles } from '../sources/files/follow-files.ts';
import type { KafkaConnection } from '../lib/kafka-connection.effect.ts';
import { FORMATS } from '../sources/formats.ts';
import { collectTopics, tryTopics } from '../sources/kafka/collect-topics.ts';
import type { Notice } from '../sources/streams/stream.ts';
import type { Try } from '../sources/streams/try.ts';
import type { Config } from './config.ts';
import { connectionOf } from './kafka-connection.ts';
import type { SourceConfig } from './source-config.ts';
import type { Log } from './log.ts';

/** What reads each source of the config that does not listen. */
export function collectorsOf(config: Config, log: Log): readonly Collector[] {
  return Object.entries(config.sources).flatMap(([name, source]) =>
    // What listens is a thread of its own: see open-listeners.ts.
    source.listen === undefined
      ? [collectorOf(name, source, (text, facts) => log.warn({ source: name, ...facts }, text))]
      : [],
  );
}

function collectorOf(name: string, source: SourceConfig, notice: Notice): Collector {
  const { file, kafka, type } = source;
  if (kafka !== undefined) {
    const connect = (): Promise<KafkaConnection> => connectionOf(kafka, `sources.${name}.kafka`);
    const cluster = source.type === 'vault' ? { cluster: source.cluster } : {};
    return collectTopics({ name, format: FORMATS[type], ...cluster, config: kafka, connect, notice });
  }
  if (source.type === 'vault') return follow(name, file ?? '', notice, source);
  if (file !== undefined) return follow(name, file, notice, source);
  return source.type === 'cloudtrail'
    ? collectCloudTrail({ name, config: source, notice })
    : collectKeyVault({ name, config: source, notice });
}

function follow(
  name: string,
  file: string,
  notice: Notice,
  { type, cluster }: { readonly type: SourceType; readonly cluster?: string },
): Collector {
  const path = resolve(file);
  return followFiles({ name, path, format: FORMATS[type], ...(cluster === undefined ? {} : { cluster }), notice });
}

/** What the source needs, one by one; a file is nothing that has to be there. */
export function triesOf(name: string, source: SourceConfig): readonly Try[] {
  const { kafka } = source;
  if (kafka !== undefined) return [tryTopics(kafka, () => connectionOf(kafka, `sources.${name}.kafka`))];
  if (source.type === 'vault' || source.file !== undefined || source.listen !== undefined) return [];
  return source.type === 'cloudtrail' ? tryCloudTrail(source) : tryKeyVault(source);
}
