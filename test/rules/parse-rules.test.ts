import { describe, expect, it } from 'vitest';
import { errorsOf, ID, ID2, indent, parse, rule, warningsOf } from './rule-text.ts';

const DETECTION = 'detection:\n  a:\n    x: 1\n  condition: a\n';
const base = (name: string, more = ''): string => `title: ${name}\nname: ${name}\n${more}${DETECTION}`;
const correlation = (lines: string, id = ID): string => `title: C\nid: ${id}\ncorrelation:\n${indent(lines)}\n`;
const COUNT = 'type: event_count\nrules: [b]\ntimespan: 5m\ncondition: { gte: 2 }';
const ANOMALY = 'type: anomaly\nrules: [b]\ntimespan: 1h\nhistory: 14d\ncondition: { gte: 20 }';
const READER = 'type: first_seen\nrules: [b]\nknown-by: [b]\ngroup-by: [x, z]\nhistory: 3d\ntimespan: 1h';
const SUM = 'type: value_sum\nrules: [b]\ntimespan: 5m\ncondition: { gt: 2, field: x }';

describe('what a rule says about itself', () => {
  it('is taken over, with Sigma defaults', () => {
    const [found] = parse(rule('a:\n  x: 1\ncondition: a')).correlations;
    expect(found?.meta).toEqual({
      key: ID,
      id: ID,
      title: 'T',
      status: 'test',
      level: 'medium',
      tags: [],
      falsepositives: [],
      file: 'rule.yml',
      line: 1,
    });
  });

  it('has all that RuleMeta has', () => {
    const text = `# A file begins with a comment.
title: 2024 in review
id: ${ID}
name: one
status: experimental
level: critical
description: |
  Two lines
  of text.
tags: [attack.t1555, cve.2024-1]
falsepositives: None
author: somebody
custom: anything
${DETECTION}`;
    expect(parse(text).problems).toEqual([]);
    expect(parse(text).correlations[0]?.meta).toEqual({
      key: ID,
      id: ID,
      name: 'one',
      title: '2024 in review',
      status: 'experimental',
      level: 'critical',
      description: 'Two lines\nof text.',
      tags: ['attack.t1555', 'cve.2024-1'],
      falsepositives: ['None'],
      file: 'rule.yml',
      line: 2,
    });
  });

  it('of a detection that stands alone counts per actor and secret', () => {
    const [found] = parse(rule('a:\n  x: 1\ncondition: a')).correlations;
    expect({ ...found, meta: undefined }).toEqual({
      meta: undefined,
      type: 'event_count',
      rules: [ID],
      knownBy: [],
      groupBy: ['whosaw.actor.id', 'whosaw.secret.id'],
      absentIsValue: true,
      timespanMs: 3_600_000,
      condition: { gte: 1 },
    });
  });
});

