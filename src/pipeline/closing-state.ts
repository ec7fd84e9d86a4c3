import { isObject, type JsonValue } from '../core/json.ts';
import type { SourceCheckpoint } from '../core/ports.ts';
import type { WaitingGroups } from './closing.ts';
import type { Waiting } from './closing-rule.ts';

/** What is durable of the closed lane. */
export interface ClosingState {
  /** Milliseconds: what was appended until then is worked out, or waits. */
  readonly appendedMs: number;
  /** Microseconds: everything until then was there; undefined: nothing was closed yet. */
  readonly closedUs: number | undefined;
  /** By the keys of the rules that this is true of. */
  readonly rules: ReadonlyMap<string, RuleState>;
}

export interface RuleState {
  /** What the rule means. */
  readonly fingerprint: string;
  /** Milliseconds: events that were appended later say that they hit the rule as it is now. */
  readonly sinceMs: number;
  readonly waiting: WaitingGroups;
}

/** No source can be called so. */
const CHECKPOINT = '#closed';

export function readClosingState(checkpoints: readonly SourceCheckpoint[]): ClosingState | undefined {
  const found = checkpoints.find(({ source }) => source === CHECKPOINT)?.checkpoint;
  if (!isObject(found)) return undefined;
  const { appended, closed, rules } = found;
  if (typeof appended !== 'number' || !isObject(rules)) return undefined;
  return {
    appendedMs: appended,
    closedUs: typeof closed === 'number' ? closed : undefined,
    rules: new Map(Object.entries(rules).flatMap(([key, value]) => ruleState(key, value))),
  };
}

function ruleState(key: string, value: JsonValue | undefined): readonly [string, RuleState][] {
  if (!isObject(value)) return [];
  const { meaning, since, waiting } = value;
  if (typeof meaning !== 'string' || typeof since !== 'number' || !Array.isArray(waiting)) return [];
  return [[key, { fingerprint: meaning, sinceMs: since, waiting: new Map(waiting.flatMap(readWaiting)) }]];
}

function readWaiting(entry: JsonValue): readonly [string, Waiting][] {
  if (!Array.isArray(entry)) return [];
  const [group, ...times] = entry as readonly JsonValue[];
  const [fromUs, toUs, lastUs, dueUs] = times.map((time) => (typeof time === 'number' ? time : Number.NaN));
  if (typeof group !== 'string' || fromUs === undefined || toUs === undefined || lastUs === undefined) return [];
  return dueUs === undefined ? [] : [[group, { fromUs, toUs, lastUs, dueUs }]];
}

export function closingCheckpoint({ appendedMs, closedUs, rules }: ClosingState): SourceCheckpoint {
  const entries = Array.from(rules, ([key, { fingerprint, sinceMs, waiting }]): [string, JsonValue] => [
    key,
    {
      meaning: fingerprint,
      since: sinceMs,
      waiting: Array.from(waiting, ([group, { fromUs, toUs, lastUs, dueUs }]) => [group, fromUs, toUs, lastUs, dueUs]),
    },
  ]);
  const closed = closedUs === undefined ? {} : { closed: closedUs };
  return { source: CHECKPOINT, checkpoint: { appended: appendedMs, ...closed, rules: Object.fromEntries(entries) } };
}
