import type { Gap } from '../core/gap.ts';
import { isObject, type JsonValue } from '../core/json.ts';
import type { DeviceFacts } from '../core/coverage.ts';

/** The checkpoint under which it is kept; no source can be called so. */
export { COVERAGE } from '../core/coverage.ts';
export type { DeviceFacts };

export interface ClusterState {
  /** What is not later was compared, as far as it was. */
  readonly newestUs: number;
  readonly since: Readonly<Record<string, number>>;
  readonly off: readonly Gap[];
  /** By the audit device's name. */
  readonly changes: Readonly<Record<string, DeviceChange>>;
  readonly told: readonly Gap[];
}

/** Event id and time of what was done to an audit device. */
export interface DeviceChange {
  readonly id: string;
  readonly timeUs: number;
}

export interface CoverageState {
  readonly devices: readonly DeviceFacts[];
  readonly clusters: Readonly<Record<string, ClusterState>>;
}

/** What another version wrote, or nobody yet, is nothing. */
export function readCoverage(value: JsonValue | undefined): CoverageState {
  if (!isObject(value) || !Array.isArray(value['devices']) || !isObject(value['clusters'])) {
    return { devices: [], clusters: {} };
  }
  // Written by this very code.
  return value as unknown as CoverageState;
}
