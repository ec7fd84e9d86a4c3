import type { Elastic } from './client.ts';
import type { Indices } from './indices.ts';

/** What every part of the store is given. */
export interface StoreContext {
  readonly elastic: Elastic;
  readonly indices: Indices;
  /** Makes what this process wrote visible before it is asked for. Readers see it within a second or so. */
  readonly settle: (index: string) => Promise<void>;
}