describe('a correlation', () => {
  it('takes the detections that it names as its bases, and they raise no alerts', () => {
    const parsed = parse(
      `${base('b')}---\n${base('c', `id: ${ID2}\n`)}---\n${correlation(COUNT.replace('[b]', '[b, c]'))}`,
    );
    expect(parsed.problems).toEqual([]);
    expect(parsed.correlations).toHaveLength(1);
    expect({ ...parsed.correlations[0], meta: undefined }).toEqual({
      meta: undefined,
      type: 'event_count',
      rules: [`${ID}/b`, ID2],
      knownBy: [],
      groupBy: [],
      absentIsValue: false,
      timespanMs: 300_000,
      condition: { gte: 2 },
    });
    expect(parsed.detections.map(({ meta }) => meta.key)).toEqual([`${ID}/b`, ID2]);
  });

  it('counts values of a field', () => {
    const text = correlation(
      'type: value_count\nrules: b\ngroup-by: [source.address, userIdentity.arn]\ntimespan: 2w\ncondition: { field: whosaw.secret.id, gt: 3 }',
    );
    expect(parse(`${base('b')}---\n${text}`).correlations[0]).toMatchObject({
      type: 'value_count',
      groupBy: ['source.address', 'userIdentity.arn'],
      timespanMs: 1_209_600_000,
      condition: { gt: 3 },
      field: 'whosaw.secret.id',
    });
  });

  it('of first_seen knows strangers by other rules', () => {
    const text = correlation(
      'type: first_seen\nrules: [b]\nknown-by: [c]\nhistory: 30d\ntimespan: 1h\ncondition: { gte: 5 }',
    );
    const parsed = parse(`${base('b')}---\n${base('c')}---\n${text}`);
    expect(parsed.problems).toEqual([]);
    expect(parsed.correlations[0]).toMatchObject({
      type: 'first_seen',
      rules: [`${ID}/b`],
      knownBy: [`${ID}/c`],
      historyMs: 2_592_000_000,
      condition: { gte: 5 },
    });
  });

  it.each([
    ['known-by: [c]\n', { gte: 1 }],
    ['', {}],
  ])('of first_seen with %j and no condition', (knownBy, condition) => {
    const text = correlation(`type: first_seen\nrules: [b]\n${knownBy}history: 30d\ntimespan: 1h`);
    const parsed = parse(`${base('b')}---\n${base('c', `id: ${ID2}\n`)}---\n${text}`);
    expect(parsed.correlations.find(({ type }) => type === 'first_seen')?.condition).toEqual(condition);
  });

  it.each([
    ['type: event_count', 'a correlation needs `rules`', '4:3'],
    [COUNT.replace('[b]', '[]'), 'a correlation needs `rules`', '5:3'],
    [COUNT.replace('event_count', 'event_cuont'), 'silence; did you mean `event_count`?', '4:9'],
    [COUNT.replace('type: event_count', 'x: 1'), 'a correlation needs a `type`', '4:3'],
    [COUNT.replace('event_count', 'anomoly'), 'silence; did you mean `anomaly`?', '4:9'],
    [COUNT.replace('event_count', 'silence'), 'a correlation needs `history`', '4:3'],
    [ANOMALY.replace('gte: 20', 'lt: 20'), 'unknown key `lt` in the condition of `anomaly`', '8:16'],
    [ANOMALY.replace('gte: 20', 'field: x'), 'a condition needs one of gt, gte', '8:14'],
    [ANOMALY.replace('history: 14d', 'history: 30m'), '`history` must be from 2 to 5000 times `timespan`', '7:12'],
    [ANOMALY.replace('timespan: 1h', 'timespan: 1m'), '14d is 20160 times 1m', '7:12'],
    [`${ANOMALY}\nsettle: 15d`, '`settle` must not be longer than `history`', '9:11'],
    [`${ANOMALY}\nfactor: 1`, '`factor` takes a number above 1', '9:11'],
    [`${ANOMALY}\nfactro: 2`, 'unknown key `factro` in a correlation of type `anomaly`; did you mean `factor`?', '9:3'],
    [`${ANOMALY.replace('anomaly', 'silence')}\nfactor: 2`, 'unknown key `factor`', '9:3'],
    [
      ANOMALY.replace('anomaly', 'silence').replace('20', '337'),
      'the condition never holds: 14d is 336 times 1h',
      '8:3',
    ],
    [ANOMALY.replace('anomaly', 'silence').replace('gte: 20', 'gte: 20, field: x'), 'unknown key `field`', '8:25'],
    [`${READER}\nknown-as: [y]`, '`known-as` names fields of `group-by`; `y` is none', '10:14'],
    [`${READER.replace('known-by: [b]\n', '')}\nknown-as: [x]`, '`known-by` is counted by, which is missing', '9:3'],
    [`${COUNT}\nknown-as: [x]`, 'unknown key `known-as`', '8:3'],
    [COUNT.replace('timespan: 5m', 'timespan: 5 minutes'), '`timespan` must be a number and a unit', '6:13'],
    [COUNT.replace('timespan: 5m', 'timespan: 0s'), '`timespan` must be a number and a unit', '6:13'],
    [COUNT.replace('timespan: 5m', 'timespan: 99999999999d'), '`timespan` must be a number and a unit', '6:13'],
    [COUNT.replace('timespan: 5m', 'timespan: 1M'), '`timespan` must be a number and a unit', '6:13'],
    [COUNT.replace('timespan: 5m', ''), 'a correlation needs `timespan`', '4:3'],
    [COUNT.replace('gte: 2', 'gte: 2.5'), '`gte` takes a whole number', '7:21'],
    [COUNT.replace('gte: 2', 'gte: -1'), '`gte` takes a whole number', '7:21'],
    [COUNT.replace('gte: 2', "gte: '2'"), '`gte` takes a whole number', '7:21'],
    [COUNT.replace('gte: 2', 'at: 2'), 'unknown key `at` in the condition', '7:16'],
    [COUNT.replace('{ gte: 2 }', '{}'), 'a condition needs one of gt, gte, lt, lte, eq, neq', '7:14'],
    [COUNT.replace('{ gte: 2 }', 'gte 2'), '`condition` must be a map', '7:14'],
    [COUNT.replace('condition: { gte: 2 }', ''), 'needs a `condition`', '4:3'],
    [COUNT.replace('gte: 2', 'gte: 2, field: x'), 'unknown key `field` in the condition', '7:24'],
    [COUNT.replace('event_count', 'value_count'), '`value_count` needs the `field`', '7:14'],
    [`${COUNT}\ngroup_by: [x]`, 'unknown key `group_by`', '8:3'],
    [`${COUNT}\nhistory: 3d`, 'unknown key `history`', '8:3'],
    [`${COUNT}\naliases: { x: { c: y } }`, "`c` is none of the correlation's `rules`", '8:19'],
    [`${COUNT}\naliases: { x: y }`, 'an alias is a map of rules to their fields', '8:17'],
    [`${COUNT}\naliases: { x: { b: whosaw.acess } }`, 'there is no field `whosaw.acess`', '8:22'],
    [`${COUNT}\ngenerate: yes`, '`generate` must be true or false', '8:13'],
    [COUNT.replace('event_count', 'value_sum'), '`value_sum` needs the `field`', '7:14'],
    [SUM.replace('gt: 2', "gt: '2'"), '`gt` takes a number', '7:20'],
    [SUM.replace('gt: 2', 'gt: .nan'), '`gt` takes a number', '7:20'],
    [SUM.replace('field: x', 'field: [x, y]'), '`value_sum` takes one field', '7:34'],
    [SUM.replace('gt: 2', 'gt: 2, percentile: 5'), 'unknown key `percentile` in the condition', '7:23'],
    [
      SUM.replace('value_sum', 'value_percentile').replace('gt: 2', 'gt: 2, percentile: 101'),
      '`percentile` takes a number from 0 to 100',
      '7:35',
    ],
    [
      `type: first_seen\nrules: [b]\nknown-by: [b]\nhistory: 3d\ntimespan: 1h\ncondition: { lt: 2 }`,
      'unknown key `lt`',
      '9:16',
    ],
    [
      `type: temporal_ordered\nrules: [${Array.from({ length: 33 }, (_, index) => `r${index}`).join(', ')}]\ntimespan: 1h`,
      'a correlation of type `temporal_ordered` names 32 rules at most',
      '5:3',
    ],
    [`${COUNT}\ngroup-by: [whosaw.actor]`, 'there is no field `whosaw.actor`', '8:14'],
    [`${COUNT}\ngroup-by: [{ a: b }]`, '`group-by` must be a list of texts', '8:14'],
    [COUNT.replace('[b]', '[bb]'), 'there is no rule `bb`', '5:11'],
    [COUNT.replace('[b]', `[${ID}]`), 'a correlation can not count itself', '5:11'],
    ['type: first_seen\nrules: [b]\ntimespan: 1h', 'a correlation needs `history`', '4:3'],
    ['type: first_seen\nrules: [b]\nhistory: 3d\ntimespan: 1h\ncondition: { gte: 2 }', 'which is missing', '8:3'],
  ])('%j is refused', (lines, message, place) => {
    const errors = errorsOf({ 'c.yml': correlation(lines), 'b.yml': base('b', `id: ${ID2}\n`) });
    expect(errors.join('\n')).toContain(message);
    expect(errors.find((error) => error.includes(message))).toContain(`c.yml:${place}: `);
  });

  it.each([
    [`${ANOMALY}\nsettle: 3d\nfactor: 2.5`, { historyMs: 1_209_600_000, settleMs: 259_200_000, factor: 2.5 }],
    [ANOMALY.replace('gte: 20', 'gte: 20, field: [x, y]'), { field: 'x', moreFields: ['y'], condition: { gte: 20 } }],
    [ANOMALY.replace('anomaly', 'silence'), { type: 'silence', timespanMs: 3_600_000, condition: { gte: 20 } }],
    [`${READER}\nknown-as: [x]`, { knownAs: ['x'], condition: { gte: 1 } }],
  ])('of our own: %j', (lines, expected) => {
    const parsed = parse(`${base('b')}---\n${correlation(lines)}`);
    expect(parsed.problems).toEqual([]);
    expect(parsed.correlations[0]).toMatchObject(expected);
  });

  it.each([
    ['temporal', '', { gte: 2 }],
    ['temporal_ordered', '', { gte: 2 }],
    ['temporal', '\ncondition: { gt: 0, lte: 1 }', { gt: 0, lte: 1 }],
  ])('of type %s%s', (type, condition, expected) => {
    const text = correlation(`type: ${type}\nrules: [b, c]\ntimespan: 5m${condition}`);
    const parsed = parse(`${base('b')}---\n${base('c')}---\n${text}`);
    expect(parsed.problems).toEqual([]);
    expect(parsed.correlations[0]).toMatchObject({ type, condition: expected });
  });

  it('of numbers compares with any number', () => {
    const text = correlation(
      SUM.replace('value_sum', 'value_percentile').replace('gt: 2', 'lte: -0.5, percentile: 99.9'),
    );
    expect(parse(`${base('b')}---\n${text}`).correlations[0]).toMatchObject({
      condition: { lte: -0.5 },
      field: 'x',
      percentile: 99.9,
    });
  });

  it('counts values of several fields together', () => {
    const text = correlation(COUNT.replace('event_count', 'value_count').replace('gte: 2', 'gte: 2, field: [x, y, z]'));
    expect(parse(`${base('b')}---\n${text}`).correlations[0]).toMatchObject({ field: 'x', moreFields: ['y', 'z'] });
  });

  it('groups by aliases, each rule by its own fields', () => {
    const text = correlation(
      `${COUNT.replace('[b]', `[b, ${ID2}]`)}\ngroup-by: [who, z]\naliases: { who: { b: x, ${ID2}: y } }`,
    );
    const parsed = parse(`${base('b')}---\n${base('c', `id: ${ID2}\n`)}---\n${text}`);
    expect(parsed.problems).toEqual([]);
    expect(parsed.correlations[0]).toMatchObject({
      groupBy: ['who', 'z'],
      groupFields: [
        ['x', 'z'],
        ['y', 'z'],
      ],
    });
  });

  it('that generates lets what it counts alert as well', () => {
    const text = `${base('b', `id: ${ID2}\n`)}---\n${correlation(`${COUNT}\ngenerate: true`)}`;
    expect(parse(text).correlations.map(({ meta, rules }) => [meta.key, rules])).toEqual([
      [ID2, [ID2]],
      [ID, [ID2]],
    ]);
    expect(errorsOf(text.replace(`id: ${ID2}\n`, ''))).toHaveLength(1);
    expect(parse(text.replace('  generate: true', 'generate: true')).correlations).toHaveLength(2);
  });
});

