import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/detect/evaluate.ts';
import type { Observation } from '../../src/core/event.ts';
import { testRules, type TestResult } from '../../src/rules/test-rules.ts';
import { errorsOf, ID, indent, parse, rule, warningsOf } from './rule-text.ts';

const COUNT = `title: B
name: b
logsource: { category: secret_access }
detection:
  read:
    whosaw.access.kind: read
  planned:
    whosaw.expected.schedule: true
  condition: read and not planned
---
title: C
id: ${ID}
correlation:
  type: event_count
  rules: [b]
  group-by: [whosaw.actor.id]
  timespan: 5m
  condition: { gte: 3 }
tests:
  given: { whosaw.access.kind: read, whosaw.actor.id: ana }
`;

function run(tests: string, text = COUNT): readonly TestResult[] {
  const parsed = parse(text + indent(tests));
  expect(parsed.problems).toEqual([]);
  return testRules(parsed, evaluate);
}

/** The events that a case becomes, as the evaluator sees them. */
function eventsOf(lines: string, text = COUNT): readonly Observation[] {
  const seen: Observation[] = [];
  const parsed = parse(`${text}  fires:\n    case:\n${indent(indent(indent(lines)))}`);
  expect(parsed.problems).toEqual([]);
  testRules(parsed, (_rules, observations) => {
    seen.push(...observations);
    return [];
  });
  return seen;
}

const timesOf = (lines: string): readonly string[] =>
  eventsOf(lines).map(({ event }) => event['@timestamp'].slice(5, 19));

