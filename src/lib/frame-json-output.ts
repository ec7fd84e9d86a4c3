import { isObject, type JsonObject } from '../core/json.ts';
import type { Origin, RawRecord, RejectionReason, SourceType } from '../core/record.ts';
import type { FrameContext, FrameOutput } from '../core/source-format.ts';

/** What a source of JSON records says of them. */
export interface JsonFrameSpec {
  readonly type: SourceType;
  /** Longer records are rejected, and never held. */
  readonly limitBytes: number;
  /** Tells a record from the objects inside it: broken input is searched for the next one. */
  isRecord(record: JsonObject): boolean;
  /** Redacts the record, which is the framer's own, in place; gives its text: `text` itself where nothing was changed. */
  redact(record: JsonObject, text: string): string;
}

interface Cut {
  readonly record: JsonObject;
  readonly text: string;
  readonly offset: number;
  readonly seen: string;
}

/** Makes records and rejections of what was cut out. */
export class JsonOutput {
  readonly #spec: JsonFrameSpec;
  readonly #context: FrameContext;

  constructor(spec: JsonFrameSpec, context: FrameContext) {
    this.#spec = spec;
    this.#context = context;
  }

  emit(out: FrameOutput, { record, text, offset, seen }: Cut): void {
    out.records.push(rawRecord(this.#spec, { record, text, origin: this.#origin(offset), seen }));
  }

  /** The bytes from `start` to `end`. */
  reject(out: FrameOutput, reason: keyof typeof MESSAGES, start: number, end: number): void {
    const message = MESSAGES[reason];
    out.rejections.push({ origin: this.#origin(start), reason, message, length: end - start, keys: [] });
  }

  #origin(offset: number): Origin {
    const { source, file } = this.#context;
    return file === undefined ? { source, offset } : { source, file, offset };
  }
}

/**
 * Redacts what was cut out. A stored document is one line, and the text becomes part of it: a record over several lines is
 * printed again.
 */
export function rawRecord(
  { type, redact }: Pick<JsonFrameSpec, 'type' | 'redact'>,
  { record, text, origin, seen }: Omit<RawRecord, 'type'>,
): RawRecord {
  const redacted = redact(record, text);
  const isOneLine = !redacted.includes('\n') && !redacted.includes('\r');
  return { type, origin, record, text: isOneLine ? redacted : JSON.stringify(record), seen };
}

const MESSAGES = {
  'not-json': 'Expected JSON records here: an envelope, an array, or one object after the other.',
  truncated: 'A record or the list around it is cut off here.',
  'too-long': 'A record is too long to be one.',
} as const satisfies Partial<Record<RejectionReason, string>>;

export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
