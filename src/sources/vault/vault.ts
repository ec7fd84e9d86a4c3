import type { SourceFormat } from '../../core/source-format.ts';
import { frameVault } from './frame.ts';
import { normalizeVault } from './normalize.ts';

/** HashiCorp Vault and OpenBao audit devices: one JSON entry a line, a request and a response for each access. */
export const vault: SourceFormat = { type: 'vault', frame: frameVault, normalize: normalizeVault };
