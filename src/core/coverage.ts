/** The checkpoint under which the pipeline keeps what it knows of each device: `{ devices: DeviceFacts[], ... }`. */
export const COVERAGE = '#coverage';

/** What one device brought: a file, or one node that connects to a listener. */
export interface DeviceFacts {
  readonly source: string;
  readonly peer?: string;
  /** RFC 3339: its newest event. */
  readonly last: string;
  /** Also those that another device had told before. */
  readonly events: number;
  /** Milliseconds between event and sight: 50, 90 and 99 of a hundred of the last thousand were no later, and the latest. */
  readonly delay?: { readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number };
}
