import { describe, expect, it } from 'vitest';
import { lintRules } from '../../../src/rules/lint/lint.ts';
import { ID, ID2, indent, parse } from '../rule-text.ts';

type Files = Readonly<Record<string, string>>;

/** What lint says, without the checks that a rule this short always fails. */
function lint(files: Files | string, ...checks: readonly string[]): readonly string[] {
  const wanted = (check: string): boolean =>
    checks.length > 0 ? checks.includes(check) : !['attack-tag', 'false-positives', 'untested'].includes(check);
  return lintRules(parse(files))
    .filter(({ check }) => wanted(check))
    .map(({ file, line, column, level, message }) => `${file}:${line}:${column} ${level}: ${message}`);
}

const rule = (detection: string, head = `title: T\nid: ${ID}\n`): string => `${head}detection:\n${indent(detection)}`;
const vault = (detection: string): string =>
  `title: T\nid: ${ID}\nlogsource: { product: vault }\ndetection:\n${indent(detection)}`;
const GOOD = `title: T
id: ${ID}
tags: [attack.credential-access, attack.t1555.006]
falsepositives: [None]
logsource: { category: secret_access }
detection:
  read:
    whosaw.access.kind: read
    whosaw.secret.id|endswith: /break-glass
  condition: read
tests:
  given: { whosaw.access.kind: read }
  fires:
    one: [{ whosaw.secret.id: vault:a/break-glass }]
  quiet:
    another: [{ whosaw.secret.id: vault:a/b }]
`;

it('says nothing of a good rule', () => {
  expect(lintRules(parse(GOOD))).toEqual([]);
});

describe('a rule without', () => {
  it.each([
    [
      'attack-tag',
      'attack.t1555.006',
      'attack.foo',
      '1:1 warning: `tags` names no ATT&CK technique; add one, as attack.t1555.006',
    ],
    [
      'false-positives',
      '[None]',
      '[]',
      '1:1 warning: `falsepositives` is missing; say what harmless thing looks the same',
    ],
    [
      'untested',
      'quiet:\n    another: [{ whosaw.secret.id: vault:a/b }]\n',
      '',
      '1:1 warning: no test under `quiet`: nothing shows when it stays quiet',
    ],
    [
      'untested',
      '  fires:\n    one: [{ whosaw.secret.id: vault:a/break-glass }]\n',
      '',
      '1:1 warning: no test under `fires`: nothing shows when it fires',
    ],
    ['untested', GOOD.slice(GOOD.indexOf('tests:')), '', '1:1 warning: no `tests`: nothing shows when it fires'],
  ])('%s: %j', (check, from, to, message) => {
    expect(GOOD).toContain(from);
    expect(lint(GOOD.replace(from, to), check)).toEqual([`rule.yml:${message}`]);
  });
});

describe('a condition that no event can meet', () => {
  it.each([
    ['a:\n  event.action: x\nb:\n  event.action: y\ncondition: a and b', '7:5', 'event.action: y'],
    ['a:\n  event.action: x\nb:\n  event.action: [x, y]\ncondition: a and not b', '7:5', 'event.action: x, y'],
    ['a:\n  event.action|all: [x, y]\ncondition: a', '5:5', 'event.action|all: x, y'],
    ['a:\n  event.action: x\n  event.action|contains: y\ncondition: a', '6:5', 'event.action|contains: y'],
    ['a:\n  event.action: null\ncondition: a', '5:5', 'event.action: null'],
    [
      'a:\n  event.outcome|neq: [success, failure, unknown]\ncondition: a',
      '5:5',
      'event.outcome|neq: success, failure, unknown',
    ],
    [
      'a:\n  whosaw.expected.role: true\n  whosaw.expected.role|neq: true\ncondition: a',
      '6:5',
      'whosaw.expected.role|neq: true',
    ],
    ['a:\n  event.duration|gt: 5\n  event.duration|lt: 5\ncondition: a', '6:5', 'event.duration|lt: 5'],
    ['a:\n  eventName: x\nb:\n  eventName: null\ncondition: a and b', '7:5', 'eventName: null'],
    ['a:\n  event.module: gcp\ncondition: a', '5:5', 'event.module: gcp'],
    ['a:\n  x: 1\n  y: 1\ncondition: a and not a', '6:5', 'y: 1'],
    ['a:\n  x: 1\nb:\n  y: 1\nc:\n  x: 2\nd:\n  y: 2\ncondition: (a or b) and c and d', '7:5', 'y: 1'],
  ])('%j', (detection, place, text) => {
    expect(lint(rule(detection), 'condition')).toEqual([
      `rule.yml:${place} error: no event can meet the condition: \`${text}\` contradicts what else it asks for`,
    ]);
  });

  it('as one of the parser, too', () => {
    expect(lint(rule('a:\n  event.action: x\ncondition: a and 1 of b*'))).toEqual([
      'rule.yml:1:1 error: no event can meet the condition',
      'rule.yml:6:25 warning: no search identifier is named by `b*`: this never matches',
    ]);
  });

  it('in a part of it', () => {
    expect(lint(rule('a:\n  event.action: x\nb:\n  event.action|all: [x, y]\ncondition: a or b'), 'condition')).toEqual(
      ['rule.yml:7:5 warning: no event can meet `b`'],
    );
  });
});

