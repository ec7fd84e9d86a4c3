import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bucketStream } from '../../../src/sources/aws/bucket-stream.ts';
import { cloudtrail } from '../../../src/sources/aws/cloudtrail.ts';
import { listPublicKeys } from '../../../src/sources/aws/cloudtrail-client.ts';
import { DigestCheck } from '../../../src/sources/aws/digest-check.ts';
import { queueStream, type QueueStreamOptions } from '../../../src/sources/aws/queue-stream.ts';
import { openS3 } from '../../../src/sources/aws/s3-client.ts';
import { openQueue } from '../../../src/sources/aws/sqs-client.ts';
import { TrailFiles } from '../../../src/sources/aws/trail-files.ts';
import { mergeStreams } from '../../../src/sources/streams/merge-streams.ts';
import { startFaultyProxy, type FaultyProxy } from '../../services/faulty-proxy.ts';
import { startLookupServer, type LookupServer } from '../../services/lookup-events.ts';
import { startMoto, type Moto } from '../../services/moto.ts';
import { caughtUp, idsOf, readAll, SOON } from '../streams/reading.ts';
import { announcement, FINGERPRINT, makeTrail, PUBLIC_KEY, type TrailBucket } from './trail-bucket.ts';

const moto: Moto | undefined = await startMoto();
const QUICK = {
  pollMs: 30,
  foldersMs: 0,
  waitMs: 0,
  settleMs: 0,
  firstMs: 5,
  longestMs: 20,
  refusedMs: 30,
  visibilityMs: 300_000,
};
let proxy: FaultyProxy;
let keys: LookupServer;
let trail: TrailBucket;
let notices: string[];
let count = 0;

beforeAll(async () => {
  if (moto === undefined) return;
  proxy = await startFaultyProxy(moto.url);
  keys = await startLookupServer();
  keys.publicKeys.push({ Fingerprint: FINGERPRINT, Value: PUBLIC_KEY.toString('base64') });
  process.env['AWS_ENDPOINT_URL_S3'] = proxy.url;
  process.env['AWS_ENDPOINT_URL_SQS'] = proxy.url;
  process.env['AWS_ENDPOINT_URL_CLOUDTRAIL'] = keys.url;
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIATEST';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
});

beforeEach(async () => {
  if (moto === undefined) return;
  notices = [];
  proxy.faults.length = 0;
  trail = await makeTrail(moto, `trail-${process.pid}-${(count += 1)}`);
});

afterAll(async () => {
  await proxy?.close();
  await keys?.close();
  await moto?.close();
});

function parts() {
  const notice = (text: string): void => void notices.push(text);
  const files = new TrailFiles({
    source: 'trail',
    format: cloudtrail,
    open: () => openS3({}, 'us-east-1'),
    notice,
    timing: QUICK,
  });
  const publicKeys = (region: string, fromMs: number, toMs: number, signal: AbortSignal) =>
    listPublicKeys({}, region, fromMs, toMs, signal);
  const digests = new DigestCheck({ source: 'trail', files, publicKeys, notice });
  return { files, digests, notice };
}

function queue(more: Partial<QueueStreamOptions> & { readonly visibilityMs?: number } = {}) {
  const { visibilityMs = QUICK.visibilityMs, ...options } = more;
  const url = trail.queue.replace(moto?.url ?? '', proxy.url);
  const timing = { ...QUICK, visibilityMs };
  return mergeStreams('trail', [queueStream({ url, open: () => openQueue({}, url), ...parts(), timing, ...options })]);
}

function bucket(more: { readonly fromMs?: number; readonly toMs?: number } = {}) {
  const { fromMs = Date.now() - 86_400_000, toMs } = more;
  const span = toMs === undefined ? {} : { toMs };
  return mergeStreams('trail', [
    bucketStream({ bucket: trail.bucket, prefix: '', ...parts(), fromMs: () => fromMs, ...span, timing: QUICK }),
  ]);
}

const isGet =
  (pattern: RegExp) =>
  ({ method, url }: Pick<IncomingMessage, 'method' | 'url'>) =>
    method === 'GET' && pattern.test(url ?? '');