describe('a chain', () => {
  const parent = correlation(COUNT.replace('[b]', '[many]'), ID2);
  const child = correlation(COUNT).replace('title', 'name: many\ntitle');
  const text = `${base('b')}---\n${child}---\n${parent}`;

  it('counts a correlation, which raises no alerts itself', () => {
    const parsed = parse(text);
    expect(parsed.problems).toEqual([]);
    expect(
      parsed.correlations.map(({ meta, rules, chained, isSilent }) => [meta.key, rules, chained, isSilent]),
    ).toEqual([
      [ID, [`${ID2}/b`], undefined, true],
      [ID2, [ID], [ID], undefined],
    ]);
  });

  const link = (name: string, below: string, number: number): string =>
    `title: ${name}\nname: ${name}\nid: 00000000-0000-4000-8000-${String(number).padStart(12, '0')}\ncorrelation:\n${indent(COUNT.replace('[b]', `[${below}]`))}\n`;

  it('that goes round is refused at each of its links, and only there', () => {
    const round = [link('x', 'y', 1), link('y', 'z', 2), link('z', 'x', 3), link('above', 'x', 4)];
    expect(errorsOf(round.join('---\n'))).toEqual(
      [1, 10, 19].map((line) => `rule.yml:${line}:1: this correlation counts itself, by way of others`),
    );
  });

  it('that is longer than anybody means, or branches without end, is refused', () => {
    const long = Array.from({ length: 20 }, (_, index) =>
      link(`l${index}`, index === 0 ? 'b' : `l${index - 1}`, index),
    );
    expect(errorsOf([base('b'), ...long].join('---\n')).join('\n')).toContain('over more than 16 levels');
    const wide = Array.from({ length: 12 }, (_, level) =>
      [0, 1].map((side) =>
        link(`w${level}x${side}`, level === 0 ? 'b' : `w${level - 1}x0, w${level - 1}x1`, level * 2 + side),
      ),
    ).flat();
    expect(errorsOf([base('b'), ...wide].join('---\n')).join('\n')).toContain('in more than 256 ways');
    const knot = Array.from({ length: 30 }, (_, index) =>
      link(
        `k${index}`,
        Array.from({ length: 30 }, (__, other) => `k${other}`)
          .filter((name) => name !== `k${index}`)
          .join(', '),
        index,
      ),
    );
    expect(errorsOf(knot.join('---\n'))).toHaveLength(30);
  });

  it('of or over what is counted in buckets is refused', () => {
    const anomaly = correlation(ANOMALY.replace('[b]', '[many]'), ID2);
    expect(errorsOf(`${base('b')}---\n${child}---\n${anomaly}`)).toEqual([
      'rule.yml:17:1: `anomaly` counts detections only, no correlations',
    ]);
    const below = correlation(ANOMALY).replace('title', 'name: many\ntitle');
    expect(errorsOf(`${base('b')}---\n${below}---\n${parent}`)).toEqual([
      'rule.yml:18:1: correlations of type `anomaly` can not be counted',
    ]);
  });

  it('of first_seen is refused', () => {
    const first = correlation('type: first_seen\nrules: [many]\nhistory: 3d\ntimespan: 1h', ID2);
    expect(errorsOf(`${base('b')}---\n${child}---\n${first}`).join('\n')).toContain('counts detections only');
  });
});

