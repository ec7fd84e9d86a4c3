import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { FrameContext, Framer, SourceFormat } from '../../core/source-format.ts';
import { frameJson, RECORD_LIMIT_BYTES } from '../../lib/frame-json.ts';
import { memoize } from '../../lib/memoize.ts';
import { redactRecord } from '../../lib/redact-json.ts';
import { isSecretName } from '../../lib/secret-name.ts';
import { normalizeKeyVault } from './normalize.ts';
import { readCall } from './read-call.ts';

/**
 * Azure Key Vault audit events as Event Hubs and Storage give them: `{"records":[...]}`, arrays, or a record a line; and rows
 * of a Log Analytics workspace. The Activity Log's operations on vaults as well.
 */
export const keyvault: SourceFormat = { type: 'keyvault', frame: frameKeyVault, normalize: normalizeKeyVault };

function frameKeyVault(context: FrameContext, state?: JsonValue): Framer {
  const isSecret = memoize(NAMES_LIMIT, isSecretName);
  const redact = (record: JsonObject, text: string): string => redactRecord(record, text, VALUE_PARTS, isSecret);
  const isRecord = (record: JsonObject): boolean => readCall(record) !== undefined;
  return frameJson({ type: 'keyvault', limitBytes: RECORD_LIMIT_BYTES, isRecord, redact }, context, state);
}

const NAMES_LIMIT = 4_096;
/** Claims are what a token says, and not the token. */
const VALUE_PARTS = ['properties', 'Properties', 'Properties_d'];
