import type { JsonObject, JsonValue } from '../../core/json.ts';
import { stringAt } from '../../core/json.ts';
import type { FrameContext, Framer, SourceFormat } from '../../core/source-format.ts';
import { frameJson, RECORD_LIMIT_BYTES } from '../../lib/frame-json.ts';
import { memoize } from '../../lib/memoize.ts';
import { redactRecord } from '../../lib/redact-json.ts';
import { isSecretName } from '../../lib/secret-name.ts';
import { normalizeCloudTrail } from './normalize.ts';

/** AWS CloudTrail: files of `{"Records":[...]}`, and the same records in arrays, in lines or alone. */
export const cloudtrail: SourceFormat = { type: 'cloudtrail', frame: frameCloudTrail, normalize: normalizeCloudTrail };

function frameCloudTrail(context: FrameContext, state?: JsonValue): Framer {
  const isSecret = memoize(NAMES_LIMIT, isSecretName);
  const redact = (record: JsonObject, text: string): string => redactRecord(record, text, VALUE_PARTS, isSecret);
  return frameJson({ type: 'cloudtrail', limitBytes: RECORD_LIMIT_BYTES, isRecord, redact }, context, state);
}

const NAMES_LIMIT = 4_096;
/** The parts of a record that hold what callers sent and services answered. */
const VALUE_PARTS = ['requestParameters', 'responseElements', 'additionalEventData', 'serviceEventDetails'];

/** Insights have no name and no source, all have a version. */
function isRecord(record: JsonObject): boolean {
  const isNamed = stringAt(record, 'eventName') !== undefined && stringAt(record, 'eventSource') !== undefined;
  return isNamed || stringAt(record, 'eventVersion') !== undefined;
}
