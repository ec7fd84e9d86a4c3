import type { JsonObject, JsonValue } from '../../core/json.ts';
import { isObject, objectAt, stringAt } from '../../core/json.ts';
import type { RawRecord } from '../../core/record.ts';
import type { FrameContext, FrameOutput } from '../../core/source-format.ts';
import { REDACTED } from '../../lib/scrub.ts';
import { parseTimeUs } from '../../lib/time.ts';
import { parseJson } from './parse-entry.ts';
import type { Peeked } from './peek-request.ts';

/** A redacted entry of an audit device. */
export interface Entry {
  readonly record: JsonObject;
  readonly text: string;
  /** The part of a rotated stream that it stands in. */
  readonly file?: string;
  readonly offset: number;
  readonly seen: string;
}

/** The line of a request that nobody has parsed or redacted yet: it stays in here. */
export interface UnreadLine {
  readonly text: string;
  readonly offset: number;
  readonly seen: string;
}

export interface LineReader {
  /** Parses and redacts; undefined where the line is no whole entry. */
  read(line: UnreadLine): Entry | undefined;
  /** Takes a line that is no whole entry. */
  reject(line: UnreadLine, out: FrameOutput): void;
}

/** A request without its response counts as unanswered after this long. */
const ANSWER_WITHIN_MS = 30_000;
const ANSWER_WITHIN_US = ANSWER_WITHIN_MS * 1_000;
/** Vault serves fewer requests at once; beyond it the oldest is let go early, and the checkpoint stays small. */
const OPEN_LIMIT = 2_000;
/** Responses that are remembered where entries come in any order. */
const ANSWERED_LIMIT = 50_000;
/** What a request that waits may take up: of a larger one the data (values, all of it) is left out. */
export const TEXT_LIMIT = 16_384;

/**
 * Events come from responses, which repeat their request. Requests wait here for theirs, in the order of the stream;
 * one whose response does not come within 30 s of stream time (or wall time, when the stream is idle, and where entries come
 * in any order) is let go as unanswered. A response that comes later still is a record of its own.
 */
export class OpenRequests {
  readonly #context: FrameContext;
  readonly #reader: LineReader;
  readonly #open = new Map<string, Waiting>();
  /** No request is due before the stream is here. */
  #nextDueUs = Infinity;
  /** Where entries come in any order: responses that may have come before their requests. */
  readonly #answered: RecentKeys | undefined;

  constructor(context: FrameContext, reader: LineReader, state?: JsonValue) {
    this.#context = context;
    this.#reader = reader;
    this.#answered = context.isUnordered === true ? new RecentKeys(ANSWERED_LIMIT) : undefined;
    for (const entry of restore(state)) this.#add(entry);
  }

  /** A request that is read only when its response does not come, or a checkpoint is taken before. */
  wait({ id, timeUs }: Peeked, line: UnreadLine, out: FrameOutput): void {
    if (this.#answered?.has(id) !== true) {
      this.#hold(id, { entry: undefined, line, seen: line.seen, dueUs: timeUs + ANSWER_WITHIN_US });
    }
    this.#pass(timeUs, out);
  }

  take(entry: Entry, out: FrameOutput): void {
    const timeUs = timeOf(entry.record);
    if (isRequest(entry.record)) {
      if (this.#answered?.has(pairingKey(entry.record)) !== true) this.#add(shortened(entry), timeUs);
    } else {
      const key = pairingKey(entry.record);
      this.#open.delete(key);
      this.#answered?.add(key);
      out.records.push(this.#record(entry));
    }
    this.#pass(timeUs, out);
  }

  /** The stream is at this time. */
  #pass(timeUs: number | undefined, out: FrameOutput): void {
    const isOrdered = this.#answered === undefined;
    if (isOrdered && timeUs !== undefined && timeUs > this.#nextDueUs)
      this.#release((open) => timeUs > open.dueUs, out);
    if (this.#open.size > OPEN_LIMIT) this.#releaseOldest(out);
  }

  /** `nowMs`: milliseconds since 1970. */
  idle(nowMs: number, out: FrameOutput): void {
    this.#release((open) => Date.parse(open.seen) < nowMs - ANSWER_WITHIN_MS, out);
  }

  end(out: FrameOutput): void {
    this.#release(() => true, out);
  }

  /** The waiting requests, redacted as they are. */
  state(): JsonValue | undefined {
    if (this.#open.size === 0) return undefined;
    const { file } = this.#context;
    return Array.from(this.#open.values()).flatMap((open) => {
      const entry = this.#entryOf(open);
      if (entry === undefined) return [];
      const { text, offset, seen } = entry;
      const part = entry.file ?? file;
      return [part === undefined ? { text, offset, seen } : { text, file: part, offset, seen }];
    });
  }

  /** One without a time waits for its response as long as it takes. */
  #add(entry: Entry, timeUs = timeOf(entry.record)): void {
    const dueUs = timeUs === undefined ? Infinity : timeUs + ANSWER_WITHIN_US;
    this.#hold(pairingKey(entry.record), { entry, line: undefined, seen: entry.seen, dueUs });
  }

  #hold(key: string, open: Waiting): void {
    this.#open.set(key, open);
    this.#nextDueUs = Math.min(this.#nextDueUs, open.dueUs);
  }

  #entryOf(open: Waiting): Entry | undefined {
    if (open.line === undefined || open.entry !== undefined) return open.entry;
    const entry = this.#reader.read(open.line);
    return entry === undefined ? undefined : (open.entry = shortened(entry));
  }

