import { isObject } from '../core/json.ts';
import type { CommitBatch, EventStore, SourceCheckpoint, StoredState } from '../core/ports.ts';
import type { AccessReader } from '../core/access-reader.ts';
import { needsClosing, type Correlation } from '../core/rule.ts';
import { Correlator } from '../detect/correlate.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { Loaded } from './load-stages.ts';
import { Lanes } from './lanes.ts';
import type { Live } from './live.ts';
import type { Log } from './log.ts';
import type { Stored } from './recompute.ts';
import { restore, type Restored } from './restore.ts';
import { warmUp } from './warm-up.ts';

export interface BeginOptions {
  readonly loaded: Loaded;
  readonly store: EventStore & Pick<AccessReader, 'alerts'>;
  readonly state: StoredState;
  readonly latenessMs: number;
  readonly hitsLimit: number;
  readonly nowMs: number;
  /** What ran before with other rules. */
  readonly previous?: Remembered | undefined;
  readonly log: Log;
}

/** A correlator, and by the keys of its rules what they mean. */
export interface Remembered {
  readonly correlator: Correlator;
  readonly fingerprints: Fingerprints;
}

export interface Begun extends Restored {
  readonly correlator: Correlator;
}

/** The checkpoint that says which rules made the alerts so far; no source can be called so. */
const CHECKPOINT = '#rules';

/** The memory of the rules: taken over from before where a rule means the same, else worked out from the store. */
export async function begin(options: BeginOptions): Promise<Begun> {
  const { loaded, store, state, latenessMs, hitsLimit, nowMs, previous, log } = options;
  const lanes = new Lanes(loaded.stages.rules);
  const rules = lanes.live;
  const correlator = new Correlator(rules.correlations, { latenessMs, hitsLimit });
  correlator.restoreMarks(state.marks);
  const same =
    previous === undefined ? new Map<number, number>() : sameRules(loaded.fingerprints, previous.fingerprints);
  if (previous !== undefined) correlator.inherit(previous.correlator, same);
  const warmed = await warmUp(rules, correlator, store, state.warmed, nowMs);
  if (warmed.length > 0) log.debug({ rules: warmed }, 'Marked the history of rules that look for something new.');
  const inherited = new Set([...same.keys(), ...lanes.closed]);
  const restored = await restore({ rules, correlator, store, latenessMs, nowMs, inherited });
  if (restored.hits > 0) log.debug({ hits: restored.hits }, 'Restored what the rules remembered.');
  return { ...restored, correlator };
}

/**
 * What rules that are new or changed since the store was last written make of what is still going on; undefined when no
 * rule changed. Alerts that a changed rule had made before go over to what it makes now.
 */
export async function alertChanged(
  { loaded, store, state, nowMs }: BeginOptions,
  { open }: Begun,
  live: Live,
): Promise<CommitBatch | undefined> {
  const { correlations } = loaded.stages.rules;
  const before = fingerprintsIn(state.checkpoints);
  const isChanged = (key: string | undefined): boolean =>
    key !== undefined && before[key] !== loaded.fingerprints.get(key);
  const isSame = correlations.every(({ meta }) => !isChanged(meta.key));
  if (isSame && Object.keys(before).length === correlations.length) return undefined;
  const changes = open.filter(({ correlation }) => isChanged(correlations[correlation]?.meta.key));
  const stored = changes.length === 0 ? [] : await openAlerts(store, correlations, isChanged, nowMs);
  const checkpoint = { source: CHECKPOINT, checkpoint: Object.fromEntries(loaded.fingerprints) };
  return { ...(await live.open(changes, stored, nowMs)), checkpoints: [checkpoint] };
}

function fingerprintsIn(checkpoints: readonly SourceCheckpoint[]): Readonly<Record<string, unknown>> {
  const found = checkpoints.find(({ source }) => source === CHECKPOINT)?.checkpoint;
  return isObject(found) ? found : {};
}

async function openAlerts(
  store: Pick<AccessReader, 'alerts'>,
  correlations: readonly Correlation[],
  isChanged: (key: string) => boolean,
  nowMs: number,
): Promise<readonly Stored[]> {
  const byKey = new Map(correlations.map((rule, index) => [rule.meta.key, index]));
  const longestMs = Math.max(0, ...correlations.map(({ timespanMs }) => timespanMs));
  const found = await store.alerts({ sinceUs: (nowMs - longestMs) * 1_000, limit: Number.MAX_SAFE_INTEGER });
  return found.flatMap(({ alert }) => {
    const correlation = byKey.get(alert.rule.id);
    const rule = correlations[correlation ?? -1];
    if (correlation === undefined || rule === undefined || !isChanged(alert.rule.id)) return [];
    // The closed lane looks after those of its own.
    if (needsClosing(rule)) return [];
    if (alert.superseded_by !== undefined || Date.parse(alert.ends) < nowMs) return [];
    return [{ alert, correlation, group: rule.groupBy.map((field) => alert.group[field] ?? '') }];
  });
}

/** By the index of a rule, the index that it had: rules that mean the same. */
function sameRules(now: Fingerprints, before: Fingerprints): ReadonlyMap<number, number> {
  const indices = new Map(Array.from(before.keys(), (key, index) => [key, index]));
  const same = new Map<number, number>();
  for (const [index, [key, fingerprint]] of Array.from(now).entries()) {
    const theirs = indices.get(key);
    if (theirs !== undefined && before.get(key) === fingerprint) same.set(index, theirs);
  }
  return same;
}