describe('a correlation of a base', () => {
  it('that names a rule twice counts it once', () => {
    const text = `${base('b')}---\n${correlation(COUNT.replace('[b]', '[b, b]'))}`;
    expect(warningsOf(text)).toEqual(['rule.yml:12:14: `b` is there twice; it counts once']);
    expect(parse(text).correlations[0]?.rules).toEqual([`${ID}/b`]);
  });
});

describe('a name', () => {
  it('is looked up in its own file first', () => {
    const parsed = parse({
      'a.yml': `${base('b')}---\n${correlation(COUNT)}`,
      'b.yml': `${base('b')}---\n${correlation(COUNT, ID2)}`,
    });
    expect(parsed.problems).toEqual([]);
    expect(parsed.correlations.map(({ rules }) => rules)).toEqual([[`${ID}/b`], [`${ID2}/b`]]);
  });

  it.each(['b', ID2])('or id (%s) is looked up over all files', (reference) => {
    const parsed = parse({
      'a.yml': correlation(COUNT.replace('[b]', `[${reference}]`)),
      'b.yml': base('b', `id: ${ID2}\n`),
    });
    expect(parsed.problems).toEqual([]);
    expect(parsed.correlations.map(({ rules }) => rules)).toEqual([[ID2]]);
  });

  it('of rules of several other files says nothing', () => {
    const errors = errorsOf({
      'a.yml': correlation(COUNT),
      'b.yml': base('b', `id: ${ID2}\n`),
      'c.yml': base('b', 'id: 00000000-0000-4000-8000-000000000001\n'),
    });
    expect(errors).toEqual(['a.yml:5:11: `b` is the name of several rules: b.yml:1, c.yml:1; use an id']);
  });

  it('is unique in its file', () => {
    expect(errorsOf(`${base('b')}---\n${base('b')}---\n${correlation(COUNT)}`)).toEqual([
      'rule.yml:8:1: the name `b` is already that of line 1',
    ]);
  });

  it('alone is not enough for a rule that raises alerts', () => {
    expect(errorsOf(`${base('b')}---\n${base('c')}---\n${correlation(COUNT)}`)).toEqual([
      'rule.yml:8:1: no correlation counts `c`, so it raises alerts itself and needs an `id` (a UUID)',
    ]);
    expect(errorsOf(`title: T\n${DETECTION}`)).toEqual([
      'rule.yml:1:1: a rule that raises alerts needs an `id` (a UUID), by which they are known',
    ]);
  });

  it('alone is not enough for a rule that only other files use', () => {
    expect(errorsOf({ 'a.yml': correlation(COUNT), 'b.yml': base('b') })).toEqual([
      'b.yml:1:1: a rule that only other files use needs an `id`',
    ]);
  });
});

