import type { JsonObject, JsonValue } from '../../core/json.ts';
import { stringAt } from '../../core/json.ts';
import type { Origin, RawRecord } from '../../core/record.ts';
import type { FrameContext, Framer, SourceFormat } from '../../core/source-format.ts';
import { parseObject, rawRecord } from '../../lib/frame-json-output.ts';
import { frameJson, RECORD_LIMIT_BYTES } from '../../lib/frame-json.ts';
import { memoize } from '../../lib/memoize.ts';
import { redactRecord } from '../../lib/redact-json.ts';
import { isSecretName } from '../../lib/secret-name.ts';
import { normalizeCloudTrail } from './normalize.ts';

/** AWS CloudTrail: files of `{"Records":[...]}`, and the same records in arrays, in lines or alone. */
export const cloudtrail: SourceFormat = { type: 'cloudtrail', frame: frameCloudTrail, normalize: normalizeCloudTrail };

function frameCloudTrail(context: FrameContext, state?: JsonValue): Framer {
  return frameJson(
    { type: 'cloudtrail', limitBytes: RECORD_LIMIT_BYTES, isRecord, redact: redactor() },
    context,
    state,
  );
}

/** Reads records from texts of which it is known that they are one each: what the framer would give of them. */
export function cloudTrailReader(): (text: string, origin: Origin, seen: string) => RawRecord {
  const spec = { type: 'cloudtrail', redact: redactor() } as const;
  return (text, origin, seen) => {
    const record = parseObject(text);
    if (record === undefined) throw new Error('What was known to be a record is none.');
    return rawRecord(spec, { record, text, origin, seen });
  };
}

function redactor(): (record: JsonObject, text: string) => string {
  const isSecret = memoize(NAMES_LIMIT, isSecretName);
  return (record, text) => redactRecord(record, text, VALUE_PARTS, isSecret);
}

const NAMES_LIMIT = 4_096;
/** The parts of a record that hold what callers sent and services answered. */
const VALUE_PARTS = ['requestParameters', 'responseElements', 'additionalEventData', 'serviceEventDetails'];

/** Insights have no name and no source, all have a version. */
function isRecord(record: JsonObject): boolean {
  const isNamed = stringAt(record, 'eventName') !== undefined && stringAt(record, 'eventSource') !== undefined;
  return isNamed || stringAt(record, 'eventVersion') !== undefined;
}
