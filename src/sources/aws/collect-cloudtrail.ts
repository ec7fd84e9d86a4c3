import type { Collector } from '../../core/ports.ts';
import { parseDuration } from '../../lib/duration.ts';
import { mergeStreams } from '../streams/merge-streams.ts';
import type { Notice, Stream } from '../streams/stream.ts';
import { cloudtrail } from './cloudtrail.ts';
import type { CloudTrailConfig } from './config.ts';
import type { AwsIdentity } from './identity.ts';
import { openLookup } from './lookup-client.ts';
import { lookupStream } from './lookup-stream.ts';

export interface CollectCloudTrailOptions {
  /** The source's name in the config. */
  readonly name: string;
  readonly config: CloudTrailConfig;
  readonly notice: Notice;
}

/** The collector of a `cloudtrail` source that is no file. */
export function collectCloudTrail({ name, config, notice }: CollectCloudTrailOptions): Collector {
  return mergeStreams(name, lookupStreams({ name, config, notice }));
}

/** What is left out of a config stands for this. */
export const ALL_SERVICES = 'all';

export function identitiesOf({ roles, role, external_id: externalId }: CloudTrailConfig): readonly AwsIdentity[] {
  const given = role === undefined ? roles : [role];
  return given.length === 0 ? [{}] : given.map((arn) => ({ role: arn, externalId }));
}

function lookupStreams({ name, config, notice }: CollectCloudTrailOptions): readonly Stream[] {
  const eventSource = config.event_source === ALL_SERVICES ? undefined : config.event_source;
  return identitiesOf(config).flatMap((identity) =>
    (config.regions ?? []).map((region) =>
      lookupStream({
        source: name,
        format: cloudtrail,
        identity,
        region,
        open: () => openLookup({ identity, region, eventSource }),
        fromMs: () => Date.now() - (parseDuration(config.since) ?? 0),
        notice,
      }),
    ),
  );
}