describe.skipIf(moto === undefined)('trail files announced in a queue', () => {
  it('are read, and their messages deleted once they are durable', async () => {
    for (const ids of [['a', 'b'], ['c']]) await trail.announce(await trail.write(ids));
    const reading = readAll(queue());
    await caughtUp(reading);
    expect(idsOf(reading)).toEqual(['a', 'b', 'c']);
    expect(reading.records[0]?.origin.file).toMatch(
      /^s3:\/\/trail-\d+-\d+\/AWSLogs\/123456789012\/CloudTrail\/eu-central-1\//,
    );
    await expect.poll(() => trail.messages(), SOON).toEqual([0, 0]);
    expect(notices).toEqual([]);
  });

  it('are not deleted before: what was not durable comes again', async () => {
    await trail.announce(await trail.write(['a']));
    const killed = readAll(queue({ visibilityMs: 3_000 }), { isDurable: false });
    await expect.poll(() => idsOf(killed), SOON).toEqual(['a']);
    expect(await trail.messages()).toEqual([0, 1]);
    await killed.stop();
    const reading = readAll(queue());
    await expect.poll(() => idsOf(reading), SOON).toEqual(['a']);
    await expect.poll(() => trail.messages(), SOON).toEqual([0, 0]);
  });

  it('are held while they are being read, longer than their time', async () => {
    await trail.announce(await trail.write(['a']));
    const reading = readAll(queue({ visibilityMs: 1_000 }), { isDurable: false });
    await expect.poll(() => reading.seenTo.filter((time) => time !== undefined).length, SOON).toBeGreaterThan(60);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(idsOf(reading)).toEqual(['a']);
  });

  it.each<[string, (key: string) => string]>([
    ['SNS', (key) => JSON.stringify({ Type: 'Notification', Message: announcement(trail.bucket, key) })],
    [
      'EventBridge',
      (key) =>
        JSON.stringify({
          'detail-type': 'Object Created',
          detail: { bucket: { name: trail.bucket }, object: { key } },
        }),
    ],
    ['CloudTrail', (key) => JSON.stringify({ s3Bucket: trail.bucket, s3ObjectKey: [key] })],
  ])('may be announced by %s', async (_, body) => {
    await trail.send(body(await trail.write(['a'], { name: 'a b+c' })));
    const reading = readAll(queue());
    await expect.poll(() => idsOf(reading), SOON).toEqual(['a']);
  });

  it('twice and in any order are read twice, and nothing is lost', async () => {
    const [first, second] = [await trail.write(['a']), await trail.write(['b'])];
    for (const key of [second, first, second]) await trail.announce(key);
    const reading = readAll(queue());
    await caughtUp(reading);
    expect(new Set(idsOf(reading))).toEqual(new Set(['a', 'b']));
    await expect.poll(() => trail.messages(), SOON).toEqual([0, 0]);
  });

  it('leave foreign messages in the queue, said once; the test of S3 goes', async () => {
    await trail.send('{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"x"}');
    for (const body of ['{"order":1}', 'no json', announcement(trail.bucket, 'config/other.json.gz')])
      await trail.send(body);
    await trail.announce(await trail.write(['a']));
    const reading = readAll(queue());
    await caughtUp(reading);
    expect(idsOf(reading)).toEqual(['a']);
    await expect.poll(() => trail.messages(), SOON).toEqual([0, 3]);
    expect(notices).toEqual([
      expect.stringContaining('holds messages that announce no trail file; they are left in it.'),
    ]);
  });

  it('survive cut connections, 5xx and throttling of S3 and SQS', async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `id-${index}`).toSorted();
    await trail.announce(await trail.write(ids));
    const error = (code: string): string => `<Error><Code>${code}</Code><Message>m</Message></Error>`;
    proxy.faults.push(
      { on: ({ method }) => method === 'POST', answer: { status: 500, body: '{}' } },
      { on: isGet(/CloudTrail/), answer: { cutAfter: 700 } },
      { on: isGet(/CloudTrail/), answer: { status: 503, body: error('SlowDown') } },
      { on: isGet(/CloudTrail/), answer: { status: 500, body: error('InternalError') } },
    );
    const reading = readAll(queue());
    await caughtUp(reading);
    expect([...new Set(idsOf(reading))]).toEqual(ids);
    expect(reading.rejections).toEqual([]);
    expect(notices).toEqual([]);
    expect(proxy.faults).toEqual([]);
  });

  it('that are broken give what they hold, and a rejection', async () => {
    const ids = Array.from({ length: 400 }, (_, index) => `id-${index}`);
    await trail.announce(await trail.write(ids, { body: (gzip) => gzip.subarray(0, gzip.length - 400) }));
    const reading = readAll(queue());
    await caughtUp(reading);
    expect(reading.records.length).toBeGreaterThan(0);
    expect(reading.rejections.map(({ reason }) => reason)).toContain('truncated');
    await expect.poll(() => trail.messages(), SOON).toEqual([0, 0]);
  });

  it('that may not be read stay in the queue, with one line; others go on', async () => {
    const [first, second] = [await trail.write(['a']), await trail.write(['b'])];
    await trail.announce(first);
    await trail.announce(second);
    const body =
      '<Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::1:user/w is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-central-1:1:key/k because</Message></Error>';
    proxy.faults.push({
      on: ({ method, url }) => method === 'GET' && url?.includes(first.slice(-12)) === true,
      answer: { status: 403, body },
    });
    const reading = readAll(queue());
    await caughtUp(reading);
    expect(idsOf(reading)).toEqual(['b']);
    expect(notices).toEqual([
      'AWS denies kms:Decrypt on arn:aws:kms:eu-central-1:1:key/k: give the permission to this identity.',
    ]);
    await expect.poll(() => trail.messages(), SOON).toEqual([0, 1]);
  });
});

