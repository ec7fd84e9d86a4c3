import type { Alert } from '../core/alert.ts';
import type { Observation } from '../core/event.ts';
import type { RuleSet } from '../core/rule-set.ts';
import { bucketsOf, isOfNumbers, needsClosedWindow, printCondition, threshold, type Correlation } from '../core/rule.ts';
import { printDuration } from '../lib/duration.ts';
import { explainMatch, explainMiss } from './explain.ts';
import { OBSERVATION_FIELDS } from './fields.ts';
import { groupReader } from './hits.ts';
import type { ParsedRules } from './parse-rules.ts';
import { compileRules, type CompiledRules } from './rule-set.ts';
import type { RuleTests, TestCase } from './syntax.ts';
import { expandTest, untilOf, type TestEvent } from './test-events.ts';

/**
 * All alerts of a finite set of events, judged in event-time order. `untilUs`: so far the world was watched; without it
 * until the last event.
 */
export interface Evaluate {
  (rules: RuleSet, observations: readonly Observation[], untilUs?: number): readonly Alert[];
}

export interface TestResult {
  readonly file: string;
  /** Of the test's name. */
  readonly line: number;
  /** Key and title of the rule that the test belongs to. */
  readonly rule: string;
  readonly title: string;
  readonly kind: TestCase['kind'];
  readonly name: string;
  readonly passed: boolean;
  /** `one alert` or `no alert`. */
  readonly expected: string;
  readonly got: string;
  /** Where it failed: what did not hold, or what did. */
  readonly why?: string;
}

/**
 * Runs the tests of all rule files, each with the rules of its own file. `fires` is exactly one alert, `quiet` none;
 * what is superseded, or goes on from an alert that was cut, does not count.
 */
export function testRules(parsed: ParsedRules, evaluate: Evaluate): readonly TestResult[] {
  return parsed.tests.flatMap((tests) => {
    const rules = rulesOfFile(parsed, tests.file);
    const logsources = rules.detections.map(({ logsource }) => logsource);
    return tests.cases.map((test) => judge({ tests, test, rules, events: expandTest(test, logsources) }, evaluate));
  });
}

interface Trial {
  readonly tests: RuleTests;
  readonly test: TestCase;
  readonly rules: CompiledRules;
  readonly events: readonly TestEvent[];
}

/** The file's correlations with all that they count; filters of other files are left out. */
function rulesOfFile(parsed: ParsedRules, file: string): CompiledRules {
  const correlations = withChained(
    parsed.correlations.filter(({ meta, isSilent }) => meta.file === file && isSilent !== true),
    parsed.correlations,
  );
  const used = new Set(correlations.flatMap(({ rules, knownBy }) => [...rules, ...knownBy]));
  const detections = parsed.detections
    .filter(({ meta }) => used.has(meta.key))
    .map((detection) => ({ ...detection, expression: detection.ownExpression ?? detection.expression }));
  return compileRules({ version: parsed.version, correlations, detections });
}

/** What others than the file's own count of theirs alerts elsewhere. */
function withChained(own: readonly Correlation[], all: readonly Correlation[]): readonly Correlation[] {
  const chained = new Set(own.flatMap((correlation) => correlation.chained ?? []));
  const missing = all
    .filter(
      (correlation) => chained.has(correlation.meta.key) && !own.some(({ meta }) => meta.key === correlation.meta.key),
    )
    .map((correlation) => ({ ...correlation, isSilent: true }));
  return missing.length === 0 ? own : withChained([...own, ...missing], all);
}

function judge(trial: Trial, evaluate: Evaluate): TestResult {
  const { tests, test, rules, events } = trial;
  const observations = events.map(({ observation }) => observation);
  const alerts = evaluate(rules, observations, untilOf(test)).filter(counts);
  const passed = alerts.length === (test.kind === 'fires' ? 1 : 0);
  return {
    file: tests.file,
    line: test.line,
    rule: tests.rule,
    title: tests.title,
    kind: test.kind,
    name: test.name,
    passed,
    expected: test.kind === 'fires' ? 'one alert' : 'no alert',
    got: alerts.length === 0 ? 'no alert' : alerts.length === 1 ? 'one alert' : `${alerts.length} alerts`,
    ...(passed ? {} : { why: alerts.length === 0 ? explainSilence(trial) : explainAlerts(alerts, trial) }),
  };
}

function counts({ superseded_by, continues }: Alert): boolean {
  return superseded_by === undefined && continues === undefined;
}

const ALERTS_SHOWN = 3;

