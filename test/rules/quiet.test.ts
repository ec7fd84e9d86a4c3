import { describe, expect, it } from 'vitest';
import { compileRules } from '../../src/rules/rule-set.ts';
import { ID, ID2, indent, parse, rule } from './rule-text.ts';

function quietOf(text: string): string | undefined {
  const parsed = parse(text);
  expect(parsed.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return compileRules(parsed).correlations[0]?.quiet;
}

const base = (name: string, detection: string): string =>
  `title: Base ${name}\nname: ${name}\ndetection:\n${indent(detection)}`;
const READ = 'r:\n  whosaw.access.kind: read\ncondition: r';
const counted = (lines: string, ...bases: readonly string[]): string =>
  [...bases, `title: C\nid: ${ID}\ncorrelation:\n${indent(lines)}`].join('\n---\n');

describe('a rule says what would have kept it quiet', () => {
  it.each([
    ['a:\n  whosaw.expected.network: false\ncondition: a', 'from a declared network'],
    ['a:\n  whosaw.expected.role: false\n  whosaw.access.kind: read\ncondition: a', 'with a role that covers it'],
    [
      'a:\n  whosaw.access.kind: read\nb:\n  whosaw.expected.schedule: true\ncondition: a and not b',
      'inside a change window',
    ],
    [
      'a:\n  whosaw.access.kind: read\nf:\n  whosaw.environment: [development, test]\ncondition: a and not f',
      'in development or test',
    ],
    ['a:\n  whosaw.access.kind: read\nf:\n  source.ip|cidr: 10.2.0.0/16\ncondition: a and not f', 'from 10.2.0.0/16'],
    [
      'a:\n  x: 1\nf_a:\n  user.name|startswith: svc-\nf_b:\n  user.email: null\ncondition: a and not 1 of f_*',
      'if `user.name` begins with svc-, or without `user.email`',
    ],
    [
      'a:\n  x: 1\nf:\n  user.name: bot\n  whosaw.expected.network: true\ncondition: a and not f',
      'if `user.name` is bot and from a declared network',
    ],
    ['a:\n  whosaw.actor.kind: root\n  whosaw.access.kind: read\ncondition: a', 'if `whosaw.actor.kind` is not root'],
    ['a:\n  user.name|neq: [ana, bo]\ncondition: a', 'if `user.name` is ana or bo'],
    ['a:\n  event.duration|gt: 5\ncondition: a', 'if `event.duration` is at most 5'],
    ['a:\n  user.email|exists: false\ncondition: a', 'with `user.email`'],
    ['a:\n  url.path|contains|all: [x, y]\ncondition: a', 'if `url.path` does not contain x and y'],
    ['a:\n  - word\ncondition: a', 'without word'],
    ['a:\n  whosaw.access.kind: read\ncondition: a', undefined],
    ['a:\n  x: 1\nb:\n  y: 2\ncondition: a or b', undefined],
  ])('%j: %s', (detection, quiet) => {
    expect(quietOf(rule(detection))).toBe(quiet);
  });

  it.each([
    ['type: event_count\nrules: [b]\ntimespan: 5m\ncondition: { gte: 8 }', '7 or fewer in 5m'],
    ['type: event_count\nrules: [b]\ntimespan: 5m\ncondition: { gt: 8 }', '8 or fewer in 5m'],
    [
      'type: value_count\nrules: [b]\ntimespan: 1h\ncondition: { field: whosaw.secret.id, gte: 15 }',
      '14 or fewer secrets in 1h',
    ],
    ['type: first_seen\nrules: [b]\ntimespan: 1h\nhistory: 30d', 'after an earlier one in 30d'],
  ])('%j: %s', (correlation, quiet) => {
    expect(quietOf(counted(correlation, base('b', READ)))).toBe(quiet);
  });

  it('with known-by counts what must be known', () => {
    const known = (more: string): string =>
      counted(
        `type: first_seen\nrules: [b]\nknown-by: [k]\ntimespan: 1h\nhistory: 30d${more}`,
        base('b', READ),
        base('k', READ),
      );
    expect(quietOf(known('\ncondition: { gte: 5 }'))).toBe(
      'after an earlier one in 30d, or after fewer than 5 of `Base k`',
    );
    expect(quietOf(known(''))).toBe('after an earlier one in 30d, or without `Base k` before');
  });

  it.each([
    ['type: temporal\nrules: [a, b]', 'without one of `Base a`, `Base b` in 5m, or from a declared network'],
    [
      'type: temporal_ordered\nrules: [a, b]',
      'in another order, or without one of `Base a`, `Base b` in 5m, or from a declared network',
    ],
    ['type: temporal\nrules: [a, b, c]\ncondition: { gte: 2 }', '1 or fewer of its rules in 5m'],
    ['type: event_count\nrules: [b]\ncondition: { lt: 3 }', '3 or more in 5m'],
    ['type: event_count\nrules: [b]\ncondition: { gt: 4, lte: 9 }', '4 or fewer in 5m, or 10 or more in 5m'],
    ['type: event_count\nrules: [b]\ncondition: { neq: 3 }', 'exactly 3 in 5m'],
    [
      'type: value_count\nrules: [b]\ncondition: { field: [x, y], gte: 3 }',
      '2 or fewer values of x and y in 5m',
    ],
    ['type: value_sum\nrules: [b]\ncondition: { field: x, gt: 1.5 }', 'with a sum of `x` of at most 1.5 in 5m'],
    ['type: value_avg\nrules: [b]\ncondition: { field: x, lt: 2 }', 'with an average of `x` of at least 2 in 5m'],
    [
      'type: value_percentile\nrules: [b]\ncondition: { field: x, gte: 9, percentile: 95 }',
      'with percentile 95 of `x` below 9 in 5m',
    ],
  ])('a correlation of Sigma %j: %s', (lines, quiet) => {
    const one = base('a', 'r:\n  whosaw.access.kind: read\n  whosaw.expected.network: false\ncondition: r');
    const used = lines.includes('[b]') ? [base('b', READ)] : [one, base('b', READ)];
    const all = lines.includes('c]') ? [...used, base('c', READ)] : used;
    expect(quietOf(counted(`${lines}\ntimespan: 5m`, ...all))).toBe(quiet);
  });

  it('names an excuse of several bases only where it is one of all', () => {
    const filtered = (filter: string): string =>
      `r:\n  whosaw.access.kind: read\nf:\n  ${filter}\ng:\n  user.name: bot\ncondition: r and not f and not g`;
    const count = 'type: event_count\nrules: [a, b]\ntimespan: 5m\ncondition: { gte: 3 }';
    const one = base('a', filtered('whosaw.expected.network: true'));
    const other = base('b', filtered('whosaw.expected.role: true'));
    expect(quietOf(counted(count, one, other))).toBe('2 or fewer in 5m, or if `user.name` is bot');
  });

  it('is short, whatever the rule lists', () => {
    const names = Array.from({ length: 200 }, (_, index) => `user-${index}`).join(', ');
    const filters = Array.from({ length: 30 }, (_, index) => `f${index}:\n  x${index}: 1`).join('\n');
    const quiet = quietOf(rule(`a:\n  x: 1\nf:\n  user.name: [${names}]\n${filters}\ncondition: a and not 1 of f*`));
    expect(quiet?.length).toBeLessThan(300);
    expect(quiet).toMatch(/^if `user\.name` is user-0, user-1, .*\.\.\., or /);
  });

  it('leaves the rules as they were read', () => {
    const parsed = parse(
      `${rule('a:\n  whosaw.expected.network: false\ncondition: a')}\n---\n${rule(READ).replace(ID, ID2)}`,
    );
    compileRules(parsed);
    expect(parsed.correlations[0]).not.toHaveProperty('quiet');
  });
});
