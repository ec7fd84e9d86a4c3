import type { JsonValue } from '../../core/json.ts';
import { Bell } from '../../lib/bell.ts';
import { Attempts, type AttemptsTiming } from '../streams/attempts.ts';
import type { Notice, Stream, StreamBatch } from '../streams/stream.ts';
import { explainAwsError } from './aws-error.ts';
import { BucketDays, dayOf, folderOf } from './bucket-days.ts';
import { keysBelow, trailFolders, type TrailFolders } from './bucket-listing.ts';
import type { DigestCheck } from './digest-check.ts';
import { Gathering } from './gathering.ts';
import { isDigest, isTrailFile } from './queue-message.ts';
import type { TrailFiles } from './trail-files.ts';

export interface BucketStreamOptions {
  readonly bucket: string;
  /** In front of `AWSLogs/`. */
  readonly prefix: string;
  readonly files: TrailFiles;
  /** Absent: digest files are passed over. */
  readonly digests: DigestCheck | undefined;
  /** Milliseconds since 1970: the first day that the first start reads. */
  readonly fromMs: () => number;
  /** The last day, and then it ends; absent: never. */
  readonly toMs?: number | undefined;
  readonly notice: Notice;
  readonly timing?: (Partial<BucketTiming> & Partial<AttemptsTiming>) | undefined;
}

export interface BucketTiming {
  /** Between two rounds. */
  readonly pollMs: number;
  /** Between two looks for new accounts and regions. */
  readonly foldersMs: number;
  /** Trail files come so late. */
  readonly settleMs: number;
}

const TIMING: BucketTiming = { pollMs: 60_000, foldersMs: 15 * 60_000, settleMs: 15 * 60_000 };
/** Today's files and those of so many days before are looked for in every round. */
const OPEN_DAYS = 2;

/**
 * Reads the trail files of a bucket by listing it, day by day. Keys and times of objects say nothing of the order in
 * which files came: all of an open day are listed in every round, and those that were not read yet are read.
 */
export function bucketStream(options: BucketStreamOptions): Stream {
  const { bucket, prefix } = options;
  return { key: `s3://${bucket}/${prefix}`, read: (state, signal) => read(options, state, signal) };
}

async function* read(
  options: BucketStreamOptions,
  state: JsonValue | undefined,
  signal: AbortSignal,
): AsyncGenerator<StreamBatch, void, undefined> {
  const { bucket, prefix, files, fromMs, toMs, notice } = options;
  const timing = { ...TIMING, ...options.timing };
  const explain = (error: unknown) =>
    explainAwsError(error, { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` });
  const attempts = new Attempts({ stream: `s3://${bucket}/${prefix}`, explain, notice, timing });
  const days = new BucketDays(state, fromMs());
  const gathering = new Gathering();
  const bell = new Bell();
  let folders: TrailFolders | undefined;
  let foldersAt = 0;
  while (!signal.aborted) {
    const roundMs = Date.now();
    if (folders === undefined || performance.now() - foldersAt >= timing.foldersMs) {
      folders = await attempts.until(async () => trailFolders(await files.client, bucket, prefix, signal), signal);
      foldersAt = performance.now();
      if (folders === undefined) return;
    }
    const today = dayOf(roundMs);
    const last = Math.min(today, toMs === undefined ? today : dayOf(toMs));
    let isWhole = true;
    for (let day = days.first; day <= last; day += 1) {
      const isDone = yield* readDay(options, { day, days, folders, attempts, gathering }, signal);
      if (isDone === undefined) return;
      isWhole &&= isDone;
      if (isWhole && (toMs !== undefined || day < today - OPEN_DAYS)) days.close(day + 1);
    }
    yield { ...gathering.take(), state: days.state(), ...(isWhole ? { seenToMs: roundMs - timing.settleMs } : {}) };
    if (toMs !== undefined && days.first > last) return;
    await bell.sleep(timing.pollMs, signal);
  }
}

interface DayReading {
  readonly day: number;
  readonly days: BucketDays;
  readonly folders: TrailFolders;
  readonly attempts: Attempts;
  readonly gathering: Gathering;
}

/** true: all of it was read; undefined: the signal came. Digest files come last: by then the log files are known. */
async function* readDay(
  options: BucketStreamOptions,
  { day, days, folders, attempts, gathering }: DayReading,
  signal: AbortSignal,
): AsyncGenerator<StreamBatch, boolean | undefined, undefined> {
  const { bucket, files, digests } = options;
  let isDone = true;
  for (const folder of [...folders.logs, ...(digests === undefined ? [] : folders.digests)]) {
    const prefix = `${folder}${folderOf(day)}`;
    const list = async (): Promise<readonly string[]> => {
      const fresh: string[] = [];
      for await (const page of keysBelow(await files.client, bucket, prefix, signal)) {
        for (const { key } of page) if (isTrailFile(key) && !days.has(day, key)) fresh.push(key);
      }
      return fresh;
    };
    const keys = await attempts.until(list, signal);
    if (keys === undefined) return undefined;
    for (const key of keys) {
      const place = { bucket, key };
      const reading =
        digests !== undefined && isDigest(key)
          ? digests.check(place, gathering.out, signal)
          : files.read(place, gathering.out, signal);
      for (;;) {
        const step = await reading.next();
        if (step.done !== true) {
          if (gathering.isFull) yield { ...gathering.take(), state: days.state() };
          continue;
        }
        const end = step.value;
        const ended = typeof end === 'string' ? end : end.state;
        if (typeof end !== 'string' && end.state === 'read') digests?.saw(place, end.sha256);
        // What was listed a moment ago and is gone is named by its digest file, if there is one.
        if (ended === 'later') isDone = false;
        else days.add(day, key);
        break;
      }
      if (signal.aborted) return undefined;
    }
  }
  return isDone;
}
