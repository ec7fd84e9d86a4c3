import type { Gap } from '../../core/gap.ts';
import { isObject, type JsonValue } from '../../core/json.ts';
import type { CollectedBatch, Collector } from '../../core/ports.ts';
import type { RawRecord, Rejection } from '../../core/record.ts';
import type { Framer, FrameOutput, SourceFormat } from '../../core/source-format.ts';
import { gapOf } from '../../lib/gap.ts';
import { Positions, type ListenSource } from './protocol.ts';
import type { SpillRecord } from './spill-record.ts';
import { SpillReader } from './spill-reader.ts';

export interface SpillSource {
  readonly source: ListenSource;
  readonly format: SourceFormat;
  /** Gaps that are to be known before what lies in the spill. */
  readonly takeGaps: () => readonly Gap[];
  /** The listeners' thread broke: its reason is what `read` throws. */
  readonly failed: AbortSignal;
  readonly seenEveryMs?: number;
}

const BATCH_RECORDS = 2_000;
const SEEN_EVERY_MS = 10_000;
/** How often a framer without news is told the time. */
const IDLE_MS = 1_000;

/** Reads the spill of a listener, as another reads a file. */
export function collectSpill(options: SpillSource): Collector {
  const positions = new Positions(options.source.positions);
  return {
    name: options.source.name,
    read: (checkpoint, signal) => read(options, positions, checkpoint, signal),
    committed: (checkpoint) => (positions.done = positionIn(checkpoint)),
  };
}

/** Where in the spill a checkpoint is. */
export function positionIn(checkpoint: unknown): number {
  return isObject(checkpoint) && typeof checkpoint['position'] === 'number' ? checkpoint['position'] : 0;
}

async function* read(
  { source, format, takeGaps, failed, seenEveryMs = SEEN_EVERY_MS }: SpillSource,
  positions: Positions,
  checkpoint: JsonValue | undefined,
  signal: AbortSignal,
): AsyncGenerator<CollectedBatch, void, undefined> {
  const reader = new SpillReader(source.spill.folder, positionIn(checkpoint));
  const batch = new SpillBatch(source, framerAt(source, format, checkpoint));
  let saidAt = Number.NEGATIVE_INFINITY;
  try {
    while (!signal.aborted) {
      failed.throwIfAborted();
      const end = positions.end;
      const nowMs = Date.now();
      for (const { record, next } of await reader.read(end)) {
        batch.take(record, next);
        if (batch.size >= BATCH_RECORDS) yield batch.flush(next, undefined);
      }
      const lost = reader.takeLost();
      if (lost > 0) batch.gaps.push({ ...gapOf(facts(source, nowMs)), bytes: lost });
      batch.gaps.push(...takeGaps());
      const isCaughtUp = reader.position >= end;
      if (isCaughtUp) batch.framer.idle(nowMs, batch.out);
      const isDue = isCaughtUp && performance.now() - saidAt >= seenEveryMs;
      if (isDue || batch.size > 0) {
        yield batch.flush(reader.position, isCaughtUp ? new Date(nowMs).toISOString() : undefined);
        saidAt = isCaughtUp ? performance.now() : saidAt;
      }
      if (isCaughtUp) await waitFor(positions, end, signal);
    }
  } finally {
    await reader.close();
  }
}

/** Short enough that an end is not waited for. */
async function waitFor(positions: Positions, end: number, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const wake = (): void => resolve();
  signal.addEventListener('abort', wake, { once: true });
  await Promise.race([positions.changed(end, IDLE_MS), aborted]);
  signal.removeEventListener('abort', wake);
}

function framerAt({ name, cluster }: ListenSource, format: SourceFormat, checkpoint: JsonValue | undefined): Framer {
  const { offset, state } = isObject(checkpoint) ? checkpoint : {};
  const context = {
    source: name,
    offset: typeof offset === 'number' ? offset : 0,
    ...(cluster === undefined ? {} : { cluster }),
  };
  return format.frame(context, state);
}

function facts({ name, cluster }: ListenSource, nowMs: number): Parameters<typeof gapOf>[0] {
  return { kind: 'dropped', source: name, fromMs: nowMs, toMs: nowMs, ...(cluster === undefined ? {} : { cluster }) };
}

/** What was read since the last flush. */
class SpillBatch {
  readonly framer: Framer;
  readonly out: FrameOutput = { records: [], rejections: [] };
  readonly gaps: Gap[] = [];
  readonly #source: ListenSource;

  constructor(source: ListenSource, framer: Framer) {
    this.#source = source;
    this.framer = framer;
  }

  get size(): number {
    return this.out.records.length + this.out.rejections.length + this.gaps.length;
  }

  take({ kind, seenMs, peer, text }: SpillRecord, next: number): void {
    const { records, rejections } = this.out;
    switch (kind) {
      case 'entry': {
        const before = records.length;
        this.framer.push(Buffer.from(`${text}\n`), new Date(seenMs).toISOString(), this.out);
        for (let at = before; at < records.length; at++) records[at] = withPeer(records[at], peer);
        return;
      }
      case 'rejection':
        rejections.push(rejectionOf(JSON.parse(text) as Rejection, this.#source.name, peer, next));
        return;
      case 'gap':
        this.gaps.push(JSON.parse(text) as Gap);
    }
  }

  flush(position: number, seenTo: string | undefined): CollectedBatch {
    const state = this.framer.state();
    return {
      records: this.out.records.splice(0),
      rejections: this.out.rejections.splice(0),
      gaps: this.gaps.splice(0),
      checkpoint: { position, offset: this.framer.offset, ...(state === undefined ? {} : { state }) },
      ...(seenTo === undefined ? {} : { seenTo }),
    };
  }
}

/** A request that was let go may have come from elsewhere than the entry that shows its time is over. */
function withPeer(record: RawRecord | undefined, peer: string): RawRecord {
  if (record === undefined) throw new RangeError('There is no such record.');
  return record.unanswered === true ? record : { ...record, origin: { ...record.origin, peer } };
}

/** The spill says where: what a connection counted is of no use behind its end. */
function rejectionOf(rejection: Rejection, source: string, peer: string, offset: number): Rejection {
  return { ...rejection, origin: { source, peer, offset } };
}