describe('the lines of a test', () => {
  it('follow each other by a second from 12:00 UTC', () => {
    expect(timesOf('- {}\n- { times: 2 }\n- {}')).toEqual([
      '01-15T12:00:00',
      '01-15T12:00:01',
      '01-15T12:00:02',
      '01-15T12:00:03',
    ]);
  });

  it('may stand at any offset, and repeat at any distance', () => {
    expect(timesOf('- { at: -7d, every: 1d, times: 2 }\n- { at: 1h30m, times: 2, every: 0s }\n- {}')).toEqual([
      '01-08T12:00:00',
      '01-09T12:00:00',
      '01-15T13:30:00',
      '01-15T13:30:00',
      '01-15T13:30:01',
    ]);
  });

  it('are events of their own', () => {
    const ids = eventsOf('- { times: 3 }').map(({ event }) => `${event.event.id} ${event.whosaw.access.id}`);
    expect(new Set(ids).size).toBe(3);
    expect(ids.join(' ')).toMatch(/^[0-9a-f ]+$/);
  });

  it('may share an access', () => {
    const [one, other] = eventsOf('- { times: 2, whosaw.access.id: same }');
    expect(one?.event.whosaw.access.id).toBe(other?.event.whosaw.access.id);
    expect(one?.event.event.id).not.toBe(other?.event.event.id);
  });

  it('put our fields into the event and all others into the record', () => {
    const [made] = eventsOf(
      '- { user: { name: ana }, user.roles: admin, request.data.path: p, request: { data: { "q": [1] } }, __proto__.x: 1 }',
    );
    expect(made?.event.user).toEqual({ name: 'ana', roles: ['admin'] });
    expect(made?.record).toEqual(JSON.parse('{"request":{"data":{"path":"p","q":[1]}},"__proto__":{"x":1}}'));
    expect(made?.text).toBe(JSON.stringify(made?.record));
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('stand over the base event, and null takes a field away, also a default', () => {
    const [all, none] = eventsOf('- {}\n- { whosaw.actor.id: null, whosaw.secret.id: null, event.action: null }');
    expect(all?.event.whosaw.actor).toEqual({ id: 'ana', kind: 'unknown' });
    expect(all?.event.whosaw.secret).toEqual({
      id: 'vault:test/example',
      name: 'test/example',
      store: 'vault',
      kind: 'secret',
    });
    expect(none?.event.whosaw).not.toHaveProperty('actor');
    expect(none?.event.whosaw).not.toHaveProperty('secret');
    expect(none?.event.event).not.toHaveProperty('action');
  });

  it.each([
    ['{ product: aws }', '{}', 'cloudtrail', 'aws.cloudtrail'],
    ['{ product: azure, service: activitylogs }', '{}', 'keyvault', 'azure.activitylogs'],
    ['{ product: azure, service: activitylogs }', '{ event.module: vault }', 'vault', 'vault.audit'],
    ['{ product: vault }', '{ event.dataset: azure.activitylogs }', 'keyvault', 'azure.activitylogs'],
    ['{}', '{}', 'vault', 'vault.audit'],
  ])('with logsource %s and %s come by %s', (logsource, line, type, dataset) => {
    const text = `${rule('a:\n  event.action: x\ncondition: a')}\nlogsource: ${logsource}\ntests:\n`;
    const [made] = eventsOf(`- ${line}`, text);
    expect([made?.type, made?.event.event.dataset]).toEqual([type, dataset]);
  });
});

describe('a test', () => {
  it('passes with exactly one alert, or with none', () => {
    const results = run(`fires:
  three: [{ times: 3 }]
  a long one, cut at midnight: [{ at: 11h58m, times: 60, every: 4s }]
quiet:
  two: [{ times: 2 }]
  planned: [{ times: 9, whosaw.expected.schedule: true }]`);
    expect(results.map(({ kind, name, passed, got, line }) => [kind, name, passed, got, line])).toEqual([
      ['fires', 'three', true, 'one alert', 22],
      ['fires', 'a long one, cut at midnight', true, 'one alert', 23],
      ['quiet', 'two', true, 'no alert', 25],
      ['quiet', 'planned', true, 'no alert', 26],
    ]);
    expect(results[0]).toMatchObject({ file: 'rule.yml', rule: ID, title: 'C', expected: 'one alert' });
  });

  it.each([
    ['[{ times: 2 }]', 'no alert', '2 of 2 events matched, at most 2 in one of 1 groups; `C` needs 3 within 5m'],
    [
      '[{ times: 4 }, { times: 4, whosaw.actor.id: bob }]',
      '2 alerts',
      'C at 2025-01-15T12:00:02Z for whosaw.actor.id ana: ',
    ],
    [
      '[{ whosaw.access.kind: list }]',
      'no alert',
      'no event matched; the one of line 22 not `b`: in `read`, `whosaw.access.kind: read` does not hold: `whosaw.access.kind` is list',
    ],
    ['[{ whosaw.access.kind: null }]', 'no alert', '`whosaw.access.kind` is absent'],
    [
      '[{ whosaw.expected.schedule: true }]',
      'no alert',
      'no event matched; the one of line 22 not `b`: `planned` holds',
    ],
    [
      '[{ whosaw.secret.id: null }]',
      'no alert',
      'no event matched; the one of line 22 not `b`: the event is not of its logsource',
    ],
    [
      '[{ times: 3, whosaw.actor.id: null }]',
      'no alert',
      'the event of line 22 matched, but it has no `whosaw.actor.id`',
    ],
  ])('that fires %s but should not says why', (lines, got, why) => {
    const [result] = run(`fires:\n  it: ${lines}`);
    expect(result).toMatchObject({ passed: false, expected: 'one alert', got });
    expect(result?.why).toContain(why);
  });

  it('that should be quiet says which alert there was', () => {
    const [result] = run('quiet:\n  it: [{ times: 3 }]');
    expect(result).toMatchObject({ passed: false, expected: 'no alert', got: 'one alert' });
    expect(result?.why).toMatch(/^C at 2025-01-15T12:00:02Z for whosaw\.actor\.id ana: .*; the event of line \d+ met `b` with `.*` \(.*\)$/);
  });

  it('asks the rules of its own file only', () => {
    const other = rule('a:\n  whosaw.access.kind: read\ncondition: a').replace(
      ID,
      '00000000-0000-4000-8000-000000000001',
    );
    const parsed = parse({ 'a.yml': other, 'b.yml': `${COUNT}  quiet:\n    two: [{ times: 2 }]` });
    expect(testRules(parsed, evaluate)).toMatchObject([{ file: 'b.yml', passed: true }]);
  });
});

describe('tests that can not be read say where and why', () => {
  it.each([
    ['fires: []', '`fires` must be a map'],
    ['fires: { it: {} }', 'a test is a list of events'],
    ['fires: { it: [] }', 'a test is a list of events'],
    ['fires: { it: [x] }', 'an event is a map of fields'],
    ['fires: { it: [{ times: 0 }] }', '`times` must be a whole number above 0'],
    ['fires: { it: [{ times: 10001 }] }', 'more than 10000 events in one test'],
    ['fires: { it: [{ every: 5 }] }', '`every` must be a duration'],
    ['fires: { it: [{ every: -5s }] }', '`every` must be a duration'],
    ['fires: { it: [{ at: noon }] }', '`at` must be a duration'],
    ['fires: { it: [{ at: 99999999d }] }', '`at` must be a duration'],
    ['fires: { it: [{}, { until: soon }] }', '`until` must be a duration'],
    ['fires: { it: [{}, { until: 2h, at: 1h }] }', '`until` stands alone: `- { until: 2h }`'],
    ["fires: { it: [{ '@timestamp': 2025-01-01 }] }", 'the time of a test event is `at`'],
    ['fires: { it: [{ whosaw.actor.ip: x }] }', 'there is no field `whosaw.actor.ip`; did you mean `whosaw.actor.id`?'],
    ['fires: { it: [{ whosaw.access.kind: raed }] }', '`whosaw.access.kind` is one of read, list'],
    ['fires: { it: [{ whosaw.expected.role: maybe }] }', '`whosaw.expected.role` must be true or false'],
    ['fires: { it: [{ source.port: x }] }', '`source.port` must be a number'],
    ['fires: { it: [{ user.name: [a] }] }', '`user.name` must be a text'],
    ['fried: {}', 'unknown key `fried` in `tests`; did you mean `fires`?'],
  ])('%s', (tests, message) => {
    expect(errorsOf(COUNT + indent(tests)).join('\n')).toMatch(new RegExp(`^rule\\.yml:21:\\d+: `));
    expect(errorsOf(COUNT + indent(tests)).join('\n')).toContain(message);
  });

  it('and stand where they never run', () => {
    const tests = 'tests:\n  quiet:\n    it: [{}]\n---';
    expect(warningsOf(COUNT.replace('---', tests))).toEqual([
      'rule.yml:1:1: these tests never run: the rule raises no alerts itself',
    ]);
  });
});

describe('how long the world of a test is watched', () => {
  const SILENCE = COUNT.replace('event_count', 'silence').replace('5m', '1h\n  history: 4h');
  const results = (tests: string): readonly boolean[] => run(tests, SILENCE).map(({ passed }) => passed);

  it('is said by `until`, else by the last event of all', () => {
    expect(results('fires: { it: [{ at: -3h, times: 3, every: 1h }, { until: 1h }] }')).toEqual([true]);
    expect(results('quiet: { it: [{ at: -3h, times: 3, every: 1h }, { until: 59m }] }')).toEqual([true]);
    expect(results('quiet: { it: [{ at: -3h, times: 3, every: 1h }] }')).toEqual([true]);
    const other = '{ at: 1h, whosaw.actor.id: bob }';
    expect(results(`fires: { it: [{ at: -3h, times: 3, every: 1h }, ${other}] }`)).toEqual([true]);
  });

  it('is told where nothing fired', () => {
    const [result] = run('fires: { it: [{ at: -3h, times: 3, every: 1h }] }', SILENCE);
    expect(result?.why).toContain('`C` needs hits in 3 of 4 times 1h, then 1h without (`until` says how long a test goes on)');
  });
});
