import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ok } from '../../src/core/result.ts';
import type { WhosawFields } from '../../src/core/event.ts';
import { compileExpectations, type Enricher } from '../../src/enrich/compile-expectations.ts';
import { parseExpectations } from '../../src/enrich/parse-expectations.ts';
import { observation, type Given } from './observation.ts';

const CALENDAR =
  'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20250314T200000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';

const EXPECTATIONS = `
environments:
  production:  ['vault:*/secret/production/**', 'aws:444455556666/**', 'azure:*-prod/**']
  staging:     ['vault:*/secret/staging/**']
  anything:    ['vault:eu/secret/**']
secrets:
  - { match: '**/db-password', owner: payments, criticality: high }
  - { match: '**/canary-*', owner: security }
  - { match: '**/canary-1', criticality: critical }
networks:
  office:  [203.0.113.0/24, '2001:db8:1::/48']
  runners: [10.0.0.0/16]
  desk:    [198.51.100.7]
windows:
  nightly:  { cron: '30 2 * * 1-5', lasts: 45m, zone: Etc/UTC }
  releases: { ical: releases.ics }
teams:
  payments:
    networks: [office]
    roles:
      developer:
        members: ['person:*@payments.acme.example']
        environments: [staging]
      on-call:
        members: ['vault:eu/userpass/ana']
        environments: [staging, production]
  delivery:
    networks: [runners]
    roles:
      deploy:
        members: ['vault:*/approle/deploy-bot', 'vault:*/approle/both']
        environments: [staging, production]
        windows: [nightly, releases]
  platform:
    networks: [desk]
    roles:
      janitor: { members: ['vault:*/approle/both', 'vault:*/approle/janitor'], environments: [production] }
      cleaner: { members: ['vault:*/approle/cleaner'], windows: [nightly] }
  nowhere:
    roles:
      reader: { members: ['vault:*/approle/reader'] }
people:
  'person:Ana@payments.acme.example': ['vault:eu/userpass/ana', 'aws:444455556666/user/ana.lopez']
everyone: { networks: [office, runners] }
`;

const PROD = 'vault:eu/secret/production/db-password';
const STAGING = 'vault:eu/secret/staging/api-key';
const DEPLOY = 'vault:eu/approle/deploy-bot';
const NIGHT = '2025-03-14T02:34:12Z';
const RELEASE = '2025-03-14T20:59:59Z';

function compile(text: string = EXPECTATIONS): Enricher {
  const parsed = parseExpectations(text, 'expectations.yaml', () => ok(CALENDAR));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return compileExpectations(parsed.value);
}

function facts(given: Given, enricher: Enricher = compile()): WhosawFields {
  return enricher.enrich(observation(given)).event.whosaw;
}

describe('environment, owner and criticality', () => {
  it.each([
    [PROD, 'production', 'payments', 'high'],
    [STAGING, 'staging', undefined, undefined],
    ['vault:eu/secret/other/x', 'anything', undefined, undefined],
    ['vault:us/other/db-password', undefined, 'payments', 'high'],
    ['vault:us/kv/x', undefined, undefined, undefined],
    ['aws:444455556666/eu-central-1/payments/canary-1', 'production', 'security', 'critical'],
    ['aws:444455556666/eu-central-1/payments/canary-2', 'production', 'security', undefined],
    ['azure:shop-prod/secrets/db-password', 'production', 'payments', 'high'],
  ])('%s: %s, %s, %s', (secret, environment, owner, criticality) => {
    const found = facts({ secret });
    expect([found.environment, found.secret?.owner, found.secret?.criticality]).toEqual([
      environment,
      owner,
      criticality,
    ]);
    expect('environment' in found).toBe(environment !== undefined);
  });
});

describe('actor', () => {
  it.each([
    ['person:sam@payments.acme.example', 'person:sam@payments.acme.example', 'unknown', 'payments', ['developer']],
    [
      'aws:444455556666/user/ana.lopez',
      'person:ana@payments.acme.example',
      'person',
      'payments',
      ['developer', 'on-call'],
    ],
    ['vault:eu/userpass/ana', 'person:ana@payments.acme.example', 'person', 'payments', ['developer', 'on-call']],
    [
      'person:ana@payments.acme.example',
      'person:ana@payments.acme.example',
      'unknown',
      'payments',
      ['developer', 'on-call'],
    ],
    ['vault:eu/approle/both', 'vault:eu/approle/both', 'unknown', 'delivery', ['deploy', 'janitor']],
    ['vault:eu/approle/other', 'vault:eu/approle/other', 'unknown', undefined, undefined],
    ['vault:eu/userpass/anabel', 'vault:eu/userpass/anabel', 'unknown', undefined, undefined],
  ])('%s is %s, %s, %s, %j', (actor, id, kind, team, roles) => {
    expect(facts({ actor }).actor).toEqual({
      id,
      kind,
      ...(team === undefined ? {} : { team }),
      ...(roles === undefined ? {} : { roles }),
    });
  });
});