describe.skipIf(moto === undefined)('trail files found by listing', () => {
  it('are read whatever their keys say of their order, and once', async () => {
    await trail.write(['m'], { name: 'm' });
    const reading = readAll(bucket());
    await expect.poll(() => idsOf(reading), SOON).toEqual(['m']);
    await trail.write(['a'], { name: 'a' });
    await trail.write(['z'], { name: 'z' });
    await trail.write(['y'], { timeMs: Date.now() - 86_400_000 });
    await expect.poll(() => idsOf(reading), SOON).toEqual(['a', 'm', 'y', 'z']);
    await reading.stop();
    const again = readAll(bucket(), { checkpoint: reading.checkpoint });
    await caughtUp(again);
    expect(idsOf(again)).toEqual([]);
  });

  it('of the past are read to its end', async () => {
    const dayMs = 86_400_000;
    const nowMs = Date.now();
    for (const [index, days] of [40, 30, 20, 1].entries())
      await trail.write([`d-${index}`], { timeMs: nowMs - days * dayMs });
    const collector = bucket({ fromMs: nowMs - 35 * dayMs, toMs: nowMs - 10 * dayMs });
    const ids: string[] = [];
    for await (const { records } of collector.read(undefined, new AbortController().signal))
      ids.push(...idsOf({ records: [...records] }));
    expect(ids.toSorted()).toEqual(['d-1', 'd-2']);
  });

  it('of a bucket that is not there are one line', async () => {
    const collector = mergeStreams('trail', [
      bucketStream({ bucket: 'not-there', prefix: '', ...parts(), fromMs: () => 0, timing: QUICK }),
    ]);
    readAll(collector);
    await expect
      .poll(() => notices, SOON)
      .toEqual(['s3:ListBucket on arn:aws:s3:::not-there: AWS knows no such place (NoSuchBucket); check the config.']);
  });
});

describe.skipIf(moto === undefined)('digest files', () => {
  const rejected = (reading: {
    readonly rejections: readonly { readonly reason: string; readonly origin: { readonly file?: string } }[];
  }) => reading.rejections.map(({ reason, origin }) => [reason, origin.file?.split('/').at(-1)]);
  const end = (key: string): string | undefined => key.split('/').at(-1);

  it('of a whole trail say nothing, and read what was not announced', async () => {
    await trail.write(['a']);
    const first = await trail.digest();
    await trail.write(['b']);
    const second = await trail.digest();
    for (const key of [first, second]) await trail.announce(key);
    const reading = readAll(queue());
    await caughtUp(reading);
    expect(idsOf(reading)).toEqual(['a', 'b']);
    expect([rejected(reading), notices]).toEqual([[], []]);
  });

  it('name what is missing, and what was altered', async () => {
    const [gone, altered, whole] = [await trail.write(['a']), await trail.write(['b']), await trail.write(['c'])];
    await trail.digest();
    await trail.remove(gone);
    await trail.write(['b', 'forged'], { name: 'm-2' });
    const reading = readAll(bucket());
    await caughtUp(reading);
    expect(rejected(reading).toSorted()).toEqual([
      ['altered', end(altered)],
      ['missing', end(gone)],
    ]);
    expect(notices.join()).not.toContain(whole);
  });

  it.each<[string, (trail: TrailBucket) => Promise<string>, string]>([
    [
      'altered',
      async (made) => {
        await made.write(['a']);
        return made.digest((digest) => (digest['logFiles'] = []));
      },
      'altered',
    ],
    [
      'taken away',
      async (made) => {
        const first = await made.digest();
        await made.remove(first);
        await made.digest();
        return first;
      },
      'missing',
    ],
  ])('that are %s are named themselves', async (_, make, reason) => {
    const key = await make(trail);
    const reading = readAll(bucket());
    await caughtUp(reading);
    expect(rejected(reading)).toEqual([[reason, end(key)]]);
  });
});
