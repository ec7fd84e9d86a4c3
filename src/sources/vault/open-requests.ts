import type { JsonObject, JsonValue } from '../../core/json.ts';
import { isObject, objectAt, stringAt } from '../../core/json.ts';
import type { RawRecord } from '../../core/record.ts';
import type { FrameContext, FrameOutput } from '../../core/source-format.ts';
import { parseTimeUs } from '../../lib/time.ts';

/** A redacted entry of an audit device. */
export interface Entry {
  readonly record: JsonObject;
  readonly text: string;
  readonly offset: number;
  readonly seen: string;
}

/** A request without its response counts as unanswered after this long. */
const ANSWER_WITHIN_MS = 30_000;
/** Vault serves fewer requests at once; beyond it the oldest is let go early, and the checkpoint stays small. */
const OPEN_LIMIT = 2_000;

/**
 * Events come from responses, which repeat their request. Requests wait here for theirs, in the order of the stream;
 * one whose response does not come within 30 s of stream time (or wall time, when the stream is idle) is let go as
 * unanswered. A response that comes later still is a record of its own.
 */
export class OpenRequests {
  readonly #context: FrameContext;
  readonly #open = new Map<string, Entry & { readonly timeUs: number }>();
  #newestUs = 0;

  constructor(context: FrameContext, state?: JsonValue) {
    this.#context = context;
    for (const entry of restore(state)) this.#add(entry);
  }

  take(entry: Entry, out: FrameOutput): void {
    if (isRequest(entry.record)) this.#add(entry);
    else {
      this.#open.delete(pairingKey(entry.record));
      out.records.push(this.#record(entry));
    }
    this.#newestUs = Math.max(this.#newestUs, timeOf(entry.record));
    this.#release((open) => open.timeUs < this.#newestUs - ANSWER_WITHIN_MS * 1_000 || this.#open.size > OPEN_LIMIT, out);
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
    return Array.from(this.#open.values(), ({ text, offset, seen }) => ({ text, offset, seen }));
  }

  #add(entry: Entry): void {
    this.#open.set(pairingKey(entry.record), { ...entry, timeUs: timeOf(entry.record) });
  }

  #release(isDue: (open: Entry & { readonly timeUs: number }) => boolean, out: FrameOutput): void {
    for (const [key, open] of this.#open) {
      if (!isDue(open)) return;
      this.#open.delete(key);
      out.records.push({ ...this.#record(open), unanswered: true });
    }
  }

  #record({ record, text, offset, seen }: Entry): RawRecord {
    const { source, file, cluster } = this.#context;
    return {
      type: 'vault',
      origin: file === undefined ? { source, offset } : { source, file, offset },
      cluster: cluster ?? DEFAULT_CLUSTER,
      record,
      text,
      seen,
    };
  }
}

export const DEFAULT_CLUSTER = 'vault';

function isRequest(record: JsonObject): boolean {
  return record['type'] === 'request' || record['type'] === 'kmip-request';
}

/** request.id; where there is none (help, KMIP, old versions), what a response repeats of its request. */
function pairingKey(record: JsonObject): string {
  const request = objectAt(record, 'request');
  const id = stringAt(request, 'id');
  if (id !== undefined) return id;
  const parts = ['operation', 'path', 'client_token', 'remote_address', 'client_certificate_serial_number'];
  return parts.map((name) => stringAt(request, name) ?? '').join('\u0000');
}

function timeOf(record: JsonObject): number {
  return parseTimeUs(stringAt(record, 'time') ?? '') ?? 0;
}

function restore(state: JsonValue | undefined): readonly Entry[] {
  return Array.isArray(state) ? state.flatMap(restoreEntry) : [];
}

function restoreEntry(value: unknown): readonly Entry[] {
  if (!isObject(value)) return [];
  const { text, offset, seen } = value;
  if (typeof text !== 'string' || typeof offset !== 'number' || typeof seen !== 'string') return [];
  const record: unknown = JSON.parse(text);
  return isObject(record) ? [{ record, text, offset, seen }] : [];
}
