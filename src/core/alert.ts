import type { Level, Status } from './rule.ts';
import type { Outcome } from './event.ts';

/** What an alert shows of one of its events. */
export interface AlertEvent {
  readonly id: string;
  readonly '@timestamp': string;
  readonly action: string;
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly kind?: string;
  readonly actor?: string;
  readonly team?: string;
  readonly roles?: readonly string[];
  readonly secret?: string;
  /** What was asked for, where no secret is named. */
  readonly path?: string;
  readonly environment?: string;
  readonly address?: string;
  /** Facts that are false: `network`, `role`, `schedule`. */
  readonly unexpected?: readonly string[];
  /** Source name that saw it, and when (RFC 3339). */
  readonly source: string;
  readonly seen: string;
}

/**
 * One episode of a group, as design.md defines it: a pure function of the group's hits. Written by the pipeline only;
 * of several versions the highest wins.
 */
export interface Alert {
  /** 32 hex digits: hash of rule, group and opening event. */
  readonly id: string;
  /** Grows with the hits; a superseded alert is above every version that is not. */
  readonly version: number;
  readonly rule: {
    readonly id: string;
    readonly title: string;
    readonly level: Level;
    readonly status: Status;
    readonly description?: string;
    readonly tags: readonly string[];
    readonly falsepositives: readonly string[];
  };
  readonly rules_version: string;
  /** The group-by fields and this group's values; absent fields are left out. */
  readonly group: Readonly<Record<string, string>>;
  /** RFC 3339, UTC: the hit that satisfied the condition, and the first and last hit of the episode. */
  readonly opened: string;
  readonly first: string;
  readonly last: string;
  /** A hit after this is no part of the alert any more: the last one and the rule's timespan. */
  readonly ends: string;
  /** Exact up to 1,000; then it stays there. */
  readonly count: number;
  /** value_count: distinct values. */
  readonly values?: number;
  /** Which condition held, in words. */
  readonly why: string;
  /** What would have kept it quiet by the rule, in words: `7 or fewer in 5m, or inside a change window`. */
  readonly quiet?: string;
  /** The first 20. */
  readonly events: readonly AlertEvent[];
  /** The alert of the same group that this one goes on from after a cut; not notified again. */
  readonly continues?: string;
  readonly superseded_by?: string;
}

export const ALERT_EVENTS_LIMIT = 20;
export const ALERT_COUNT_LIMIT = 1_000;
