import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/core/event.ts';
import type { JsonValue } from '../../src/core/json.ts';
import { compileRules, type CompiledRules } from '../../src/rules/rule-set.ts';
import { ID, indent, observation, parse, rule } from './rule-text.ts';

function compile(...texts: readonly string[]): CompiledRules {
  const files = Object.fromEntries(texts.map((text, index) => [`${String.fromCharCode(97 + index)}.yml`, text]));
  const parsed = parse(files);
  const [error] = parsed.problems.filter(({ severity }) => severity === 'error');
  if (error !== undefined) throw new Error(error.message);
  return compileRules(parsed);
}

const numbered = (text: string, number: number): string =>
  text.replace(ID, `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);

describe('a logsource', () => {
  const events: Readonly<Record<string, Observation>> = {
    vault: observation({}),
    'vault secret': observation({ 'whosaw.secret.id': 'vault:eu/a' }),
    cloudtrail: observation({ 'event.module': 'aws' }),
    keyvault: observation({ 'event.module': 'azure' }),
    activity: observation({ 'event.dataset': 'azure.activitylogs' }),
    'activity secret': observation({ 'event.dataset': 'azure.activitylogs', 'whosaw.secret.id': 'azure:v/secrets/a' }),
  };
  const all = Object.keys(events);

  it.each([
    ['{}', all],
    ['{ category: secret_access }', ['vault secret', 'activity secret']],
    ['{ category: SECRET_ACCESS, product: azure }', ['activity secret']],
    ['{ product: vault, service: audit }', ['vault', 'vault secret']],
    ['{ product: AWS, service: CloudTrail }', ['cloudtrail']],
    ['{ product: azure }', ['keyvault', 'activity', 'activity secret']],
    ['{ product: azure, service: keyvault }', ['keyvault']],
    ['{ service: activitylogs }', ['activity', 'activity secret']],
    ['{ product: azure, service: signinlogs }', []],
    ['{ product: aws, service: audit }', []],
    ['{ product: windows }', []],
    ['{ category: process_creation }', []],
    ['{ category: process_creation, product: aws }', []],
  ])('%s means %j', (logsource, expected) => {
    const rules = compile(`${rule('a:\n  event.action: test\ncondition: a')}\nlogsource: ${logsource}`);
    expect(all.filter((name) => rules.match(events[name] ?? observation({})).length > 0)).toEqual(expected);
    expect(all.filter((name) => rules.detections[0]?.matches(events[name] ?? observation({})))).toEqual(expected);
  });
});

describe('a name', () => {
  it('of ours is read from the event, any other from the record', () => {
    const rules = compile(rule('a:\n  user.name: ana\n  userIdentity.type: Root\n  request.path: x\ncondition: a'));
    const event = { 'user.name': 'ana', 'userIdentity.type': 'root', 'request.path': 'x' };
    expect(observation(event).record).toEqual({ userIdentity: { type: 'root' }, request: { path: 'x' } });
    expect(rules.match(observation(event))).toEqual([0]);
    expect(rules.match({ ...observation(event), record: { user: { name: 'ana' } } })).toEqual([]);
  });

  it('of a keyword is looked for in the record alone', () => {
    const rules = compile(rule('k: [secret-word]\ncondition: k'));
    expect(rules.match(observation({ 'some.field': 'a secret-word here' }))).toEqual([0]);
    expect(rules.match(observation({ 'url.path': 'a secret-word here' }))).toEqual([]);
  });
});

describe('the index', () => {
  const values = ['a', 'B', 'c', '1', 'abcd', 'XAbCdX', 'cdab'] as const;
  const value: fc.Arbitrary<JsonValue> = fc.oneof(
    fc.constantFrom<JsonValue>(...values, 'A', 'b', 1, true, null, 'true', '/a', 'YQ==', 'YwA=', '2023-01-01T03:00Z'),
    fc.array(fc.constantFrom<JsonValue>(...values, null, ['a']), { maxLength: 3 }),
  );
  const fields = fc.dictionary(fc.constantFrom('x', 'y', 'z', 'event.action', 'event.outcome', 'user.roles'), value);
  const line = fc
    .record({
      field: fc.constantFrom('x', 'y', 'z', 'event.action', 'event.outcome', 'user.roles'),
      modifier: fc.constantFrom('', '', '', '|neq', '|cased', '|contains', '|startswith'),
      values: fc.uniqueArray(fc.constantFrom(...values, 'true', 'a*', 'abc', '*bcd*', 'xab?d*'), { minLength: 1, maxLength: 3 }),
    })
    .map(({ field, modifier, values }) => `'${field}${modifier}': [${values.map((text) => `'${text}'`).join(', ')}]`);
  const special = fc.constantFrom(
    'x|exists: false',
    'y: null',
    "z|all: ['a', 'c']",
    "z|contains|all: ['a', 'c']",
    "x|windash: ['-a', 'b']",
    "y|base64: ['a', 'c']",
    "x|utf16le|base64|all: ['a', 'c']",
    'x|fieldref: y',
    'user.roles|fieldref|contains: [x, z]',
    'y|hour: 3',
    'x|re: ^x?(abc)+d',
    "x|re: ['abcd', 'cda[b]']",
    'y|re: abc|c+dab|X(A|a)bCd',
    'z|re|i: ABC',
  );
  const search = fc.uniqueArray(fc.oneof(line, special), {
    minLength: 1,
    maxLength: 3,
    selector: (text) => text.split(':')[0]?.replaceAll("'", ''),
  });
  const detection = fc
    .record({
      searches: fc.tuple(search, search, search),
      condition: fc.constantFrom(
        's0',
        's0 and s1',
        's0 or s1',
        '1 of s*',
        'all of s*',
        's0 and not s1',
        'not s0',
        '1 of t*',
        '(s0 or s1) and s2',
      ),
    })
    .map(({ searches, condition }) => {
      const texts = searches.map((lines, index) => `s${index}:\n${indent(lines.join('\n'))}\n`);
      return rule(`${texts.join('')}condition: ${condition}`);
    });
  const logsource = fc.constantFrom(
    '',
    '',
    '\nlogsource: { product: vault }',
    '\nlogsource: { category: secret_access }',
  );
  const texts = fc.array(fc.tuple(detection, logsource), { minLength: 1, maxLength: 12 });

  it('finds what asking every rule finds', () => {
    fc.assert(
      fc.property(texts, fc.array(fields, { maxLength: 8 }), (rules, events) => {
        const compiled = compile(...rules.map(([text, source], index) => numbered(text + source, index)));
        for (const event of events) {
          const made = observation({ ...event, 'whosaw.secret.id': 'vault:a/b' });
          const asked = compiled.detections.flatMap((detection, index) => (detection.matches(made) ? [index] : []));
          expect(compiled.match(made)).toEqual(asked);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a hit', () => {
  const correlation = (lines: string): string =>
    `title: B\nname: b\ndetection:\n  a:\n    event.action: test\n  condition: a\n---\ntitle: C\nid: ${ID}\ncorrelation:\n${indent(
      `type: event_count\nrules: [b]\ntimespan: 5m\ncondition: { gte: 1 }\n${lines}`,
    )}`;

  function hitsOf(text: string, fields: Readonly<Record<string, JsonValue>>): readonly unknown[] {
    const rules = compile(text);
    const event = observation(fields);
    return rules.hits(event, rules.match(event));
  }

  it('says what, when and of which group', () => {
    const event = observation({ 'user.name': 'ana', 'userIdentity.accountId': 4711 });
    const rules = compile(correlation('group-by: [user.name, userIdentity.accountId]'));
    expect(rules.hits(event, rules.match(event))).toEqual([
      {
        correlation: 0,
        base: 0,
        group: ['ana', '4711'],
        timeUs: event.timeUs,
        accessId: event.event.whosaw.access.id,
        eventId: event.event.event.id,
      },
    ]);
  });

  it.each<readonly [string, JsonValue, string]>([
    ['user.roles', ['b', 'a', 'c'], 'a,b,c'],
    ['some.list', [3, true, null, ['x'], ''], '3,true,x'],
    ['some.list', { a: 1 }, '{"a":1}'],
    ['some.flag', false, 'false'],
  ])('groups by %s %j as %s', (field, value, group) => {
    const event = observation({});
    const record = field === 'some.list' ? { some: { list: value } } : { some: { flag: value } };
    const given = field === 'user.roles' ? observation({ [field]: value }) : { ...event, record };
    const rules = compile(correlation(`group-by: [${field}]`));
    expect(rules.hits(given, rules.match(given))).toMatchObject([{ group: [group] }]);
  });

  it.each<JsonValue>([null, '', []])('is dropped where its group-by field is %j', (value) => {
    expect(hitsOf(correlation('group-by: [user.name, a.b]'), { 'user.name': 'ana', 'a.b': value })).toEqual([]);
  });

  it('without a group-by is of the one group there is', () => {
    expect(hitsOf(correlation(''), {})).toMatchObject([{ group: [] }]);
  });

  it('of a rule that stands alone has absence as a value', () => {
    const text = rule('a:\n  event.action: test\ncondition: a');
    expect(hitsOf(text, { 'whosaw.actor.id': 'x' })).toMatchObject([{ group: ['x', ''] }]);
  });

  it('carries the value that is counted, and is dropped without one', () => {
    const text = correlation('')
      .replace('event_count', 'value_count')
      .replace('gte: 1', 'gte: 1, field: source.address');
    expect(hitsOf(text, { 'source.address': '192.0.2.1' })).toMatchObject([{ value: '192.0.2.1' }]);
    expect(hitsOf(text, {})).toEqual([]);
  });

  it('is made for each correlation and base', () => {
    const first = `type: first_seen\nrules: [b]\nknown-by: [b]\nhistory: 3d\ntimespan: 5m`;
    const text = `${correlation('')}\n---\ntitle: D\nid: 1d68cbed-d9ad-4139-96f2-094f2f344f7c\ncorrelation:\n${indent(first)}`;
    const rules = compile(text);
    expect(rules.usedBy).toEqual([
      [
        { correlation: 0, base: 0 },
        { correlation: 1, base: 0 },
        { correlation: 1, base: 1 },
      ],
    ]);
    expect(hitsOf(text, {})).toMatchObject([
      { correlation: 0, base: 0 },
      { correlation: 1, base: 0 },
      { correlation: 1, base: 1 },
    ]);
  });
});