describe('an id', () => {
  it('is used once in a folder: the first counts', () => {
    const text = rule('a:\n  x: 1\ncondition: a');
    const files = { 'a.yml': text, 'b.yml': text };
    expect(errorsOf(files)).toEqual([`b.yml:1:1: the id ${ID} is already that of a.yml:1`]);
    expect(parse(files).correlations.map(({ meta }) => meta.file)).toEqual(['a.yml']);
  });

  it('of a later folder replaces the rule, and the bases that only it had', () => {
    const parsed = parse({
      '0/a.yml': `${base('b')}---\n${base('c', `id: ${ID2}\n`)}---\n${correlation(COUNT.replace('[b]', '[b, c]'))}`,
      '1/mine.yml': rule('a:\n  x: 1\ncondition: a'),
    });
    expect(parsed.problems).toEqual([]);
    expect(parsed.replacements).toEqual([{ id: ID, file: '0/a.yml', line: 16, by: { file: '1/mine.yml', line: 1 } }]);
    expect(parsed.correlations.map(({ meta }) => [meta.file, meta.key])).toEqual([['1/mine.yml', ID]]);
    expect(parsed.detections.map(({ meta }) => meta.file)).toEqual(['1/mine.yml']);
  });

  it('of a base can be replaced under the correlation that counts it', () => {
    const parsed = parse({
      '0/a.yml': `${base('b', `id: ${ID2}\n`)}---\n${correlation(COUNT)}`,
      '1/mine.yml': base('other', `id: ${ID2}\n`),
    });
    expect(parsed.problems).toEqual([]);
    expect(parsed.correlations.map(({ meta, rules }) => [meta.file, rules])).toEqual([['0/a.yml', [ID2]]]);
    expect(parsed.detections.map(({ meta }) => meta.file)).toEqual(['1/mine.yml']);
  });
});

