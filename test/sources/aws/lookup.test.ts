import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cloudtrail } from '../../../src/sources/aws/cloudtrail.ts';
import { openLookup } from '../../../src/sources/aws/cloudtrail-client.ts';
import { lookupStream, type LookupStreamOptions } from '../../../src/sources/aws/lookup-stream.ts';
import { nextWindow, WINDOW_TIMING } from '../../../src/sources/aws/lookup-window.ts';
import { mergeStreams } from '../../../src/sources/streams/merge-streams.ts';
import { secretRead, startLookupServer, type LookupServer } from '../../services/lookup-events.ts';
import { caughtUp, idsOf, readAll, SOON } from '../streams/reading.ts';

const HOUR_MS = 3_600_000;
const QUICK = { pollMs: 20, paceMs: 0, settleMs: 0, firstMs: 5, longestMs: 20, refusedMs: 20, sweepEveryMs: 0 };
let server: LookupServer;
let notices: string[];

beforeAll(async () => {
  server = await startLookupServer();
  process.env['AWS_ENDPOINT_URL_CLOUDTRAIL'] = server.url;
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIATEST';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
});

beforeEach(() => {
  server.events.length = 0;
  server.faults.length = 0;
  server.requests.length = 0;
  server.down.clear();
  server.clockMs = 0;
  notices = [];
});

afterAll(() => server.close());

function lookups(regions: readonly string[] = ['eu-central-1'], more: Partial<LookupStreamOptions> = {}) {
  return mergeStreams(
    'trail',
    regions.map((region) =>
      lookupStream({
        source: 'trail',
        format: cloudtrail,
        identity: {},
        region,
        open: () => openLookup({ identity: {}, region, eventSource: 'secretsmanager.amazonaws.com' }),
        fromMs: () => Date.now() - HOUR_MS,
        notice: (text) => notices.push(text),
        timing: QUICK,
        ...more,
      }),
    ),
  );
}

function happened(count: number, beforeMs = 60_000): readonly string[] {
  const from = server.events.length;
  const nowMs = Date.now();
  for (let index = 0; index < count; index += 1)
    server.events.push(secretRead(`id-${from + index}`, nowMs - beforeMs - index * 10));
  return server.events.map(({ id }) => id).toSorted();
}

