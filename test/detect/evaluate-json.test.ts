import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { JsonEvaluation, type Firing } from '../../src/detect/evaluate-json.ts';
import { compileJsonRules } from '../../src/rules/json-rules.ts';
import { parseRules } from '../../src/rules/parse-rules.ts';
import { indent } from '../rules/rule-text.ts';

function evaluation(text: string): JsonEvaluation {
  const parsed = parseRules([{ file: 'rule.yml', text, folder: 0 }], { idsAreOptional: true });
  const [error] = parsed.problems.filter(({ severity }) => severity === 'error');
  if (error !== undefined) throw new Error(error.message);
  return new JsonEvaluation(compileJsonRules(parsed));
}

function fire(text: string, events: readonly JsonObject[]): readonly Firing[] {
  const run = evaluation(text);
  return [...events.flatMap((event) => run.add(event)), ...run.finish()];
}

const detection = (name: string, field = name): string =>
  `title: ${name}\nname: ${name}\nlogsource: { product: windows }\ndetection:\n  s:\n    e: ${field}\n  condition: s\n`;
const correlation = (lines: string): string => `title: C\nid: c-1\ncorrelation:\n${indent(lines)}\n`;
const at = (second: number): string => `2023-07-10T10:00:${String(second).padStart(2, '0')}Z`;

describe('a detection that stands alone', () => {
  it('fires for each event, whatever its logsource, with or without an id', () => {
    const event = { e: 'A', timestamp: '2023-07-10T12:00:00.5+02:00', 'user.name': 'x' };
    expect(fire(detection('a'), [event, { e: 'b' }, { e: 'a' }])).toEqual([
      { title: 'a', id: null, group: {}, time: '2023-07-10T10:00:00.5Z', count: 1, events: [event] },
      { title: 'a', id: null, group: {}, time: null, count: 1, events: [{ e: 'a' }] },
    ]);
    expect(fire(detection('a').replace('name: a', 'id: x-1'), [{ e: 'a' }])[0]?.id).toBe('x-1');
  });

  it('reads names of our own schema from the event as well', () => {
    const text = detection('a').replace('    e: a', '    user.name|contains: an\n    event.action: x');
    expect(fire(text, [{ user: { name: 'Ana' }, 'event.action': 'X' }])).toHaveLength(1);
  });

  it.each([
    [{ '@timestamp': at(1), timestamp: at(2), eventTime: at(3) }, at(1)],
    [{ '@timestamp': 'today', timestamp: 5, eventTime: at(3) }, at(3)],
    [{ time: at(1) }, null],
  ])('has the time of %j', (times, expected) => {
    expect(fire(detection('a'), [{ e: 'a', ...times }])[0]?.time).toBe(expected);
  });
});