describe('all that is wrong', () => {
  it('with all files is reported at once, in their order', () => {
    const errors = errorsOf({
      'b.yml': 'title: x\nlevel: hgh\nid: 1\ndetection:\n  a: {}\n  condition: b\n---\nid: 2\nfoo: bar',
      'a.yml': 'title: [',
      'c.yml': '- x',
    });
    expect(errors).toEqual([
      'b.yml:2:8: `level` is one of informational, low, medium, high, critical; did you mean `high`?',
      'b.yml:5:6: an empty map: everything would match',
      'b.yml:6:14: there is no search identifier `b`',
      'b.yml:8:1: a rule needs a `title`',
      'b.yml:8:1: a rule needs `detection`, `correlation` or `filter`',
      'a.yml:1:9: Flow sequence in block collection must be sufficiently indented and end with a ]',
      'c.yml:1:1: a rule is a map with `title` and `detection`, `correlation` or `filter`',
    ]);
  });

  it('keeps the file out, and does not blame who names its rules', () => {
    const parsed = parse({
      'a.yml': `${base('b')}---\n${correlation(COUNT)}`.replace('x: 1', 'x|nosuch: 1'),
      'b.yml': correlation(COUNT, ID2),
      'c.yml': rule('a:\n  x: 1\ncondition: a').replace(ID, '00000000-0000-4000-8000-000000000001'),
    });
    expect(parsed.problems.map(({ file, message }) => [file, message])).toEqual([
      ['a.yml', 'unknown modifier `nosuch`'],
    ]);
    expect(parsed.correlations.map(({ meta }) => meta.file)).toEqual(['c.yml']);
  });

  it('is cut off where it goes on and on', () => {
    const { problems } = parse(`title: x\nid: ${ID}\ndetection:\n  condition: a\n  a:\n${'    x: 1\n'.repeat(5_000)}`);
    expect(problems).toHaveLength(100);
    expect(problems.at(-1)?.message).toContain('and so on');
  });

  it.each([
    ['a:\n  x|nosuchmod: 1', 5, 'unknown modifier `nosuchmod`'],
    ['a:\n  x|containz: 1', 5, 'unknown modifier `containz`; did you mean `contains`?'],
    ["a:\n  x|base64: 'y*'", 15, 'wildcards can not be encoded'],
    ["a:\n  x|wide: ''", 13, 'an empty value can not be encoded'],
    ['a:\n  x|base64offset|contains: y', 30, 'too short to be found within base64'],
    ['a:\n  x|windash|base64: -a -b -c -d -e', 23, 'too many dashes to encode each way to write them'],
    ['a:\n  x|base64: null', 15, 'null has no text; `field: null` asks for a field without a value'],
    ['a:\n  x|base64|wide: y', 5, 'the modifier `wide` must stand before `base64`'],
    ['a:\n  x|contains|base64: y', 5, 'the modifier `base64` must stand before `contains`'],
    ['a:\n  x|wide|utf16be|base64: y', 5, 'the modifiers `wide` and `utf16be` do not go together'],
    ['a:\n  x|base64|re: y', 5, 'the modifiers `base64` and `re` do not go together'],
    ['a:\n  x|re|windash: y', 5, 'the modifiers `windash` and `re` do not go together'],
    ["a:\n  x|fieldref: 'y*'", 17, '`fieldref` takes the name of another field, without wildcards'],
    ['a:\n  x|fieldref: 5', 17, '`fieldref` takes the name of another field, without wildcards'],
    ['a:\n  x|fieldref: whosaw.secret', 17, 'there is no field `whosaw.secret`'],
    ['a:\n  x|fieldref|gt: y', 5, 'the modifiers `fieldref` and `gt` do not go together'],
    [
      "a:\n  x|expand: '%y%'",
      15,
      'there is no list for the placeholder `%y%`; declare it under `placeholders` in the expectations',
    ],
    ['a:\n  x|expand: null', 15, 'null holds no placeholder'],
    ['a:\n  x|base64|expand: y', 5, 'the modifier `expand` must stand before `base64`'],
    ['a:\n  x|hour: 24', 13, '`hour` takes a whole number from 0 to 23'],
    ["a:\n  x|week: '3'", 13, '`week` takes a whole number from 1 to 53'],
    ['a:\n  x|hour|gt: 3', 5, 'the modifiers `hour` and `gt` do not go together'],
    ['a:\n  x|contains|startswith: y', 5, 'the modifiers `contains` and `startswith` do not go together'],
    ['a:\n  x|re|contains: y', 5, 'the modifiers `contains` and `re` do not go together'],
    ['a:\n  x|cidr|cased: 10.0.0.0/8', 5, 'the modifiers `cased` and `cidr` do not go together'],
    ['a:\n  x|exists|neq: true', 5, 'the modifiers `neq` and `exists` do not go together'],
    ['a:\n  x|contains|contains: y', 5, 'the modifier `contains` is there twice'],
    ['a:\n  x|i: y', 5, 'the modifier `i` needs `re` before it'],
    ['a:\n  x|contains|all: y', 21, '`all` needs several values'],
    ['a:\n  x|contains|all: [y]', 21, '`all` needs several values'],
    ['a:\n  x|exists: maybe', 15, '`exists` takes true or false'],
    ["a:\n  x|exists: 'true'", 15, '`exists` takes true or false'],
    ['a:\n  x|gt: abc', 11, '`gt` takes a number'],
    ["a:\n  x|gt: '5'", 11, '`gt` takes a number'],
    ['a:\n  x|gt: .inf', 11, '`gt` takes a number'],
    ['a:\n  x|cidr: banana', 13, '`banana` is no network; write 10.0.0.0/8 or 2001:db8::/32'],
    ['a:\n  x|cidr: 10.0.0.0/33', 13, '`10.0.0.0/33` is no network; write 10.0.0.0/8 or 2001:db8::/32'],
    ['a:\n  x|contains: null', 17, 'null has no text; `field: null` asks for a field without a value'],
    ['a:\n  x: [y, null]', 12, 'null can not be one of several values'],
    ['a:\n  x: []', 8, 'an empty list: nothing would ever match'],
    ['a:\n  x: { y: z }', 8, 'a map as a value; write the path with dots: `a.b: value`'],
    ['a:\n  x: [[y]]', 9, 'a value must be a text, a number, true, false or null'],
    ['a: []', 6, 'an empty list: nothing would ever match'],
    ['a: [[x]]', 7, 'a list in a list; a search is a map, or a list of maps and keywords'],
    ['a:', 5, 'a keyword must be a text'],
    ["a:\n  '|gt': 1", 5, '`|gt` needs the name of a field before it'],
    ["a:\n  '': x", 5, '`` needs the name of a field before it'],
    ['a:\n  whosaw.acess.kind: read', 5, 'there is no field `whosaw.acess.kind`; did you mean `whosaw.access.kind`?'],
    ['a:\n  whosaw.secret: x', 5, 'there is no field `whosaw.secret`'],
  ])('in a search: %j', (search, column, message) => {
    const [error, ...more] = errorsOf(rule(`${search}\ncondition: a`));
    expect(error).toMatch(new RegExp(`^rule\\.yml:\\d+:${column}: `));
    expect(error?.slice(error.indexOf(': ') + 2)).toBe(message);
    expect(more).toEqual([]);
  });

  it.each(['(?=x)', '(?<!x)y', '(x)\\1', 'x++', '(?>x)', '(', '[a-', 'a{1001}'])(
    'in an expression that RE2 can not do: %s',
    (source) => {
      const errors = errorsOf(rule(`a:\n  x|re: '${source}'\ncondition: a`));
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatch(/^rule\.yml:5:11: not supported: .*linear time$/);
    },
  );

  it.each([
    ['timeframe: 5m\n  condition: a', 'not supported: `timeframe`'],
    ['condition: a\n  a: 5\nfilter: { rules: [x] }', 'a rule has `detection` or `filter`, not both'],
  ])('in a rule: %j', (lines, message) => {
    expect(errorsOf(`title: T\nid: ${ID}\ndetection:\n  a:\n    x: 1\n  ${lines}`).join('\n')).toContain(message);
  });

  it.each([
    ['filter:\n  rules: any\n', '1:1: a filter needs a `logsource`'],
    [
      'logsource: {}\nfilter:\n  a: { x: 1 }\n  condition: a\n',
      '5:3: a filter needs `rules`: their ids or names, or `any`',
    ],
    ['logsource: {}\nfilter:\n  rules: []\n  a: { x: 1 }\n  condition: a\n', '5:10: a filter needs `rules`'],
    ['logsource: {}\nfilter:\n  rules: any\n  a: { x: 1 }\n', '5:3: a `condition` is missing'],
    [
      'logsource: {}\nfilter:\n  rules: any\n  a: { x: 1 }\n  condition: b\n',
      '7:14: there is no search identifier `b`',
    ],
    ['action: global\n', '3:1: not supported: `action`'],
    ['logsource:\n  product: aws\n', '1:1: a rule needs `detection`, `correlation` or `filter`'],
  ])('in another kind of document: %j', (lines, message) => {
    expect(errorsOf(`title: T\nid: ${ID}\n${lines}`).join('\n')).toContain(`rule.yml:${message}`);
  });
});

