import type { JsonObject } from '../core/json.ts';
import type { Rejection } from '../core/record.ts';
import type { SourceFormat } from '../core/source-format.ts';
import { frameJson, RECORD_LIMIT_BYTES } from '../lib/frame-json.ts';
import { FORMATS } from '../sources/formats.ts';
import { readFiles } from '../sources/files/read-files.ts';

/**
 * The JSON objects of a file (`-`: standard input), in batches and as they stand: one a line, in an array, or in the list
 * of an envelope (`Records`, `records`). Throws SOURCE_UNREADABLE.
 */
export async function* readJsonEvents(
  path: string,
  signal: AbortSignal,
  reject: (rejection: Rejection) => void,
): AsyncGenerator<readonly JsonObject[], void, undefined> {
  const batches = readFiles([path], PLAIN, {
    source: 'events',
    signal,
    skipped: () => undefined,
    unreadable: (error) => {
      throw error;
    },
  });
  for await (const { records, rejections } of batches) {
    for (const rejection of rejections) reject(rejection);
    yield records.map(({ record }) => record);
  }
}

/** Whatever an object is, it is one record. Nothing here is normalized, so it does not matter whose records these are. */
const PLAIN: SourceFormat = {
  ...FORMATS.cloudtrail,
  frame: (context, state) =>
    frameJson(
      { type: 'cloudtrail', limitBytes: RECORD_LIMIT_BYTES, isRecord: () => true, redact: (_, text) => text },
      context,
      state,
    ),
};
