import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/detect/evaluate.ts';
import { parseRules } from '../../src/rules/parse-rules.ts';
import { testRules } from '../../src/rules/test-rules.ts';
import { setThresholds, type Threshold } from '../../src/rules/thresholds.ts';

const COUNTING = `
title: Read
name: read
detection: { read: { whosaw.access.kind: read }, condition: read }
---
title: Many reads
id: 11111111-1111-4111-8111-111111111111
correlation: { type: event_count, rules: [read], group-by: [whosaw.actor.id], timespan: 10m, condition: { gte: 3 } }
tests:
  given: { whosaw.access.kind: read, whosaw.actor.id: a }
  fires:
    three: [{ times: 3 }]
  quiet:
    two: [{ times: 2 }]
    slowly: [{ times: 3, every: 10m }]
`;

const NEW = `
title: Login
name: login
detection: { login: { whosaw.access.kind: login }, condition: login }
---
title: First login
id: 22222222-2222-4222-8222-222222222222
name: first-login
correlation: { type: first_seen, rules: [login], group-by: [whosaw.actor.id], timespan: 1h, history: 30d, settle: 5d }
`;

const ORDERED = `
title: Login
name: login
detection: { login: { whosaw.access.kind: login }, condition: login }
---
title: Read
name: read
detection: { read: { whosaw.access.kind: read }, condition: read }
---
title: Login, then read
id: 33333333-3333-4333-8333-333333333333
correlation: { type: temporal_ordered, rules: [login, read], group-by: [whosaw.actor.id], timespan: 1h }
`;

const ALONE = `
title: Admin
id: 44444444-4444-4444-8444-444444444444
detection: { admin: { whosaw.access.kind: admin }, condition: admin }
`;

const parsed = parseRules([
  { file: '/rules/harvesting/many.yml', text: COUNTING, folder: 0 },
  { file: '/rules/newcomers/login.yml', text: NEW, folder: 0 },
  { file: '/rules/order/login.yml', text: ORDERED, folder: 0 },
  { file: '/rules/admin.yml', text: ALONE, folder: 0 },
]);

function set(rule: string, name: string, value: number | string): Threshold {
  const places = { rule: { line: 2, column: 3 }, name: { line: 3, column: 5 }, value: { line: 3, column: 10 } };
  return { rule, name, value, file: 'whosaw.yaml', places };
}

function problemsOf(...thresholds: readonly Threshold[]): readonly string[] {
  return setThresholds(parsed, thresholds).problems.map(
    ({ file, line, column, message }) => `${file}:${line}:${column} ${message}`,
  );
}

describe('setThresholds', () => {
  it('starts from rules that are right', () => {
    expect(parsed.problems).toEqual([]);
    expect(parsed.correlations).toHaveLength(4);
  });

  it.each(['harvesting/many', 'many', '11111111-1111-4111-8111-111111111111', 'rules/harvesting/many'])(
    'finds the rule by %s',
    (name) => {
      const { correlations, problems } = setThresholds(parsed, [set(name, 'gte', 5)]);
      expect(problems).toEqual([]);
      expect(correlations.map(({ condition }) => condition)).toEqual([
        { gte: 5 },
        ...parsed.correlations.slice(1).map(({ condition }) => condition),
      ]);
    },
  );

  it('changes what the rule finds', () => {
    const failed = (...thresholds: readonly Threshold[]): readonly string[] =>
      testRules(setThresholds(parsed, thresholds), evaluate).flatMap(({ passed, name }) => (passed ? [] : [name]));
    expect(failed()).toEqual([]);
    expect(failed(set('many', 'gte', 4))).toEqual(['three']);
    expect(failed(set('many', 'gte', 2))).toEqual(['two', 'slowly']);
    expect(failed(set('many', 'timespan', '20m'))).toEqual(['slowly']);
    expect(failed(set('many', 'gte', 2), set('many', 'timespan', '5m'))).toEqual(['two']);
  });

  it('sets several of one rule, and spans of first_seen', () => {
    const { correlations } = setThresholds(parsed, [
      set('first-login', 'history', '7d'),
      set('first-login', 'settle', '2d'),
      set('admin', 'timespan', '12h'),
    ]);
    expect(correlations[1]).toMatchObject({ historyMs: 7 * 86_400_000, settleMs: 2 * 86_400_000 });
    expect(correlations[3]).toMatchObject({ timespanMs: 12 * 3_600_000, condition: { gte: 1 } });
  });

  it('is another version of the rules, and the same one each time', () => {
    const version = (...thresholds: readonly Threshold[]): string => setThresholds(parsed, thresholds).version;
    expect(version()).toBe(parsed.version);
    expect(version(set('many', 'gte', 5))).not.toBe(parsed.version);
    expect(version(set('many', 'gte', 5))).not.toBe(version(set('many', 'gte', 6)));
    expect(version(set('many', 'gte', 5), set('admin', 'gte', 2))).toBe(
      version(set('admin', 'gte', 2), set('harvesting/many', 'gte', 5)),
    );
  });

  it.each([
    [set('harvesting/mani', 'gte', 5), '2:3 there is no rule `harvesting/mani`, neither by its id, its name nor its file; did you mean `harvesting/many`?'],
    [set('any', 'gte', 5), '2:3 there is no rule `any`, neither by its id, its name nor its file; did you mean `many`?'],
    [set('login', 'timespan', '5m'), '2:3 `login` are several rules: newcomers/login, order/login'],
    [set('many', 'gt', 5), '3:5 `Many reads` has no `gt`, but gte, timespan; did you mean `gte`?'],
    [set('many', 'timespam', '5m'), '3:5 `Many reads` has no `timespam`, but gte, timespan; did you mean `timespan`?'],
    [set('first-login', 'gte', 5), '3:5 `First login` has no `gte`, but timespan, history, settle'],
    [set('order/login', 'gte', 1), '3:5 `Login, then read` has no `gte`, but timespan'],
    [set('many', 'gte', '5'), '3:10 `gte` must be a number above 0'],
    [set('many', 'gte', 0), '3:10 `gte` must be a number above 0'],
    [set('many', 'gte', 1.5), '3:10 `gte` must be a number above 0'],
    [set('many', 'timespan', 5), '3:10 `timespan` must be a number and a unit, as 30s, 10m, 1h or 30d'],
    [set('many', 'timespan', '0m'), '3:10 `timespan` must be a number and a unit, as 30s, 10m, 1h or 30d'],
    [set('__proto__', 'gte', 5), '2:3 there is no rule `__proto__`, neither by its id, its name nor its file'],
    [set('many', '__proto__', 5), '3:5 `Many reads` has no `__proto__`, but gte, timespan'],
  ])('refuses %j', (threshold, expected) => {
    expect(problemsOf(threshold)).toEqual([`whosaw.yaml:${expected}`]);
  });

  it('passes over rules that are not there, where told to', () => {
    const { problems } = setThresholds(parsed, [set('gone', 'gte', 5), set('many', 'gt', 5)], { passOver: true });
    expect(problems.map(({ message }) => message)).toEqual([
      '`Many reads` has no `gt`, but gte, timespan; did you mean `gte`?',
    ]);
  });
});