describe('expected.network', () => {
  const ANA = 'vault:eu/userpass/ana';
  it.each([
    ['in the network of the team', ANA, '203.0.113.9', true],
    ['IPv6', ANA, '2001:db8:1:7::1', true],
    ['outside', ANA, '192.0.2.77', false],
    ["in another team's network", ANA, '10.0.0.1', false],
    ['two teams add up: one', 'vault:eu/approle/both', '10.0.0.1', true],
    ['two teams add up: the other', 'vault:eu/approle/both', '198.51.100.7', true],
    ['two teams, in neither', 'vault:eu/approle/both', '203.0.113.9', false],
    ['nobody claims it: everyone', 'vault:eu/approle/other', '10.0.0.1', true],
    ['nobody claims it: outside', 'vault:eu/approle/other', '198.51.100.7', false],
    ['claimed, but no networks declared', 'vault:eu/approle/reader', '192.0.2.77', undefined],
    ['no address', ANA, undefined, undefined],
  ])('%s', (_, actor, ip, expected) => {
    expect(facts({ actor, ...(ip === undefined ? {} : { ip }) }).expected?.network).toBe(expected);
  });

  it('is absent for an address that is a service, and without an identity', () => {
    expect(facts({ actor: ANA, address: 'AWS Internal' })).not.toHaveProperty('expected');
    expect(facts({ ip: '192.0.2.77', secret: PROD })).not.toHaveProperty('expected');
  });
});

describe('expected.role', () => {
  it.each([
    ['person:sam@payments.acme.example', STAGING, true],
    ['person:sam@payments.acme.example', PROD, false],
    ['vault:eu/userpass/ana', PROD, true],
    ['vault:eu/userpass/ana', 'vault:eu/secret/other/x', false],
    ['vault:eu/userpass/ana', 'vault:us/kv/x', undefined],
    ['vault:eu/userpass/ana', undefined, undefined],
    ['vault:eu/approle/other', PROD, undefined],
    ['vault:eu/approle/reader', PROD, undefined],
    ['vault:eu/approle/cleaner', PROD, undefined],
  ])('%s reads %s: %s', (actor, secret, expected) => {
    expect(facts({ actor, ...(secret === undefined ? {} : { secret }) }).expected?.role).toBe(expected);
  });
});

describe('expected.schedule', () => {
  it.each([
    ['in the nightly window', DEPLOY, PROD, NIGHT, true],
    ['in the calendar', DEPLOY, PROD, RELEASE, true],
    ['in the last millisecond', DEPLOY, PROD, '2025-03-14T03:14:59.999Z', true],
    ['behind it', DEPLOY, PROD, '2025-03-14T03:15:00Z', false],
    ['at noon', DEPLOY, STAGING, '2025-03-14T12:00:00Z', false],
    ['no role covers the environment', DEPLOY, 'vault:eu/secret/other/x', NIGHT, undefined],
    ['no environment is known', DEPLOY, 'vault:us/kv/x', NIGHT, undefined],
    ['no windows declared', 'vault:eu/userpass/ana', PROD, NIGHT, undefined],
    ['another role covers it at any time: outside', 'vault:eu/approle/both', PROD, '2025-03-14T12:00:00Z', undefined],
    ['another role covers it at any time: inside', 'vault:eu/approle/both', PROD, NIGHT, true],
    ['the other role does not cover it', 'vault:eu/approle/both', STAGING, '2025-03-14T12:00:00Z', false],
    ['a role for all environments', 'vault:eu/approle/cleaner', 'vault:us/kv/x', NIGHT, true],
    ['and out of hours', 'vault:eu/approle/cleaner', undefined, '2025-03-14T12:00:00Z', false],
    ['nobody claims it', 'vault:eu/approle/other', PROD, NIGHT, undefined],
  ])('%s', (_, actor, secret, at, expected) => {
    expect(facts({ actor, at, ...(secret === undefined ? {} : { secret }) }).expected?.schedule).toBe(expected);
  });
});

describe('enrich', () => {
  const given = fc.record(
    {
      actor: fc.constantFrom(
        DEPLOY,
        'vault:eu/userpass/ana',
        'vault:eu/approle/both',
        'person:sam@payments.acme.example',
        'x',
      ),
      secret: fc.constantFrom(PROD, STAGING, 'vault:us/kv/x', 'aws:444455556666/eu-central-1/canary-1', ''),
      ip: fc.constantFrom('203.0.113.9', '10.0.0.1', '::1', '198.51.100.7'),
      at: fc.constantFrom(NIGHT, RELEASE, '2025-03-14T12:00:00Z', '2031-01-01T02:30:00Z'),
    },
    { requiredKeys: [] },
  );

  it('gives an event the same facts whatever was asked before', () => {
    const asked = compile();
    fc.assert(
      fc.property(fc.array(given, { maxLength: 6 }), (events) => {
        for (const event of events) expect(facts(event, asked)).toEqual(facts(event));
      }),
      { numRuns: 20 },
    );
  });

  it('leaves its argument as it is, and changes nothing else', () => {
    const enricher = compile();
    fc.assert(
      fc.property(given, (event) => {
        const before = observation(event);
        const { event: after, ...rest } = enricher.enrich(freeze(before));
        expect(before).toEqual(observation(event));
        const { whosaw, ...document } = before.event;
        expect(rest).toEqual({ type: before.type, record: before.record, text: before.text, timeUs: before.timeUs });
        expect(after).toMatchObject({ ...document, whosaw: { access: whosaw.access, origin: whosaw.origin } });
        expect(Object.keys(after).at(-1)).toBe('whosaw');
      }),
    );
  });

  it('does it once: facts of an earlier version are replaced', () => {
    const enricher = compile();
    const nothing = compile('');
    fc.assert(
      fc.property(given, (event) => {
        const once = enricher.enrich(observation(event));
        expect(enricher.enrich(once)).toEqual(once);
        const gone = nothing.enrich(once).event.whosaw;
        expect(gone).not.toHaveProperty('environment');
        expect(gone).not.toHaveProperty('expected');
        expect(gone.actor ?? {}).not.toHaveProperty('team');
        expect(gone.secret ?? {}).not.toHaveProperty('owner');
      }),
    );
  });

  it('carries the version', () => {
    expect(facts({}).expectations_version).toBe(compile().version);
  });
});

