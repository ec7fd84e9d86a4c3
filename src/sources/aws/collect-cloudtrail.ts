import type { Collector } from '../../core/ports.ts';
import { parseDuration } from '../../lib/duration.ts';
import { mergeStreams } from '../streams/merge-streams.ts';
import type { Past } from '../streams/past.ts';
import type { Notice, Stream } from '../streams/stream.ts';
import { cloudtrail } from './cloudtrail.ts';
import type { CloudTrailConfig } from './config.ts';
import type { AwsIdentity } from './identity.ts';
import { bucketStream } from './bucket-stream.ts';
import { listPublicKeys, openLookup } from './cloudtrail-client.ts';
import { DigestCheck, type DigestCheckOptions } from './digest-check.ts';
import { queueStream } from './queue-stream.ts';
import { openS3 } from './s3-client.ts';
import { openQueue, regionOf } from './sqs-client.ts';
import { TrailFiles } from './trail-files.ts';
import { lookupStream } from './lookup-stream.ts';

export interface CollectCloudTrailOptions {
  /** The source's name in the config. */
  readonly name: string;
  readonly config: CloudTrailConfig;
  readonly notice: Notice;
}

/** The collector of a `cloudtrail` source that is no file. */
export function collectCloudTrail({ name, config, notice }: CollectCloudTrailOptions): Collector {
  return mergeStreams(name, streamsOf({ name, config, notice }));
}

/** What is left out of a config stands for this. */
export const ALL_SERVICES = 'all';

export function identitiesOf({ roles, role, external_id: externalId }: CloudTrailConfig): readonly AwsIdentity[] {
  const given = role === undefined ? roles : [role];
  return given.length === 0 ? [{}] : given.map((arn) => ({ role: arn, externalId }));
}

/** Where a bucket is asked for; S3 says where it really is. */
export function bucketRegion({ region, queue }: CloudTrailConfig): string {
  return region ?? regionOf(queue ?? '');
}

export function streamsOf(options: CollectCloudTrailOptions, past?: Past): readonly Stream[] {
  const { config, notice } = options;
  if (config.regions !== undefined) return lookupStreams(options, config.regions, past);
  const [identity = {}] = identitiesOf(config);
  const region = bucketRegion(config);
  const files = new TrailFiles({
    source: options.name,
    format: cloudtrail,
    open: () => openS3(identity, region),
    notice,
  });
  const digests = config.verify ? digestCheck(options, identity, files) : undefined;
  const { queue, bucket, prefix } = config;
  if (queue !== undefined) {
    return [queueStream({ url: queue, open: () => openQueue(identity, queue), files, digests, notice })];
  }
  if (bucket === undefined) return [];
  return [bucketStream({ bucket, prefix, files, digests, ...spanOf(config, past), notice })];
}

function digestCheck(
  { name, notice }: CollectCloudTrailOptions,
  identity: AwsIdentity,
  files: TrailFiles,
): DigestCheck {
  const publicKeys: DigestCheckOptions['publicKeys'] = (region, fromMs, toMs, signal) =>
    listPublicKeys(identity, region, fromMs, toMs, signal);
  return new DigestCheck({ source: name, files, publicKeys, notice });
}

function spanOf(config: CloudTrailConfig, past: Past | undefined): { fromMs: () => number; toMs?: number } {
  if (past !== undefined) return { fromMs: () => past.fromMs, toMs: past.toMs };
  return { fromMs: () => Date.now() - (parseDuration(config.since) ?? 0) };
}

function lookupStreams(
  { name, config, notice }: CollectCloudTrailOptions,
  regions: readonly string[],
  past: Past | undefined,
): readonly Stream[] {
  const eventSource = config.event_source === ALL_SERVICES ? undefined : config.event_source;
  return identitiesOf(config).flatMap((identity) =>
    regions.map((region) =>
      lookupStream({
        source: name,
        format: cloudtrail,
        identity,
        region,
        open: () => openLookup({ identity, region, eventSource }),
        ...spanOf(config, past),
        notice,
      }),
    ),
  );
}
