import { isObject, type JsonValue } from '../core/json.ts';
import type { SourceCheckpoint } from '../core/ports.ts';

/** What is durable of the closed lane; what waits follows from it and from the events. */
export interface ClosingState {
  /** Milliseconds: what was appended until then is worked out as far as `closedUs`. */
  readonly appendedMs: number;
  /** Microseconds; undefined: nothing was closed yet. */
  readonly closedUs: number | undefined;
  /** By the keys of the rules that this is true of: what they mean, and since which append. */
  readonly rules: ReadonlyMap<string, RuleState>;
}

export interface RuleState {
  readonly fingerprint: string;
  /** Milliseconds: events that were appended later say that they hit the rule as it is now. */
  readonly sinceMs: number;
  /** Microseconds: the rule is new, and was not asked yet of what happened from then on. */
  readonly fromUs?: number;
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
  const { meaning, since, from } = value;
  if (typeof meaning !== 'string' || typeof since !== 'number') return [];
  return [[key, { fingerprint: meaning, sinceMs: since, ...(typeof from === 'number' ? { fromUs: from } : {}) }]];
}

export function closingCheckpoint({ appendedMs, closedUs, rules }: ClosingState): SourceCheckpoint {
  const entries = Array.from(rules, ([key, { fingerprint, sinceMs, fromUs }]): [string, JsonValue] => [
    key,
    { meaning: fingerprint, since: sinceMs, ...(fromUs === undefined ? {} : { from: fromUs }) },
  ]);
  return {
    source: CHECKPOINT,
    checkpoint: {
      appended: appendedMs,
      ...(closedUs === undefined ? {} : { closed: closedUs }),
      rules: Object.fromEntries(entries),
    },
  };
}