describe('a condition that every event meets', () => {
  it.each([
    ['a:\n  event.outcome: [success, failure, unknown]\ncondition: a'],
    ['a:\n  event.id|exists: true\ncondition: a'],
    ['a:\n  x: 1\ncondition: a or not a'],
  ])('%j', (detection) => {
    expect(lint(rule(detection), 'condition')).toEqual([
      'rule.yml:1:1 warning: every event of the logsource meets the condition',
    ]);
  });

  it('in a part of it', () => {
    const text = rule('a:\n  event.action: x\nb:\n  whosaw.secret.id|exists: true\ncondition: a and b');
    expect(lint(text, 'condition')).toEqual([]);
    expect(lint(`${text}\nlogsource: { category: secret_access }`, 'condition')).toEqual([
      'rule.yml:7:5 warning: every event of the logsource meets `b`: it says nothing',
    ]);
  });

  it('in a list of all there is', () => {
    const kinds = '[read, list, write, delete, login, admin, audit]';
    expect(lint(rule(`a:\n  whosaw.access.kind: ${kinds}\n  event.action: x\ncondition: a`), 'condition')).toEqual([
      'rule.yml:5:5 warning: `whosaw.access.kind` has no other values than these: this asks only whether it is there',
    ]);
  });
});

it.each([
  ['several values', 'a:\n  user.roles: x\nb:\n  user.roles: y\ncondition: a and b'],
  ['arrays of the vendor', 'a:\n  request.x: x\nb:\n  request.x: y\ncondition: a and b'],
  ['patterns', 'a:\n  event.action|contains: x\n  event.action|startswith: y\ncondition: a'],
  ['case', 'a:\n  event.action: Read\nb:\n  event.action|cased: READ\ncondition: a and b'],
  ['numbers that are named and compared', 'a:\n  source.port: 2\nb:\n  source.port|lt: 3\ncondition: b and not a'],
  ['numbers between', 'a:\n  x: ["2", "2.0"]\nb:\n  x|lt: 3\ncondition: b and not a'],
  ['another way to write a number', 'a:\n  x|gte: 3\n  x|lte: 3\nb:\n  x: 3\ncondition: a and not b'],
  ['numbers within patterns', 'a:\n  source.port|gt: 5\n  source.port|endswith: "7"\ncondition: a'],
  ['networks', 'a:\n  source.ip|cidr: 10.0.0.0/8\nb:\n  source.ip|cidr: 10.2.0.0/16\ncondition: a and not b'],
  ['absence', 'a:\n  user.email: null\nb:\n  user.name: x\ncondition: a and b'],
])('a condition is not blamed for %s', (_name, detection) => {
  expect(lint(rule(detection), 'condition')).toEqual([]);
});

describe('a field that no event has', () => {
  it.each([
    [
      'event.outcme: success',
      "6:5 warning: `event.outcme` is a field of the vendor's record; did you mean `event.outcome`?",
    ],
    ['event.severity: 5', '6:5 warning: no event has a field `event.severity`'],
    ['requst.path: x', '6:5 warning: Vault audit records have no `requst` (in `requst.path`); did you mean `request`?'],
    ['request.pathh: x', '6:5 warning: `request.pathh`: did you mean `request.path`?'],
    ['eventName: x', '6:5 warning: Vault audit records have no `eventName`'],
  ])('%s', (line, message) => {
    const text = vault(`a:\n  ${line}\n  event.action: x\ncondition: a`);
    expect(lint(text, 'unknown-field', 'read')).toEqual([`rule.yml:${message}`]);
  });

  it('in a correlation', () => {
    const text = `title: B\nname: b\nlogsource: { product: aws }\n${rule('a:\n  eventName: x\ncondition: a', '')}
---
title: C
id: ${ID}
correlation:
  type: value_count
  rules: [b]
  group-by: [userIdentity.arm]
  timespan: 5m
  condition: { gte: 2, field: sourceIPAdress }`;
    expect(lint(text, 'unknown-field')).toEqual([
      'rule.yml:9:1 warning: `userIdentity.arm`: did you mean `userIdentity.arn`?',
      'rule.yml:9:1 warning: CloudTrail records have no `sourceIPAdress`; did you mean `sourceIPAddress`?',
    ]);
  });

  it.each(['request.data.anything', 'response.data.x', 'auth.metadata.role', 'error'])('is not %s', (field) => {
    expect(lint(vault(`a:\n  ${field}: x\ncondition: a`))).toEqual([]);
  });

  it('is not judged where nothing here has the logsource', () => {
    const text = `title: T\nid: ${ID}\nlogsource: { product: windows }\ndetection:\n  a:\n    Image: x\n  condition: a`;
    expect(lint(text, 'unknown-field', 'expensive', 'condition')).toEqual([]);
  });
});

