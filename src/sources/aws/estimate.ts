import type { Estimate, Past } from '../streams/past.ts';
import { folderOf, dayOf } from './bucket-days.ts';
import { keysBelow, trailFolders } from './bucket-listing.ts';
import { ALL_SERVICES, bucketRegion, identitiesOf } from './collect-cloudtrail.ts';
import { openLookup } from './cloudtrail-client.ts';
import type { CloudTrailConfig } from './config.ts';
import { accountOf } from './identity.ts';
import { openS3 } from './s3-client.ts';

/** Two requests a second with 50 events each. */
const LOOKUP_EVENTS_A_SECOND = 100;
const PAGES = 4;
const PACE_MS = 500;
const SAMPLES = 3;

/** How much there is to read: LookupEvents by how far back a few pages reach, a bucket by a few of its days. */
export async function estimateCloudTrail(
  config: CloudTrailConfig,
  past: Past,
  signal: AbortSignal,
): Promise<readonly Estimate[]> {
  const { bucket, regions } = config;
  if (bucket !== undefined) return [await ofBucket(config, bucket, past, signal)];
  const estimates: Estimate[] = [];
  for (const identity of identitiesOf(config)) {
    for (const region of regions ?? []) {
      const eventSource = config.event_source === ALL_SERVICES ? undefined : config.event_source;
      const client = await openLookup({ identity, region, eventSource });
      try {
        const events = await ofLookup((token) => client.page({ ...past, token }, signal), past);
        estimates.push({
          stream: `${accountOf(identity)} ${region}`,
          events,
          seconds: Math.ceil(events / LOOKUP_EVENTS_A_SECOND),
        });
      } finally {
        client.close();
      }
    }
  }
  return estimates;
}

type Page = { readonly events: readonly { readonly text: string }[]; readonly token: string | undefined };

/** Newest first: as many events as a few pages have, in the time that they reach back. */
async function ofLookup(page: (token: string | undefined) => Promise<Page>, { fromMs, toMs }: Past): Promise<number> {
  let count = 0;
  let oldestMs = toMs;
  let token: string | undefined;
  for (let pages = 0; pages < PAGES; pages += 1) {
    const { events, token: next } = await page(token);
    count += events.length;
    const time = /"eventTime"\s*:\s*"([^"]{1,40})"/.exec(events.at(-1)?.text ?? '')?.[1];
    oldestMs = Math.min(oldestMs, Date.parse(time ?? '') || oldestMs);
    if (next === undefined) return count;
    token = next;
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
  }
  return Math.round((count * (toMs - fromMs)) / Math.max(toMs - oldestMs, 1_000));
}

async function ofBucket(
  config: CloudTrailConfig,
  bucket: string,
  { fromMs, toMs }: Past,
  signal: AbortSignal,
): Promise<Estimate> {
  const [identity = {}] = identitiesOf(config);
  const s3 = await openS3(identity, bucketRegion(config));
  try {
    const { logs } = await trailFolders(s3, bucket, config.prefix, signal);
    const days = dayOf(toMs) - dayOf(fromMs) + 1;
    let sampled = 0;
    let bytes = 0;
    for (let sample = 0; sample < Math.min(SAMPLES, days); sample += 1) {
      const day = dayOf(fromMs) + Math.floor(((sample + 0.5) * days) / Math.min(SAMPLES, days));
      sampled += 1;
      for (const folder of logs) {
        for await (const keys of keysBelow(s3, bucket, `${folder}${folderOf(day)}`, signal)) {
          for (const key of keys) bytes += key.bytes;
        }
      }
    }
    return { stream: `s3://${bucket}/${config.prefix}`, bytes: Math.round((bytes * days) / Math.max(sampled, 1)) };
  } finally {
    s3.close();
  }
}
