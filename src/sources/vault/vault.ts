import type { SourceFormat } from '../../core/source-format.ts';
import { cutVault, frameVault } from './frame.ts';
import { normalizeVault } from './normalize.ts';

/**
 * HashiCorp Vault and OpenBao audit devices: one JSON entry a line, a request and a response for each access, and maybe
 * a rotation between the two.
 */
export const vault: SourceFormat = {
  type: 'vault',
  carriesOver: true,
  frame: (context, state) => frameVault(context, state),
  cut: (context) => cutVault(context),
  normalize: normalizeVault,
};