describe('a correlation', () => {
  const count = correlation('type: event_count\nrules: [a]\ngroup-by: [u, v]\ntimespan: 1m\ncondition: { gte: 2 }');
  const event = (second: number, more: JsonObject = {}): JsonObject => ({
    e: 'a',
    u: 'bob',
    v: 1,
    timestamp: at(second),
    ...more,
  });

  it('fires once for a group, with its values in order and its events, and the base does not', () => {
    const events = [event(9), event(1), event(2), event(3, { u: 'amy' })];
    expect(fire(`${detection('a')}---\n${count}`, events)).toEqual([
      {
        title: 'C',
        id: 'c-1',
        group: { u: 'bob', v: '1' },
        time: at(2),
        count: 3,
        events: [event(1), event(2), event(9)],
      },
    ]);
  });

  it('does not count events without a time or without a group, and says how many have no time', () => {
    const run = evaluation(`${detection('a')}---\n${count}`);
    for (const more of [{ timestamp: 'x' }, { timestamp: 7 }, { u: null }]) run.add(event(1, more));
    expect([run.finish(), run.events, run.timeless]).toEqual([[], 3, 2]);
  });

  it('shows the first 20 of its events, and counts all', () => {
    const [firing] = fire(
      `${detection('a')}---\n${count}`,
      Array.from({ length: 50 }, (_, index) => event(index)),
    );
    expect([firing?.count, firing?.events.length]).toEqual([50, 20]);
  });

  it('fires once for what goes on after midnight, with all of it', () => {
    const night = Array.from({ length: 40 }, (_, index) =>
      event(0, { timestamp: new Date(Date.UTC(2023, 6, 9, 23, 50) + index * 30_000).toISOString() }),
    );
    expect(fire(`${detection('a')}---\n${count}`, night)).toEqual([
      expect.objectContaining({ title: 'C', time: '2023-07-09T23:50:30Z', count: 40, events: night.slice(0, 20) }),
    ]);
  });

  it('counts equal events, which have no ids', () => {
    expect(fire(`${detection('a')}---\n${count}`, [event(1), event(1)])).toHaveLength(1);
  });

  it('groups by aliases', () => {
    const text = correlation(
      'type: temporal\nrules: [a, b]\ngroup-by: [ip]\ntimespan: 10s\naliases: { ip: { a: src, b: dst } }',
    );
    const events = [
      { e: 'a', src: '10.0.0.1', dst: 'x', timestamp: at(1) },
      { e: 'b', src: 'y', dst: '10.0.0.1', timestamp: at(2) },
      { e: 'b', src: '10.0.0.2', dst: '10.0.0.3', timestamp: at(3) },
    ];
    const firings = fire(`${detection('a')}---\n${detection('b')}---\n${text}`, events);
    expect(firings.map(({ group }) => group)).toEqual([{ ip: '10.0.0.1' }]);
  });

  it('takes numbers as numbers or texts, and nothing else', () => {
    const sum = correlation('type: value_sum\nrules: [a]\ntimespan: 1m\ncondition: { field: n, gt: 3 }');
    const amounts = (values: readonly (JsonObject | string | number | boolean | null)[]): number =>
      fire(
        `${detection('a')}---\n${sum}`,
        values.map((n, index) => event(index, { n })),
      ).length;
    expect(amounts([2, '1.5'])).toBe(1);
    expect(amounts([2, 'x', '', null, true, {}, '1e999', JSON.parse('1e999') as number])).toBe(0);
  });

  it('counts values of several fields together', () => {
    const values = correlation('type: value_count\nrules: [a]\ntimespan: 1m\ncondition: { field: [p, q], gte: 3 }');
    const pairs = (list: readonly JsonObject[]): number =>
      fire(
        `${detection('a')}---\n${values}`,
        list.map((pair, index) => event(index, pair)),
      ).length;
    expect(
      pairs([
        { p: 1, q: 1 },
        { p: 1, q: 2 },
        { p: 2, q: 1 },
      ]),
    ).toBe(1);
    expect(pairs([{ p: 1, q: 1 }, { p: 1, q: 2 }, { p: 2 }, { q: 2 }])).toBe(0);
  });
});

describe('a chain', () => {
  const many = `title: M\nname: many\ncorrelation:\n${indent('type: event_count\nrules: [a]\ngroup-by: [host]\ntimespan: 1m\ncondition: { gte: 2 }')}\n`;
  const chain = correlation('type: temporal_ordered\nrules: [many, b]\ngroup-by: [u]\ntimespan: 1m');
  const text = [chain, many, detection('a'), detection('b')].join('---\n');
  const failed = (second: number, u: string): JsonObject => ({ e: 'a', host: 'h', u, timestamp: at(second) });

  it('groups by the fields of the event that satisfied the condition below', () => {
    const worked = { e: 'b', u: 'bob', timestamp: at(9) };
    expect(fire(text, [failed(1, 'amy'), failed(2, 'bob'), worked])).toMatchObject([
      { title: 'C', group: { u: 'bob' }, time: at(9), count: 2, events: [{ e: 'a', u: 'bob' }, { e: 'b' }] },
    ]);
    expect(fire(text, [failed(1, 'bob'), failed(2, 'amy'), worked])).toEqual([]);
  });

  it('lets the child fire as well where it is to be generated', () => {
    const titles = (rules: string): readonly string[] =>
      fire(rules, [failed(1, 'bob'), failed(2, 'bob'), { e: 'b', u: 'bob', timestamp: at(9) }]).map(
        ({ title }) => title,
      );
    expect(titles(text)).toEqual(['C']);
    expect(titles(text.replace('timespan: 1m', 'timespan: 1m\n  generate: true'))).toEqual(['b', 'M', 'C']);
  });

  it('takes the alias of the child for a field', () => {
    const aliased = many.replace('group-by: [host]', 'group-by: [who]\n  aliases: { who: { a: u } }');
    const over = chain.replace('group-by: [u]', 'group-by: [who]\n  aliases: { who: { b: u } }');
    const worked = { e: 'b', u: 'bob', timestamp: at(9) };
    const firings = fire([over, aliased, detection('a'), detection('b')].join('---\n'), [
      failed(1, 'bob'),
      failed(2, 'bob'),
      worked,
    ]);
    expect(firings.map(({ group }) => group)).toEqual([{ who: 'bob' }]);
  });
});