describe('a rule is expensive', () => {
  it.each([
    ['a:\n  url.path|contains: x\ncondition: a', '5:5', 'every event of the logsource has to be asked'],
    ['a:\n  - word\ncondition: a', '5:7', 'keywords are looked for in every value of every record'],
    ['a:\n  event.action: x\n  url.path|re: .*x$\ncondition: a', '6:5', '`url.path|re: .*x$`: `.*` at the beginning'],
    [
      'a:\n  event.action: x\n  url.path|re: sys/mounts\ncondition: a',
      '6:5',
      '`url.path|re: sys/mounts`: this is a plain text',
    ],
  ])('%j', (detection, place, message) => {
    expect(lint(rule(detection))).toEqual([expect.stringContaining(`rule.yml:${place} warning: ${message}`)]);
  });

  it('a little, where alternatives are about different fields', () => {
    expect(lint(rule('a:\n  event.action: x\nb:\n  event.module: vault\ncondition: a or b'))).toEqual([
      expect.stringContaining('rule.yml:5:5 note: its alternatives ask for texts in different fields'),
    ]);
  });

  it('not where a part of a text or of an expression is needed', () => {
    expect(lint(rule('a:\n  url.path|contains: sys/audit\ncondition: a'))).toEqual([]);
    expect(lint(rule('a:\n  url.path|re: ^sys/(audit|raw)\ncondition: a'))).toEqual([]);
  });

  it('not where the index finds it', () => {
    expect(
      lint(rule('a:\n  event.action: x\nb:\n  event.action: y\n  url.path|re: ^sys/.+\ncondition: a or b')),
    ).toEqual([]);
  });
});

describe('a correlation', () => {
  const correlation = (lines: string, ...names: readonly string[]): string =>
    [
      ...(names.length === 0 ? ['b'] : names).map(
        (name) => `title: ${name}\nname: ${name}\n${rule('a:\n  event.action: x\ncondition: a', '')}`,
      ),
      `title: C\nid: ${ID}\ncorrelation:\n${indent(lines)}`,
    ].join('\n---\n');
  const COUNT = 'type: event_count\nrules: [b]\ntimespan: 5m\n';

  it.each([
    [`${COUNT}condition: { gte: 0 }`, 'warning: `gte: 0` is met by the first hit'],
    [
      `${COUNT}group-by: [event.id]\ncondition: { gte: 2 }`,
      'error: the correlation never fires: each event has a `event.id` of its own',
    ],
    [
      'type: value_count\nrules: [b]\ntimespan: 5m\ngroup-by: [source.ip]\ncondition: { gt: 1, field: source.ip }',
      'error: the correlation never fires: a group of `group-by` has one `source.ip` only, so that 2 are never counted',
    ],
    [
      'type: first_seen\nrules: [b]\nknown-by: [b]\nhistory: 30d\ntimespan: 1h',
      'error: the correlation never fires: what `known-by`',
    ],
    ['type: first_seen\nrules: [b]\nhistory: 30m\ntimespan: 1h', 'warning: `history` is shorter than `timespan`'],
    [`${COUNT}condition: { gt: 5, lt: 6 }`, 'error: the correlation never fires: no number of hits from 1 on meets'],
    [`${COUNT}condition: { eq: 0 }`, 'error: the correlation never fires: no number of hits from 1 on meets'],
    [
      'type: value_sum\nrules: [b]\ntimespan: 5m\ncondition: { gt: 1, lte: 1, field: source.port }',
      'error: the correlation never fires: its bounds leave no number',
    ],
    ['type: temporal\nrules: [b]\ntimespan: 5m', 'warning: `temporal` over one rule is met by each hit'],
  ])('%j', (lines, message) => {
    expect(lint(correlation(lines), 'correlation')).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    [`${COUNT}condition: { gte: 1 }`],
    [`${COUNT}condition: { gt: 4, lt: 6 }`],
    [`${COUNT}condition: { neq: 1 }`],
    ['type: value_avg\nrules: [b]\ntimespan: 5m\ncondition: { gt: 1, lt: 2, field: source.port }'],
    [`${COUNT}group-by: [event.id]\ncondition: { gte: 1 }`],
    ['type: value_count\nrules: [b]\ntimespan: 5m\ngroup-by: [source.ip]\ncondition: { gt: 1, field: user.name }'],
  ])('is good: %j', (lines) => {
    expect(lint(correlation(lines), 'correlation')).toEqual([]);
  });

  it('of our own is marked', () => {
    expect(lint(correlation('type: first_seen\nrules: [b]\nhistory: 30d\ntimespan: 1h'))).toEqual([
      'rule.yml:8:1 note: the correlation type `first_seen` is an extension of whosaw: other Sigma tools can not read it',
    ]);
  });

  it('that only counts for others needs no tags, tests and title of its own', () => {
    const chain = `${correlation(`${COUNT}condition: { gte: 2 }`).replace('title: C', 'title: C\nname: c').replace(`id: ${ID}\n`, '')}
---
title: C
id: ${ID}
correlation: { type: event_count, rules: [c], timespan: 1h, condition: { gte: 2 } }`;
    expect(lint(chain, 'attack-tag', 'duplicate-title', 'untested', 'false-positives', 'read')).toEqual([
      expect.stringContaining('`tags` names no ATT&CK technique'),
      expect.stringContaining('`falsepositives` is missing'),
      expect.stringContaining('no `tests`'),
    ]);
  });

  it('may name fields by aliases', () => {
    const text = correlation(
      `${COUNT}group-by: [who]\naliases: { who: { b: user.name } }\ncondition: { gte: 2 }`,
    );
    expect(lint(text, 'unknown-field', 'read')).toEqual([]);
    expect(lint(text.replace('user.name', 'user.full'), 'unknown-field', 'read')).toEqual([
      expect.stringContaining('no event has a field `user.full`'),
    ]);
  });

  it('that names nothing, or can not be read, is told as the reader tells it', () => {
    expect(lint(correlation(`${COUNT.replace('[b]', '[c]')}condition: { gte: 2 }`), 'read')).toContainEqual(
      'rule.yml:12:11 error: there is no rule `c`, neither by name nor by id',
    );
    expect(lint(correlation(`${COUNT.replace('5m', '0s')}condition: { gte: 2 }`), 'read')).toContainEqual(
      'rule.yml:13:13 error: `timespan` must be a number and a unit, as 30s, 10m, 1h or 30d',
    );
  });
});