describe('a region', () => {
  it('gives every event once, page by page and over overlapping windows', async () => {
    const ids = happened(230);
    const reading = readAll(lookups());
    await caughtUp(reading);
    await expect.poll(() => server.requests.length, SOON).toBeGreaterThan(30);
    expect(idsOf(reading)).toEqual(ids);
    expect(notices).toEqual([]);
    expect(server.requests[0]?.body).toMatchObject({
      MaxResults: 50,
      LookupAttributes: [{ AttributeKey: 'EventSource', AttributeValue: 'secretsmanager.amazonaws.com' }],
    });
    expect(reading.records[0]?.origin).toMatchObject({
      source: 'trail',
      file: expect.stringMatching(/^cloudtrail:\/\/eu-central-1\/id-/),
    });
  });

  it('moves its checkpoint only when a window was paged to its end', async () => {
    happened(120);
    const open = async () => {
      const client = await openLookup({ identity: {}, region: 'eu-central-1', eventSource: undefined });
      let pages = 0;
      return {
        ...client,
        page: (...args: Parameters<typeof client.page>) =>
          (pages += 1) > 2 ? untilAborted(args[1]) : client.page(...args),
      };
    };
    const startMs = Date.now() - HOUR_MS;
    const reading = readAll(lookups(undefined, { open, fromMs: () => startMs }));
    await expect.poll(() => reading.records.length, SOON).toBe(100);
    expect(reading.checkpoints).toEqual(
      [1, 2].map(() => ({ version: 1, streams: { 'own/eu-central-1': { doneMs: startMs, sweptMs: startMs } } })),
    );
  });

  it.each<[string, LookupServer['faults']]>([
    ['throttling, as a 400', Array.from({ length: 5 }, () => ({ status: 400, code: 'ThrottlingException' }))],
    [
      '5xx',
      [
        { status: 500, code: 'InternalFailure' },
        { status: 503, code: 'ServiceUnavailable' },
      ],
    ],
    ['cut connections', ['cut', 'cut']],
    ['expired credentials', [{ status: 400, code: 'ExpiredTokenException' }]],
    ['a page twice', ['repeat', 'repeat']],
    ['a token that is too old', [{ status: 400, code: 'InvalidNextTokenException' }]],
  ])('loses and doubles nothing through %s', async (_, faults) => {
    const ids = happened(170);
    const reading = readAll(lookups());
    await expect.poll(() => reading.records.length, SOON).toBeGreaterThan(0);
    server.faults.push(...faults);
    const all = happened(60, 1_000);
    await caughtUp(reading, Date.now());
    await expect.poll(() => idsOf(reading), SOON).toEqual(all);
    expect(all).toHaveLength(ids.length + 60);
    expect(notices).toEqual([]);
  });

  it('finds what shows up an hour late, also around a restart', async () => {
    const nowMs = Date.now();
    server.events.push({ ...secretRead('late', nowMs - HOUR_MS + 60_000), shownMs: nowMs + 300 });
    const timing = { ...QUICK, nearMs: 1_000, sweepEveryMs: 100, overlapMs: 2 * HOUR_MS };
    const first = readAll(lookups(undefined, { timing }));
    await caughtUp(first, nowMs);
    await first.stop();
    expect(idsOf(first)).toEqual([]);
    const second = readAll(lookups(undefined, { timing }), { checkpoint: first.checkpoint });
    await expect.poll(() => idsOf(second), SOON).toEqual(['late']);
  });

  it('follows the clock of AWS where its own is an hour behind', async () => {
    server.clockMs = HOUR_MS;
    const reading = readAll(lookups());
    server.events.push(secretRead('ahead', Date.now() + HOUR_MS - 60_000));
    await expect.poll(() => idsOf(reading), SOON).toEqual(['ahead']);
  });

  it('says once which action is denied, and goes on when it is allowed', async () => {
    happened(1);
    const denied = {
      status: 400,
      code: 'AccessDeniedException',
      message:
        'User: arn:aws:iam::444455556666:user/w is not authorized to perform: cloudtrail:LookupEvents because no identity-based policy allows it',
    };
    server.faults.push(denied, denied, denied);
    const reading = readAll(lookups());
    await expect.poll(() => reading.records.length, SOON).toBe(1);
    expect(notices).toEqual([
      'AWS denies cloudtrail:LookupEvents on own account in eu-central-1: give the permission to this identity.',
      'Reads again.',
    ]);
  });
});

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
}

describe('several regions', () => {
  it('go on while one is down; the source is seen up to where that one was', async () => {
    server.down.add('us-east-1');
    happened(3);
    const startedAt = Date.now();
    const reading = readAll(lookups(['eu-central-1', 'us-east-1']));
    await expect.poll(() => reading.records.length, SOON).toBe(3);
    await expect.poll(() => notices, SOON).toHaveLength(1);
    expect(notices[0]).toContain('AWS does not answer cloudtrail:LookupEvents on own account in us-east-1');
    expect(reading.seenTo.filter((time) => time !== undefined)).toEqual([]);
    server.events.push(secretRead('there', Date.now() - 1_000, { region: 'us-east-1' }));
    server.down.clear();
    await caughtUp(reading, startedAt);
    expect(idsOf(reading)).toContain('there');
  });
});

describe('windows', () => {
  const place = { doneMs: 10 * HOUR_MS, sweptMs: 10 * HOUR_MS };

  it('of a long past are slices, each overlapping the one before', () => {
    const window = nextWindow(place, 20 * HOUR_MS, HOUR_MS, WINDOW_TIMING);
    expect(window).toEqual({
      fromMs: 9.75 * HOUR_MS,
      toMs: 11 * HOUR_MS,
      after: { doneMs: 11 * HOUR_MS, sweptMs: 11 * HOUR_MS },
      isLast: false,
    });
  });

  it('look far back now and then', () => {
    const soon = nextWindow(place, 10.1 * HOUR_MS, HOUR_MS, WINDOW_TIMING);
    expect(soon).toMatchObject({ fromMs: 9.75 * HOUR_MS, after: { doneMs: 10.1 * HOUR_MS, sweptMs: place.sweptMs } });
    const later = nextWindow(soon.after, 10.3 * HOUR_MS, HOUR_MS, WINDOW_TIMING);
    expect(later).toMatchObject({ fromMs: 8 * HOUR_MS, after: { doneMs: 10.3 * HOUR_MS, sweptMs: 10.3 * HOUR_MS } });
  });

  it('never go back with the clock', () => {
    expect(nextWindow(place, 9 * HOUR_MS, HOUR_MS, WINDOW_TIMING).after.doneMs).toBe(place.doneMs);
  });
});