  #release(isDue: (open: Waiting) => boolean, out: FrameOutput): void {
    this.#nextDueUs = Infinity;
    for (const [key, open] of this.#open) {
      if (isDue(open)) this.#letGo(key, open, out);
      else this.#nextDueUs = Math.min(this.#nextDueUs, open.dueUs);
    }
  }

  #releaseOldest(out: FrameOutput): void {
    for (const [key, open] of this.#open) {
      this.#letGo(key, open, out);
      return;
    }
  }

  #letGo(key: string, open: Waiting, out: FrameOutput): void {
    this.#open.delete(key);
    const entry = this.#entryOf(open);
    if (entry !== undefined) out.records.push({ ...this.#record(entry), unanswered: true });
    else if (open.line !== undefined) this.#reader.reject(open.line, out);
  }

  #record(entry: Entry): RawRecord {
    return recordOf(this.#context, entry);
  }
}

/** The last keys: `limit` at least, twice as many at most. */
class RecentKeys {
  readonly #limit: number;
  #current = new Set<string>();
  #previous = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(key: string): void {
    if (this.#current.size >= this.#limit) {
      this.#previous = this.#current;
      this.#current = new Set();
    }
    this.#current.add(key);
  }

  has(key: string): boolean {
    return this.#current.has(key) || this.#previous.has(key);
  }
}

export function recordOf(context: FrameContext, entry: Entry): RawRecord {
  const { source, cluster } = context;
  const { record, text, offset, seen } = entry;
  const file = entry.file ?? context.file;
  return {
    type: 'vault',
    origin: file === undefined ? { source, offset } : { source, file, offset },
    cluster: cluster ?? DEFAULT_CLUSTER,
    record,
    text,
    seen,
  };
}

export const DEFAULT_CLUSTER = 'vault';

/** Has an entry, or else the line that it may be read from. */
interface Waiting {
  entry: Entry | undefined;
  readonly line: UnreadLine | undefined;
  readonly seen: string;
  /** Stream time after which nobody waits any longer. */
  readonly dueUs: number;
}

function isRequest(record: JsonObject): boolean {
  return record['type'] === 'request' || record['type'] === 'kmip-request';
}

/** request.id; where there is none (help, KMIP, old versions), what a response repeats of its request. */
function pairingKey(record: JsonObject): string {
  const request = objectAt(record, 'request');
  const id = stringAt(request, 'id');
  if (id !== undefined) return id;
  const parts = ['operation', 'path', 'client_token', 'remote_address', 'client_certificate_serial_number'];
  return JSON.stringify(parts.map((name) => stringAt(request, name) ?? ''));
}

function timeOf(record: JsonObject): number | undefined {
  return parseTimeUs(stringAt(record, 'time') ?? '');
}

function shortened(entry: Entry): Entry {
  if (entry.text.length <= TEXT_LIMIT) return entry;
  const record = { ...entry.record, request: { ...objectAt(entry.record, 'request'), data: REDACTED } };
  return { ...entry, record, text: JSON.stringify(record) };
}

function restore(state: JsonValue | undefined): readonly Entry[] {
  return Array.isArray(state) ? state.flatMap(restoreEntry) : [];
}

function restoreEntry(value: unknown): readonly Entry[] {
  if (!isObject(value)) return [];
  const { text, file, offset, seen } = value;
  if (typeof text !== 'string' || typeof offset !== 'number' || typeof seen !== 'string') return [];
  const record = parseJson(text);
  if (!isObject(record)) return [];
  return [typeof file === 'string' ? { record, text, file, offset, seen } : { record, text, offset, seen }];
}
