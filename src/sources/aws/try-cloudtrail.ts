import { WhosawError } from '../../core/errors.ts';
import type { Try } from '../streams/try.ts';
import { explainAwsError, type AwsCall } from './aws-error.ts';
import { trailFolders } from './bucket-listing.ts';
import { ALL_SERVICES, bucketRegion, identitiesOf } from './collect-cloudtrail.ts';
import type { CloudTrailConfig } from './config.ts';
import { accountOf, type AwsIdentity } from './identity.ts';
import { openLookup } from './cloudtrail-client.ts';
import { openS3 } from './s3-client.ts';
import { openQueue, queueArn } from './sqs-client.ts';

/** What a `cloudtrail` source that is no file needs, for `whosaw check`. */
export function tryCloudTrail(config: CloudTrailConfig): readonly Try[] {
  const { queue, bucket } = config;
  const [first = {}] = identitiesOf(config);
  if (queue !== undefined) return [{ what: queueArn(queue), run: (signal) => tryQueue(first, queue, signal) }];
  if (bucket !== undefined) {
    return [{ what: `s3://${bucket}/${config.prefix}`, run: (signal) => tryBucket(config, first, bucket, signal) }];
  }
  return identitiesOf(config).flatMap((identity) =>
    (config.regions ?? []).map((region) => ({
      what: `${accountOf(identity)} ${region}`,
      run: (signal: AbortSignal) => tryLookup(config, identity, region, signal),
    })),
  );
}

async function tryQueue(identity: AwsIdentity, url: string, signal: AbortSignal): Promise<string> {
  const call = { action: 'sqs:GetQueueAttributes', resource: queueArn(url) };
  const { waiting } = await explained(call, async () => {
    const queue = await openQueue(identity, url);
    try {
      return await queue.describe(signal);
    } finally {
      queue.close();
    }
  });
  return `the queue answers; about ${waiting} messages wait`;
}

/** Lists the folders of the trail, and opens one of its files. */
async function tryBucket(
  config: CloudTrailConfig,
  identity: AwsIdentity,
  bucket: string,
  signal: AbortSignal,
): Promise<string> {
  const s3 = await openS3(identity, bucketRegion(config));
  try {
    const listing = { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` };
    const { logs } = await explained(listing, () => trailFolders(s3, bucket, config.prefix, signal));
    const [folder] = logs;
    if (folder === undefined) {
      throw new WhosawError(
        'SOURCE_UNREADABLE',
        `s3://${bucket}/${config.prefix}AWSLogs/ holds no trail; check bucket and prefix.`,
      );
    }
    const { keys } = await explained(listing, () => s3.list(bucket, { prefix: folder }, signal));
    const [one] = keys;
    if (one !== undefined) {
      const getting = { action: 's3:GetObject', resource: `arn:aws:s3:::${bucket}/${one.key}` };
      const object = await explained(getting, () => s3.get({ bucket, key: one.key }, signal));
      object.body.destroy();
    }
    return `the files of ${logs.length} folders can be listed and read`;
  } finally {
    s3.close();
  }
}

async function tryLookup(
  config: CloudTrailConfig,
  identity: AwsIdentity,
  region: string,
  signal: AbortSignal,
): Promise<string> {
  const eventSource = config.event_source === ALL_SERVICES ? undefined : config.event_source;
  const call = { action: 'cloudtrail:LookupEvents', resource: `${accountOf(identity)} in ${region}` };
  const toMs = Date.now();
  const { events } = await explained(call, async () => {
    const client = await openLookup({ identity, region, eventSource });
    try {
      return await client.page({ fromMs: toMs - HOUR_MS, toMs, limit: 1 }, signal);
    } finally {
      client.close();
    }
  });
  return events.length === 0 ? 'LookupEvents answers; no event in the last hour' : 'LookupEvents answers';
}

const HOUR_MS = 3_600_000;

async function explained<T>(call: AwsCall, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new WhosawError('SOURCE_UNREADABLE', explainAwsError(cause, call).message, { cause });
  }
}
