import { WhosawError } from '../../core/errors.ts';
import type { Try } from '../streams/try.ts';
import { explainAwsError, type AwsCall } from './aws-error.ts';
import { ALL_SERVICES, identitiesOf } from './collect-cloudtrail.ts';
import type { CloudTrailConfig } from './config.ts';
import { accountOf, type AwsIdentity } from './identity.ts';
import { openLookup } from './lookup-client.ts';

/** What a `cloudtrail` source that is no file needs, for `whosaw check`. */
export function tryCloudTrail(config: CloudTrailConfig): readonly Try[] {
  return identitiesOf(config).flatMap((identity) =>
    (config.regions ?? []).map((region) => ({
      what: `${accountOf(identity)} ${region}`,
      run: (signal: AbortSignal) => tryLookup(config, identity, region, signal),
    })),
  );
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