describe('suspicious addresses and canary secrets', () => {
  const lists: Readonly<Record<string, string>> = {
    'tor.txt': '# exits\n\n192.0.2.7\n2001:db8::7 ; six\r\n',
    'intel.csv': '192.0.2.0/24,scanner\n203.0.113.9',
    'bad.txt': '192.0.2.1\nnobody\n192.0.2.300',
  };
  const parse = (text: string) =>
    parseExpectations(text, 'e.yaml', (path) =>
      lists[path] === undefined ? { ok: false, error: 'there is no such file' } : ok(lists[path]),
    );
  const enricher = (text: string): Enricher => {
    const parsed = parse(text);
    return parsed.ok ? compileExpectations(parsed.value) : expect.unreachable(JSON.stringify(parsed.error));
  };
  const both = enricher('suspicious: { tor: { file: tor.txt }, intel: { file: intel.csv } }');

  it.each([
    ['192.0.2.7', ['tor', 'intel']],
    ['192.0.2.8', ['intel']],
    ['2001:db8::7', ['tor']],
    ['198.51.100.1', undefined],
    [undefined, undefined],
  ])('%s is in %j', (ip, names) => {
    const event = observation(ip === undefined ? {} : { ip });
    const { whosaw } = both.enrich(event).event;
    expect(whosaw.suspicious).toEqual(names);
    expect(compile('').enrich(both.enrich(event)).event.whosaw).not.toHaveProperty('suspicious');
  });

  it('says which list and line is wrong, and which file is missing', () => {
    const parsed = parse('suspicious:\n  a: { file: bad.txt }\n  b: { file: none.txt }\n  c: { path: x }');
    const messages = parsed.ok ? [] : parsed.error.map(({ line, message }) => `${line}: ${message}`);
    expect(messages).toEqual([
      '2: bad.txt: line 2 is no address and no network',
      '2: bad.txt: line 3 is no address and no network',
      '3: none.txt: there is no such file',
      '4: suspicious.c.file: is missing',
      '4: unknown key "path"',
    ]);
  });

  it('watches the files, which are part of the version', () => {
    const one = parse('suspicious: { tor: { file: tor.txt } }');
    const other = parseExpectations('suspicious: { tor: { file: tor.txt } }', 'e.yaml', () => ok('192.0.2.9'));
    expect(one.ok && one.value.calendars).toEqual(['tor.txt']);
    expect(one.ok && other.ok && one.value.version === other.value.version).toBe(false);
  });

  it('marks bait; a later entry may take it back', () => {
    const bait = enricher("secrets: [{ match: '**/bait-*', canary: true }, { match: '**/bait-2', canary: false }]");
    const canary = (secret: string) => bait.enrich(observation({ secret })).event.whosaw.secret?.canary;
    expect([canary('vault:eu/secret/bait-1'), canary('vault:eu/secret/bait-2'), canary('vault:eu/secret/x')]).toEqual([
      true,
      undefined,
      undefined,
    ]);
  });
});

describe('declared', () => {
  it.each([
    ['', []],
    [
      EXPECTATIONS,
      [
        'environment',
        'secret.owner',
        'secret.criticality',
        'actor.team',
        'expected.network',
        'expected.role',
        'expected.schedule',
      ],
    ],
    ["environments: { production: ['**'] }", ['environment']],
    ["secrets: [{ match: '**', owner: x }]", ['secret.owner']],
    ["secrets: [{ match: '**', canary: true }]", ['secret.canary']],
    ['networks: { a: [::1] }\nteams: { t: { networks: [a] } }'.replace('::1', "'::1'"), []],
    ["networks: { a: ['::1'] }\neveryone: { networks: [a] }", ['expected.network']],
    ["teams: { t: { roles: { r: { members: ['**'] } } } }", ['actor.team']],
  ])('of %.40j', (text, expected) => {
    expect([...compile(text).declared]).toEqual(expected.map((fact) => `whosaw.${fact}`));
  });
});

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}