describe('what is probably not meant so is warned of', () => {
  const text = rule('a:\n  x: 1\ncondition: a');

  it.each([
    [`${text}\nlevle: high`, '7:1: unknown key `levle`; did you mean `level`?'],
    [`${text}\nlogsuorce: {}`, '7:1: unknown key `logsuorce`; did you mean `logsource`?'],
    [text.replace(ID, 'mine'), '2:5: an `id` should be a UUID, so that it is unique'],
    [text.replace('title: T', `title: ${'T'.repeat(300)}`), '1:1: the title has more than 256 characters'],
    [`${text}\nlogsource: { product: windows }`, '7:12: no source here has this logsource: the rule never matches'],
    [`${text}\nlogsource: { prodcut: aws }`, '7:14: unknown key `prodcut` in `logsource`; did you mean `product`?'],
    [text.replace('x: 1', 'whosaw.access.kind: raed'), '5:25: `whosaw.access.kind` is never `raed`'],
    [text.replace('x: 1', 'event.outcome: [success, failed]'), '5:30: `event.outcome` is never `failed`'],
    [
      text.replace('x: 1', 'event.outcme: failure'),
      "5:5: `event.outcme` is a field of the vendor's record; did you mean `event.outcome`?",
    ],
    ['# nothing\n', '1:1: the file holds no rule'],
  ])('%j', (file, message) => {
    expect(errorsOf(file)).toEqual([]);
    expect(warningsOf(file).join('\n')).toContain(`rule.yml:${message}`);
  });

  it.each([
    `${text}\nmitre_notes: x`,
    text.replace('x: 1', 'event.outcome: SUCCESS'),
    text.replace('x: 1', 'event.outcome: s*'),
  ])('and what may be meant is not: %j', (file) => {
    expect(parse(file).problems).toEqual([]);
  });
});

describe('the version', () => {
  const a = { 'a.yml': rule('a:\n  x: 1\ncondition: a') };
  const b = { 'b.yml': rule('a:\n  x: 2\ncondition: a').replace(ID, ID2) };

  it('is that of the texts, whatever their order and names', () => {
    expect(parse({ ...a, ...b }).version).toBe(parse({ ...b, ...a }).version);
    expect(parse({ ...a, ...b }).version).not.toBe(parse(a).version);
    expect(parse({ 'z.yml': a['a.yml'] }).version).toBe(parse(a).version);
  });
});
