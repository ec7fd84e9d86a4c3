import type { Alert } from '../../src/core/alert.ts';
import { fail } from '../../src/core/result.ts';
import type { RuleSet } from '../../src/core/rule-set.ts';
import { compileExpectations } from '../../src/enrich/compile-expectations.ts';
import { parseExpectations } from '../../src/enrich/parse-expectations.ts';
import { learn } from '../../src/learn/learn.ts';
import { NO_EXPECTATIONS } from '../../src/pipeline/load-stages.ts';
import type { Enrich } from '../../src/pipeline/observe.ts';
import { loadCalls, loadInvictus, loadTechniques } from './cloudtrail.ts';
import { judge, type Finding, type Stream } from './judge.ts';
import { dayOf, loadScenario, type Scenario } from './openbao.ts';
import { alertsTable, countsTable, findingsTable, score, table } from './print.ts';

/** How well the rules detect what is labelled in the corpora, as Markdown. */
export function measure(corpora: string, rules: RuleSet): string {
  const techniques = judgeAll(loadTechniques(corpora), rules);
  const calls = judgeAll(loadCalls(corpora), rules);
  const missed = calls.filter((finding) => finding.rules.length === 0);
  return [
    scenario(corpora, rules),
    `### AWS, attack techniques (Stratus Red Team): ${score(techniques)}\n`,
    findingsTable(techniques),
    `### AWS, single calls that change something (TrailDiscover): ${score(calls)}\n`,
    missed.length === 0 ? '' : findingsTable(missed),
    '### AWS, a day of attacks without labels (Invictus)\n',
    countsTable(judge(loadInvictus(corpora), rules, NO_EXPECTATIONS).falseAlerts),
  ].join('\n');
}

/** Expectations are drafted from the days before the first label, and from nothing else. */
function scenario(corpora: string, rules: RuleSet): string {
  const stream = loadScenario(corpora);
  const { findings, falseAlerts, alerts } = judge(stream, rules, draftedFrom(learn(stream.baseline)));
  const learnt = new Set(stream.baseline.map(dayOf));
  const isLearnt = ({ opened }: Alert): boolean => learnt.has(opened.slice(0, 'YYYY-MM-DD'.length));
  const early = falseAlerts.filter(isLearnt).length;
  return [
    `### OpenBao, recorded: ${score(findings)}\n`,
    `${alerts} alerts. False alerts on the labelled days: ${perDay(falseAlerts.length - early, stream.days.length - learnt.size)}; ` +
      `on the days from which expectations were drafted: ${perDay(early, learnt.size)}.\n`,
    findingsTable(findings),
    falseAlerts.length === 0 ? '' : `False alerts:\n\n${alertsTable(falseAlerts)}`,
    'The same with expectations drafted from fewer days: quiet days after them are days that nobody has seen.\n',
    fewerDays(stream, rules),
  ].join('\n');
}

/** What it is worth to learn longer, and how often what was not learnt alarms. */
function fewerDays(stream: Scenario, rules: RuleSet): string {
  const quiet = [...new Set(stream.baseline.map(dayOf))].toSorted();
  const rows = quiet.map((_, index): readonly string[] => {
    const learnt = new Set(quiet.slice(0, index + 1));
    const days = stream.days.filter((day) => !learnt.has(day));
    const enricher = draftedFrom(learn(stream.baseline.filter((observation) => learnt.has(dayOf(observation)))));
    const { findings, falseAlerts } = judge(stream, rules, enricher);
    const unseen = falseAlerts.filter(({ opened }) => days.includes(opened.slice(0, 'YYYY-MM-DD'.length)));
    return [String(learnt.size), score(findings), perDay(unseen.length, days.length)];
  });
  return table(['days', 'labels', 'false alerts on the other days'], rows);
}

function perDay(count: number, days: number): string {
  return `${count} in ${days} day${days === 1 ? '' : 's'} (${(count / days).toFixed(2)} a day)`;
}

function draftedFrom(text: string): Enrich {
  const parsed = parseExpectations(text, 'drafted', () => fail('no calendars are drafted'));
  if (!parsed.ok) throw new Error(`The draft is broken: ${parsed.error[0]?.message ?? ''}`);
  return compileExpectations(parsed.value);
}

function judgeAll(streams: readonly Stream[], rules: RuleSet): readonly Finding[] {
  return streams.flatMap((stream) => judge(stream, rules, NO_EXPECTATIONS).findings);
}
