import type { Observation } from '../core/event.ts';
import type { Correlation } from '../core/rule.ts';
import { explainMiss } from './explain.ts';
import { OBSERVATION_FIELDS } from './fields.ts';
import { countPhrases, isSubject } from './quiet.ts';
import { countedOf, type CompiledDetection, type CompiledRules } from './rule-set.ts';
import { trace, turnsOf, type Trace, type Turn } from './trace.ts';
import { phraseOf, type FactPhrases } from './words.ts';

/** What a rule makes of an event: of each of the detections that it counts, or knows by. */
export interface Explanation {
  readonly rule: { readonly id: string; readonly title: string; readonly file: string; readonly line: number };
  /** One of the detections that it counts holds. */
  readonly holds: boolean;
  readonly detections: readonly ExplainedDetection[];
  /** Phrases that go on from "would not fire", the rule's own first. */
  readonly quiet: readonly string[];
}

export interface ExplainedDetection {
  readonly name: string;
  /** `known-by`: of a first_seen, what tells an acquaintance from a stranger. */
  readonly role: 'counted' | 'known-by';
  /** Logsource and condition. */
  readonly holds: boolean;
  /** The event is of the rule's logsource; otherwise its condition does not matter. */
  readonly isMeant: boolean;
  readonly trace: Trace;
  /** Phrases that go on from "would not hold" where it holds, and from "would hold" where it does not: each alone is enough. */
  readonly otherwise: readonly string[];
  /** Of those the ones that a person would name, where it holds: facts of the expectations, and what the rule leaves out. */
  readonly excuses: readonly string[];
  /** Why it does not hold. */
  readonly miss?: string;
}

/** `facts`: what would have been expected of this event, where more is known than the rule can say. */
export function explainEvent(
  rules: CompiledRules,
  correlation: Correlation,
  observation: Observation,
  facts: FactPhrases,
): Explanation {
  const { meta } = correlation;
  const isCounted = new Set(countedBy(rules, correlation).map(({ key }) => key));
  const detections = detectionsOf(rules, correlation).map(
    (detection): ExplainedDetection => ({
      ...explain(detection, observation, facts),
      role: isCounted.has(detection.key) ? 'counted' : 'known-by',
    }),
  );
  const holding = detections.filter(({ holds, role }) => holds && role === 'counted');
  const excuses = shared(holding.map(({ excuses: own }) => own));
  return {
    rule: { id: meta.key, title: meta.title, file: meta.file, line: meta.line },
    holds: holding.length > 0,
    detections,
    quiet: [...countPhrases(correlation, countedOf(rules)).map(begun), ...excuses],
  };
}

function explain(detection: CompiledDetection, observation: Observation, facts: FactPhrases): Omit<ExplainedDetection, 'role'> {
  const { meta, expression } = detection;
  const holds = detection.matches(observation);
  const miss = explainMiss(expression, OBSERVATION_FIELDS, observation);
  const turns = turnsOf(expression, OBSERVATION_FIELDS, observation);
  const say = ({ item, becomes }: Turn): string => phraseOf(item, becomes, facts);
  return {
    name: meta.name ?? meta.title,
    holds,
    isMeant: detection.isMeant(observation),
    trace: trace(expression, OBSERVATION_FIELDS, observation),
    otherwise: turns.map(say),
    excuses: holds ? excusesAmong(turns).map(say) : [],
    ...(miss === undefined ? {} : { miss }),
  };
}

function excusesAmong(turns: readonly Turn[]): readonly Turn[] {
  const excuses = turns.filter(
    ({ item, becomes }) => becomes === 'true' || item.field?.startsWith('whosaw.expected.') === true,
  );
  return excuses.length > 0 ? excuses : turns.filter(({ item }) => !isSubject(item));
}

function detectionsOf(rules: CompiledRules, correlation: Correlation): readonly CompiledDetection[] {
  const known = rules.detections.filter(({ key }) => correlation.knownBy.includes(key));
  return [...new Set([...countedBy(rules, correlation), ...known])];
}

/** Of a chain: those at its lower end. */
function countedBy(rules: CompiledRules, { rules: keys, chained = [] }: Correlation): readonly CompiledDetection[] {
  return keys.flatMap((key) => {
    const below = chained.includes(key) ? rules.correlations.find(({ meta }) => meta.key === key) : undefined;
    return below === undefined ? rules.detections.filter((one) => one.key === key) : countedBy(rules, below);
  });
}

/** `7 or fewer in 5m` goes on from "would not fire" with `at`. */
function begun(phrase: string): string {
  return /^(?:\d|other than |exactly )/.test(phrase) ? `at ${phrase}` : phrase;
}

function shared(phrases: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...rest] = phrases;
  return Array.from(new Set(first)).filter((phrase) => rest.every((others) => others.includes(phrase)));
}