describe('rules of several files', () => {
  it('share neither title nor id', () => {
    const other = GOOD.replace(ID, ID2);
    expect(lint({ 'a.yml': GOOD, 'b.yml': other })).toEqual([
      'b.yml:1:1 warning: the title `T` is already that of a.yml:1',
    ]);
    expect(lint({ 'a.yml': GOOD, 'b.yml': GOOD.replace('title: T', 'title: U') })).toEqual([
      `b.yml:1:1 error: the id ${ID} is already that of a.yml:1`,
    ]);
  });

  it('may replace each other, which is said', () => {
    expect(lint({ 'a.yml': GOOD, '1/b.yml': GOOD })).toEqual([
      `1/b.yml:1:1 note: replaces the rule with the same id ${ID} at a.yml:1`,
    ]);
  });
});

describe('a filter of another file', () => {
  const filter = (search: string): string =>
    `title: F\nlogsource: { category: secret_access }\nfilter:\n  rules: [${ID}]\n${indent(search)}`;

  it('is judged together with the rule, and told where the rule is', () => {
    const files = { 'a.yml': GOOD, 'b.yml': filter('s: { whosaw.access.kind: list }\ncondition: s') };
    expect(lint(files)).toEqual([
      'a.yml:1:1 error: with the filters of other files no event can meet the condition',
    ]);
    const unknown = { 'a.yml': GOOD, 'b.yml': filter('s: { event.severity: 5 }\ncondition: not s') };
    expect(lint(unknown)).toEqual(['a.yml:1:1 warning: in a filter of it: no event has a field `event.severity`']);
  });

  it('is fine otherwise', () => {
    const text = 's: { source.ip|cidr: 10.2.0.0/16 }\ncondition: not s';
    expect(lint({ 'a.yml': GOOD, 'b.yml': filter(text) })).toEqual([]);
  });
});

describe('a test that repeats another', () => {
  it('proves nothing', () => {
    const text = GOOD.replace(
      '  quiet:',
      '    two: [{ times: 1, every: 5m, whosaw.secret.id: vault:a/break-glass }]\n  quiet:',
    );
    expect(lint(text)).toEqual([
      'rule.yml:15:1 warning: the test `two` has the events of `one` in line 14; leave one out',
    ]);
  });

  it('expects the opposite', () => {
    const text = GOOD.replace('vault:a/b }', 'vault:a/break-glass }');
    expect(lint(text)).toEqual([
      'rule.yml:16:1 error: the test `another` has the events of `one` in line 14, which expects the opposite',
    ]);
  });
});
