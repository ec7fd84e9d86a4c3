import type { Alert } from '../core/alert.ts';
import type { WhosawError } from '../core/errors.ts';
import type { Observation } from '../core/event.ts';
import type { Rejection, SourceType } from '../core/record.ts';
import type { Way } from '../core/sieve.ts';
import type { Stages } from './observe.ts';

export interface ScanOptions {
  readonly paths: readonly string[];
  readonly stages: Stages;
  /** Without it, each file's first bytes tell. */
  readonly source?: SourceType | undefined;
  readonly cluster?: string | undefined;
  readonly signal: AbortSignal;
  /** What CloudTrail records can be sifted by before they are parsed (see waysToSift); absent: they are not. */
  readonly ways?: readonly Way[] | undefined;
  /** Less input than this is not worth the threads; default: SIFT_BYTES. */
  readonly siftBytes?: number;
  /** Plain files of twice this size are cut into parts of it; default: PART_BYTES. */
  readonly siftPartBytes?: number;
  /** Each normalized event, once, with the rules that it hit; awaited. */
  readonly onEvent?: ((observation: Observation) => Promise<void> | void) | undefined;
  readonly onRejection: (rejection: Rejection) => void;
  readonly onSkipped: (path: string, reason: string) => void;
  readonly onUnreadable: (error: WhosawError, path: string) => void;
  /** Now and then, with the counts so far. */
  readonly onProgress?: (summary: ScanCounts) => void;
}

export interface ScanCounts {
  readonly files: number;
  readonly events: number;
  readonly duplicates: number;
  readonly rejected: number;
}

export interface ScanResult extends ScanCounts {
  readonly alerts: readonly Alert[];
}
