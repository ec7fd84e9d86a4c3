import type { SourceType } from '../core/record.ts';
import type { SourceFormat } from '../core/source-format.ts';
import { cloudtrail } from './aws/cloudtrail.ts';
import { keyvault } from './azure/keyvault.ts';
import { vault } from './vault/vault.ts';

/** All vendors' streams that whosaw reads. */
export const FORMATS: Readonly<Record<SourceType, SourceFormat>> = { vault, cloudtrail, keyvault };
