import { availableParallelism } from 'node:os';
import { WhosawError } from '../core/errors.ts';
import { stringAt } from '../core/json.ts';
import type { RawRecord, Rejection } from '../core/record.ts';
import type { Way } from '../core/sieve.ts';
import { Evaluation } from '../detect/evaluate.ts';
import { cloudTrailReader } from '../sources/aws/cloudtrail.ts';
import { hexWords, uuidWords } from '../sources/aws/notes.ts';
import { listFiles, STDIN } from '../sources/files/read-files.ts';
import { inOrder } from './in-order.ts';
import type { ScanCounts, ScanOptions, ScanResult } from './scan-options.ts';
import { contentOfEvent } from './seen-events.ts';
import { SeenPrints, type Sight } from './seen-prints.ts';
import type { SiftPiece } from './sift-messages.ts';
import { bytesIn, planTasks, SIFT_BYTES } from './sift-plan.ts';
import { SiftPool } from './sift-pool.ts';

/** Most records are longer. */
const RECORD_BYTES = 1_024;
/** The main thread is busy with what more threads find. */
const THREADS_LIMIT = 4;

/** So many places of ids are fetched at once. */
const TOUCHED = 32;

export interface SiftOptions extends ScanOptions {
  readonly ways: readonly Way[];
}

/**
 * The same answer as reading one record after the other, from threads that pass over what no rule can be about.
 * Undefined where that can't be had: the input is small, can be read only once, is another source's, or holds an id
 * twice with different bytes behind it. What was said until then would have been said by the other way as well.
 */
export async function scanSifted(options: SiftOptions): Promise<ScanResult | undefined> {
  const { paths, source = 'cloudtrail', signal } = options;
  if (paths.includes(STDIN) || source !== 'cloudtrail') return undefined;
  const report = { skipped: options.onSkipped, unreadable: options.onUnreadable };
  const files = await listFiles(paths, report);
  const bytes = await bytesIn(files);
  if (bytes < (options.siftBytes ?? SIFT_BYTES)) return undefined;
  const tasks = await planTasks(files, options.source !== undefined, options.siftPartBytes);
  const pool = new SiftPool(tasks, options.ways, Math.min(availableParallelism(), THREADS_LIMIT));
  const merged = new Merged(options, Math.ceil(bytes / RECORD_BYTES));
  try {
    for (const { number, file } of tasks) {
      const pieces = pool.pieces(number, signal);
      let next = await pieces.next();
      for (; next.done !== true; next = await pieces.next()) {
        if (!merged.add(file, next.value)) return undefined;
        options.onProgress?.(merged.counts());
      }
      const end = next.value;
      if (end === undefined) break;
      if (end.kind === 'unfit') return undefined;
      if (end.kind === 'skipped') options.onSkipped(file, 'no audit stream that whosaw knows');
      if (end.kind !== 'unreadable') continue;
      options.onUnreadable(new WhosawError('SOURCE_UNREADABLE', end.message, { retryable: end.retryable }), file);
      if (!merged.add(file, end.rest)) return undefined;
    }
  } finally {
    await pool.close();
  }
  return merged.finish();
}

/** Puts together what the threads give. */
class Merged {
  readonly #options: SiftOptions;
  readonly #evaluation: Evaluation;
  readonly #seen: SeenPrints;
  readonly #read = cloudTrailReader();
  readonly #files = new Set<string>();
  #events = 0;
  #duplicates = 0;
  #rejected = 0;

  /** `records`: about how many there may be. */
  constructor(options: SiftOptions, records: number) {
    this.#options = options;
    this.#seen = new SeenPrints(records);
    this.#evaluation = new Evaluation(options.stages.rules);
  }

  counts(): ScanCounts {
    return { files: this.#files.size, events: this.#events, duplicates: this.#duplicates, rejected: this.#rejected };
  }

  finish(): ScanResult {
    return { ...this.counts(), alerts: this.#evaluation.finish() };
  }

  /** Pieces come in the order of their files. false: an id came twice, and it takes parsing to know what that means. */
  add(file: string, piece: SiftPiece): boolean {
    const { notes, records, rejections } = piece;
    if (notes.count + records.length + rejections.length > 0) this.#files.add(file);
    this.#evaluation.passed(notes.newestUs);
    let from = 0;
    for (const item of inOrder(records, rejections)) {
      const to = notes.offsets.findIndex((offset, index) => index >= from && offset > (item.origin.offset ?? 0));
      if (!this.#addNotes(file, piece, from, to === -1 ? notes.count : to)) return false;
      from = to === -1 ? notes.count : to;
      if ('reason' in item) this.#reject(item);
      else if (!this.#addRecord(item)) return false;
    }
    return this.#addNotes(file, piece, from, notes.count);
  }

  /** The notes from one to another, and the records that were kept of them. */
  #addNotes(file: string, piece: SiftPiece, from: number, to: number): boolean {
    const { ids, prints, kept } = piece.notes;
    let next = kept.findIndex((number) => number >= from);
    for (let number = from; number < to; number++) {
      if ((number - from) % TOUCHED === 0) this.#seen.touch(ids, number, Math.min(number + TOUCHED, to));
      const sight = this.#seen.add(ids, number * 4, prints[number] ?? 0);
      if (sight === 'unsure') return false;
      const isKept = kept[next] === number;
      if (isKept) next += 1;
      if (this.#count(sight) && isKept) this.#addKept(file, piece, next - 1);
    }
    return true;
  }

  /** By its number among those that were kept. */
  #addKept(file: string, { notes, seen }: SiftPiece, number: number): void {
    const { kept, keptEnds, bytes, offsets } = notes;
    const text = Buffer.from(bytes.buffer).toString('utf8', keptEnds[number - 1] ?? 0, keptEnds[number]);
    const origin = { source: 'cloudtrail', file, offset: offsets[kept[number] ?? 0] ?? 0 };
    const normalized = this.#normalize(this.#read(text, origin, seen));
    if (normalized !== undefined) this.#evaluation.add(normalized);
  }

  #addRecord(record: RawRecord): boolean {
    const observation = this.#normalize(record);
    if (observation === undefined) return true;
    const words = uuidWords(stringAt(record.record, 'eventID') ?? '') ?? hexWords(observation.event.event.id);
    const sight = this.#seen.add(words, 0, contentOfEvent(observation));
    if (sight === 'unsure') return false;
    if (this.#count(sight)) this.#evaluation.add(observation);
    return true;
  }

  #normalize(record: RawRecord) {
    const { formats, enricher } = this.#options.stages;
    const normalized = formats[record.type].normalize(record);
    if (normalized.ok) return enricher.enrich(normalized.value);
    this.#reject(normalized.error);
    return undefined;
  }

  #count(sight: Sight): boolean {
    if (sight === 'new') this.#events += 1;
    else this.#duplicates += 1;
    return sight === 'new';
  }

  #reject(rejection: Rejection): void {
    this.#rejected += 1;
    this.#options.onRejection(rejection);
  }
}
