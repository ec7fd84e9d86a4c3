import { join } from 'node:path';
import type { Gap, GapKind } from '../../core/gap.ts';
import type { FrameOutput, Framer, SourceFormat } from '../../core/source-format.ts';
import { gapOf } from '../../lib/gap.ts';
import { Positions, type ListenSource, type Told } from './protocol.ts';
import { SpillEncoder } from './spill-record.ts';
import { SpillStateFile, type Drops, type SpillState } from './spill-state.ts';
import { SpillWriter } from './spill-writer.ts';

/** What is redacted and put down of one source. Its state is written this often, so that a kill is known to the second. */
export const TICK_MS = 1_000;
/** So long there has to be room again before a time of dropping counts as over. */
const DROPS_END_MS = 5_000;
/** Room for gaps, when there is none for anything else. */
const GAPS_BYTES = 64 * 1024;

/** Takes in what one source sends, over whatever connection, and puts it down; drops and counts where there is no room. */
export class Intake {
  readonly source: ListenSource;
  readonly startedMs: number;
  readonly #format: SourceFormat;
  readonly #writer: SpillWriter;
  readonly #state: SpillStateFile;
  readonly #positions: Positions;
  readonly #encoder = new SpillEncoder();
  readonly #tell: (told: Told) => void;
  #drops: Drops | undefined;
  /** Since when nobody listened, until that is put down. */
  #downMs: number | undefined;
  #isUnsynced = false;

  constructor(source: ListenSource, format: SourceFormat, nowMs: number, tell: (told: Told) => void) {
    this.source = source;
    this.startedMs = nowMs;
    this.#format = format;
    this.#tell = tell;
    this.#writer = new SpillWriter(source.spill);
    this.#state = new SpillStateFile(join(source.spill.folder, 'state'));
    this.#positions = new Positions(source.positions);
    this.#resume(this.#state.before, nowMs);
  }

  /** For one connection, or one body. */
  framer(): Framer {
    const { name, cluster } = this.source;
    const context = { source: name, offset: 0, ...(cluster === undefined ? {} : { cluster }) };
    return this.#format.cut?.(context) ?? this.#format.frame(context);
  }

  /** Shippers send again what was not confirmed, so it is confirmed when it is on the disk; Vault waits for nothing. */
  get isSynced(): boolean {
    return this.source.type !== 'vault';
  }

  /** false: there was no room for any of it. */
  put({ records, rejections }: FrameOutput, peer: string, seenMs: number): boolean {
    if (records.length === 0 && rejections.length === 0) return true;
    for (const { text } of records) this.#encoder.add({ kind: 'entry', seenMs, peer, text });
    for (const one of rejections) this.#encoder.add({ kind: 'rejection', seenMs, peer, text: JSON.stringify(one) });
    const bytes = this.#encoder.take();
    if (this.#append(bytes)) return true;
    this.refused(records.length + rejections.length, bytes.length, seenMs);
    return false;
  }

  /** What could not be taken in. An audit device does not send it again: it is counted, and becomes a gap. */
  refused(count: number, bytes: number, nowMs: number): void {
    const { name, type } = this.source;
    if (type !== 'vault') return;
    if (this.#drops === undefined) {
      const text = 'The spill has no room: entries are dropped until the pipeline has caught up.';
      this.#notice(text, { limit: this.source.spill.limitBytes });
      this.#tell({ told: 'gap', source: name, gap: { ...this.#gap('dropped', nowMs), count, bytes } });
    }
    const before = this.#drops ?? { fromMs: nowMs, toMs: nowMs, count: 0, bytes: 0 };
    this.#drops = { ...before, toMs: nowMs, count: before.count + count, bytes: before.bytes + bytes };
  }

  /** Resolves when all that was put until now is on the disk. */
  async sync(): Promise<void> {
    this.#isUnsynced = false;
    await this.#writer.sync();
  }

  tick(nowMs: number): void {
    this.#writer.release(this.#positions.done, this.#drops !== undefined);
    const drops = this.#drops;
    if (drops !== undefined && nowMs - drops.toMs >= DROPS_END_MS && this.#putGap(this.#dropped(drops), nowMs)) {
      this.#drops = undefined;
      const facts = { count: drops.count, bytes: drops.bytes };
      this.#notice('The spill has room again.', facts);
    }
    this.#tellDown(nowMs);
    this.#writeState(nowMs);
    if (this.#isUnsynced) void this.sync().catch(() => (this.#isUnsynced = true));
  }

  close(nowMs: number): void {
    if (this.#drops !== undefined && this.#putGap(this.#dropped(this.#drops), nowMs)) this.#drops = undefined;
    this.#writeState(nowMs);
    this.#state.close();
    this.#writer.close();
  }

  /** Nobody listened since the last process ended. */
  #resume(before: SpillState | undefined, nowMs: number): void {
    this.#positions.end = this.#writer.end;
    if (before?.drops !== undefined && !this.#putGap(this.#dropped(before.drops), nowMs)) this.#drops = before.drops;
    this.#downMs = before?.aliveMs;
    this.#tellDown(nowMs);
    this.#writeState(nowMs);
  }

  #tellDown(nowMs: number): void {
    const { startedMs } = this;
    if (this.#downMs === undefined) return;
    if (this.#putGap(this.#gap('down', this.#downMs, Math.max(startedMs, this.#downMs)), nowMs))
      this.#downMs = undefined;
  }

  #dropped({ fromMs, toMs, count, bytes }: Drops): Gap {
    return { ...this.#gap('dropped', fromMs, toMs), count, bytes };
  }

  #gap(kind: GapKind, fromMs: number, toMs?: number): Gap {
    const { name, cluster } = this.source;
    return gapOf({
      kind,
      source: name,
      fromMs,
      ...(toMs === undefined ? {} : { toMs }),
      ...(cluster === undefined ? {} : { cluster }),
    });
  }

  #notice(text: string, facts: Readonly<Record<string, number>>): void {
    this.#tell({ told: 'notice', source: this.source.name, text, facts });
  }

  #putGap(gap: Gap, nowMs: number): boolean {
    this.#encoder.add({ kind: 'gap', seenMs: nowMs, peer: '', text: JSON.stringify(gap) });
    return this.#append(this.#encoder.take(), GAPS_BYTES);
  }

  /** A full disk is a full spill. What was read makes room, when there is no other. */
  #append(bytes: Buffer, reserveBytes = 0): boolean {
    for (const isPressed of [false, true]) {
      try {
        if (isPressed) this.#writer.release(this.#positions.done, true);
        if (this.#writer.append(bytes, reserveBytes)) return this.#appended();
      } catch {
        // Counted by who asked.
      }
    }
    return false;
  }

  #appended(): true {
    this.#positions.end = this.#writer.end;
    this.#isUnsynced = true;
    return true;
  }

  #writeState(nowMs: number): void {
    this.#state.write({ aliveMs: this.#downMs ?? nowMs, ...(this.#drops === undefined ? {} : { drops: this.#drops }) });
  }
}