function explainAlerts(alerts: readonly Alert[], { rules, events }: Trial): string {
  const shown = alerts.slice(0, ALERTS_SHOWN).map(({ rule, group, opened, why }) => {
    const of = Object.entries(group).map(([field, value]) => `${field} ${value}`);
    return `${rule.title} at ${opened}${of.length === 0 ? '' : ` for ${of.join(', ')}`}: ${why}`;
  });
  const met = events.find(({ observation }) => observation.event.event.id === alerts[0]?.events[0]?.id);
  return [...shown, ...(met === undefined ? [] : [explainMet(rules, met)])].join('; ');
}

function explainMet(rules: CompiledRules, { line, observation }: TestEvent): string {
  const met = rules.match(observation).flatMap((index) => rules.detections[index] ?? []);
  const lines = met.map(({ meta, expression }) => {
    return `\`${meta.name ?? meta.title}\` with ${explainMatch(expression, OBSERVATION_FIELDS, observation)}`;
  });
  return `the event of line ${line} met ${lines.join(', and ')}`;
}

/** How far the events came: no match, no hit, or too few hits in one group. */
function explainSilence({ rules, events }: Trial): string {
  const [first] = events;
  if (first === undefined) return 'the test has no events';
  const matched = events.filter(({ observation }) => rules.match(observation).length > 0);
  const [match] = matched;
  if (match === undefined) return explainNoMatch(rules, first);
  const groups = new Map<string, number>();
  for (const { observation } of matched) {
    for (const { correlation, base, group } of rules.hits(observation, rules.match(observation))) {
      if (base >= (rules.correlations[correlation]?.rules.length ?? 0)) continue;
      const key = `${correlation} ${group.join('\u0000')}`;
      groups.set(key, (groups.get(key) ?? 0) + 1);
    }
  }
  if (groups.size === 0) return explainNoHit(rules, match);
  const most = Math.max(...groups.values());
  const needs = rules.correlations.map(describe).join('; ');
  return `${matched.length} of ${events.length} events matched, at most ${most} in one of ${groups.size} groups; ${needs}`;
}

function explainNoMatch(rules: CompiledRules, { line, observation }: TestEvent): string {
  const reasons = rules.detections.map(({ meta, expression }) => {
    const miss = explainMiss(expression, OBSERVATION_FIELDS, observation);
    return `\`${meta.name ?? meta.title}\`: ${miss ?? 'the event is not of its logsource'}`;
  });
  return `no event matched; the one of line ${line} not ${reasons.join(', nor ')}`;
}

/** Either only `known-by` matched, or a field is missing by which hits are grouped or counted. */
function explainNoHit(rules: CompiledRules, { line, observation }: TestEvent): string {
  const missing = rules.correlations
    .flatMap(({ groupBy, field, absentIsValue }) => [
      ...(absentIsValue ? [] : groupBy),
      ...(field === undefined ? [] : [field]),
    ])
    .find((field) => groupReader(field, OBSERVATION_FIELDS)(observation) === '');
  if (missing === undefined) return 'events matched what is known, but none what would be new';
  return `the event of line ${line} matched, but it has no \`${missing}\``;
}

function describe(correlation: Correlation): string {
  const { meta, type, condition, timespanMs, historyMs } = correlation;
  if (type === 'first_seen')
    return `\`${meta.title}\` needs none of them in ${printDuration(historyMs ?? 0)}, and known-by as its condition says`;
  if (type === 'anomaly')
    return `\`${meta.title}\` needs ${threshold(condition)}${countedWords(correlation)} in ${printDuration(timespanMs)}, far above the ${printDuration(historyMs ?? 0)} before`;
  if (type === 'silence')
    return `\`${meta.title}\` needs hits in ${threshold(condition)} of ${bucketsOf(correlation)} times ${printDuration(timespanMs)}, then ${printDuration(timespanMs)} without (\`until\` says how long a test goes on)`;
  const needed = needsClosedWindow(condition) || isOfNumbers(type) ? printCondition(condition) : threshold(condition);
  return `\`${meta.title}\` needs ${needed}${countedWords(correlation)} within ${printDuration(timespanMs)}`;
}

function countedWords({ type, field = '', moreFields = [], percentile = 50 }: Correlation): string {
  const fields = [field, ...moreFields].map((name) => `\`${name}\``).join(' and ');
  switch (type) {
    case 'event_count':
    case 'first_seen':
    case 'silence':
      return '';
    case 'anomaly':
      return field === '' ? '' : ` values of ${fields}`;
    case 'value_count':
      return ` values of ${fields}`;
    case 'temporal':
      return ' different rules';
    case 'temporal_ordered':
      return ' different rules in their order';
    case 'value_sum':
      return ` as the sum of ${fields}`;
    case 'value_avg':
      return ` as the average of ${fields}`;
    case 'value_percentile':
      return ` as the percentile ${percentile} of ${fields}`;
  }
}
