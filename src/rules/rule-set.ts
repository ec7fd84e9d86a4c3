import type { Observation } from '../core/event.ts';
import type { Hit } from '../core/hit.ts';
import type { RuleSet } from '../core/rule-set.ts';
import { compileExpression } from './compile-expression.ts';
import type { DetectionIndex } from './detection-index.ts';
import { OBSERVATION_FIELDS } from './fields.ts';
import { compileHits, usesOf, type Countable, type Use } from './hits.ts';
import { CHANNELS, channelOf, channelsOf, needsSecret } from './logsource.ts';
import type { ParsedRules } from './parse-rules.ts';
import { indexByKind } from './kind-index.ts';
import { quietOf, type Counted } from './quiet.ts';
import type { Detection } from './syntax.ts';

/** Rules, compiled once: what the stages match and count by, and what explains and judges the rules themselves. */
export interface CompiledRules extends RuleSet {
  readonly detections: readonly CompiledDetection[];
  /** By index of a detection: the correlations that count it. */
  readonly usedBy: readonly (readonly Use[])[];
}

export interface CompiledDetection extends Detection {
  readonly key: string;
  /** The event is of its logsource. */
  isMeant(observation: Observation): boolean;
  /** Logsource and condition. */
  matches(observation: Observation): boolean;
}

export function compileRules(parsed: Pick<ParsedRules, 'version' | 'correlations' | 'detections'>): CompiledRules {
  const { version } = parsed;
  const counted = countedOf(parsed);
  const correlations = parsed.correlations.map((correlation) => {
    const quiet = quietOf(correlation, counted);
    return quiet === undefined ? correlation : { ...correlation, quiet };
  });
  const compiled = parsed.detections.map(compileDetection);
  const uses = usesOf(correlations);
  const usedBy = compiled.map(({ key }) => uses.detections.get(key) ?? []);
  const counting = { correlations, countedBy: uses.correlations, countable: OBSERVATIONS };
  const makers = usedBy.map((some) => compileHits(some, counting));
  const indexes = buildIndexes(compiled);
  return {
    version,
    correlations,
    detections: compiled,
    usedBy,
    match: (observation) => indexes[indexNumber(observation)]?.(observation) ?? [],
    hits: (observation, matched) => {
      const hits: Hit[] = [];
      for (const detection of matched) makers[detection]?.(observation, hits);
      return hits;
    },
  };
}

/** What correlations count, for those who speak of it. */
export function countedOf({ correlations, detections }: Pick<ParsedRules, 'correlations' | 'detections'>): Counted {
  const byKey = new Map(detections.map((detection) => [detection.meta.key, detection]));
  const titles = new Map([...correlations, ...detections].map(({ meta }) => [meta.key, meta.title]));
  return { detection: (key) => byKey.get(key), titleOf: (key) => titles.get(key) ?? key };
}

const OBSERVATIONS: Countable<Observation> = {
  ...OBSERVATION_FIELDS,
  timeUs: ({ timeUs }) => timeUs,
  eventId: ({ event }) => event.event.id,
  accessId: ({ event }) => event.whosaw.access.id,
};

interface Compiled extends CompiledDetection {
  /** The condition alone. */
  readonly holds: (observation: Observation) => boolean;
}

function compileDetection(detection: Detection): Compiled {
  const holds = compileExpression(detection.expression, OBSERVATION_FIELDS);
  const channels = channelsOf(detection.logsource);
  const withSecret = needsSecret(detection.logsource);
  const isMeant = (observation: Observation): boolean =>
    channels.includes(channelOf(observation)) && (!withSecret || hasSecret(observation));
  return {
    ...detection,
    key: detection.meta.key,
    holds,
    isMeant,
    matches: (observation) => isMeant(observation) && holds(observation),
  };
}

/** Two indexes for each channel: events that name no secret, and those that do. */
function buildIndexes(detections: readonly Compiled[]): readonly DetectionIndex<Observation>[] {
  return Array.from(CHANNELS.keys()).flatMap((channel) =>
    [false, true].map((withSecret) => {
      const isMeant = ({ logsource }: Compiled): boolean =>
        channelsOf(logsource).includes(channel) && (withSecret || !needsSecret(logsource));
      return indexByKind(
        detections.flatMap((detection, number) => {
          const { expression, holds } = detection;
          return isMeant(detection) ? [{ number, expression, holds }] : [];
        }),
      );
    }),
  );
}

function indexNumber(observation: Observation): number {
  return channelOf(observation) * 2 + (hasSecret(observation) ? 1 : 0);
}

function hasSecret({ event }: Observation): boolean {
  return event.whosaw.secret !== undefined;
}
