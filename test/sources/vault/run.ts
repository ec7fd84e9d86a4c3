import { encodeEvent } from '../../../src/core/encode-event.ts';
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import type { RawRecord, Rejection } from '../../../src/core/record.ts';
import type { FrameOutput, Framer } from '../../../src/core/source-format.ts';
import { frameVault } from '../../../src/sources/vault/frame.ts';
import { vault } from '../../../src/sources/vault/vault.ts';

export const SEEN = '2026-01-01T00:00:00.000Z';
export const CONTEXT = { source: 'vault-file', offset: 0 };

export function newOutput(): FrameOutput {
  return { records: [], rejections: [] };
}

/** A whole stream, in chunks of so many bytes. */
export function frameAll(bytes: Buffer, framer: Framer = vault.frame(CONTEXT), chunkBytes = bytes.length): FrameOutput {
  const out = newOutput();
  for (let at = 0; at < bytes.length; at += Math.max(chunkBytes, 1)) {
    framer.push(bytes.subarray(at, at + Math.max(chunkBytes, 1)), SEEN, out);
  }
  framer.end(SEEN, out);
  return out;
}

/** One entry as a device writes it. */
export function frameEntry(entry: unknown, options: { readonly limitBytes?: number } = {}): FrameOutput {
  const text = typeof entry === 'string' ? entry : JSON.stringify(entry);
  return frameAll(Buffer.from(`${text}\n`), frameVault(CONTEXT, undefined, options.limitBytes));
}

export interface Normalized {
  /** Documents as they are stored. */
  readonly events: readonly JsonObject[];
  readonly rejections: readonly Rejection[];
}

export function normalizeAll({ records, rejections }: FrameOutput): Normalized {
  const events: JsonObject[] = [];
  const all = [...rejections];
  for (const record of records) {
    const result = vault.normalize(record);
    if (result.ok) events.push(JSON.parse(encodeEvent(result.value)) as JsonObject);
    else all.push(result.error);
  }
  return { events, rejections: all };
}

/** The one event of a record. */
export function eventOf(record: RawRecord): JsonObject {
  const { events, rejections } = normalizeAll({ records: [record], rejections: [] });
  const [event] = events;
  if (event === undefined) throw new Error(`no event: ${JSON.stringify(rejections)}`);
  return event;
}

/** A value below an event, by its dotted path. */
export function at(value: JsonValue | undefined, path: string): unknown {
  let found: unknown = value;
  for (const step of path.split('.')) {
    found =
      typeof found === 'object' && found !== null ? (found as Readonly<Record<string, unknown>>)[step] : undefined;
  }
  return found;
}
