/**
 * Why something may be missing.
 * `down`: whosaw did not listen. `dropped`: the spill was full, or its disk. `missing`: another device of the cluster
 * had entries that this one did not have. `disabled`: somebody removed the audit device. `salt`: HMACs of before and
 * after cannot be joined. `canary`: a read that had to come did not.
 */
export const GAP_KINDS = ['down', 'dropped', 'missing', 'disabled', 'salt', 'canary'] as const;
export type GapKind = (typeof GAP_KINDS)[number];

/** Something could have happened here that whosaw did not see. Told again, under its id, when more is known of it. */
export interface Gap {
  /** 32 hex digits: hash of kind, source, device and begin. */
  readonly id: string;
  /** Grows: of what was told under one id the highest version counts. */
  readonly version: number;
  readonly kind: GapKind;
  readonly source: string;
  /** Vault only. */
  readonly cluster?: string;
  /** The audit device's own name, where it is known. */
  readonly device?: string;
  /** RFC 3339, UTC. `to` is absent as long as it goes on. */
  readonly from: string;
  readonly to?: string;
  /** Entries that are known to be missing here, and their bytes. */
  readonly count?: number;
  readonly bytes?: number;
  /** Source that has what is missing here. */
  readonly healedBy?: string;
}
