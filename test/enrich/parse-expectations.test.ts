import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { printProblem } from '../../src/core/errors.ts';
import { fail, ok, type Result } from '../../src/core/result.ts';
import { parseExpectations } from '../../src/enrich/parse-expectations.ts';

const RELEASES = readFileSync(new URL('../fixtures/calendars/releases.ics', import.meta.url), 'utf8');

function problems(text: string, calendar: Result<string, string> = ok(RELEASES)): readonly string[] {
  const parsed = parseExpectations(text, 'expectations.yaml', () => calendar);
  return parsed.ok ? [] : parsed.error.map(printProblem);
}

describe('parseExpectations', () => {
  it('takes an empty file for one that declares nothing', () => {
    expect(problems('')).toEqual([]);
  });

  it('takes lists for placeholders as they are written, empty ones too', () => {
    const text = 'placeholders:\n  Servers: [srv-*, 7]\n  none: []\n';
    const parsed = parseExpectations(text, 'expectations.yaml', () => fail('none'));
    expect(parsed.ok && [...parsed.value.placeholders]).toEqual([
      ['Servers', ['srv-*', '7']],
      ['none', []],
    ]);
    expect(problems('placeholders: { a-b: [x], c: x, d: [null] }')).toEqual([
      'expectations.yaml:1:17: placeholders.a-b: a placeholder is named by letters, digits and _',
      'expectations.yaml:1:30: placeholders.c: must be a list',
      expect.stringMatching(/^expectations\.yaml:1:3\d: placeholders\.d\.0: /),
    ]);
  });

  it('reports everything at once, in the order of the file', () => {
    const text = `environments:
  production: ['vault:*/x', 'secret/production/**', 3]
  2024: ['**']
  staging: []
secrets:
  - { match: '**/x', criticality: hihg, ownr: a }
  - { owner: a }
networks:
  office: [203.0.113.0/33, '::zz', 10.0.0.1]
windows:
  a: { cron: '30 25 * * *', lasts: 45x, zone: Europe/Berln }
  b: { cron: '0 0 31 2 *', lasts: 40d, zone: Etc/UTC }
  c: { ical: gone.ics, lasts: 3m }
  d: { ical: gone.ics }
  e: { lasts: 1m }
  __proto__: { lasts: 1m }
teams:
  payments:
    networks: [ofice]
    roles:
      dev: { members: [], environments: [stagin, prod], windows: [A, z] }
      'x y': { members: ['person:a@b.example', 'a@b.example'] }
    rolse: {}
people:
  'person:ana@acme.example': ['vault:eu/a', 'vault:eu/b']
  'person:bob@acme.example': ['vault:eu/a', 'person:ANA@acme.example', 'vault:*/c', 7]
  ana: ['vault:eu/d']
everyone: { networks: office }
evryone: 1
`;
    expect(problems(text, fail('there is no such file'))).toEqual([
      'expectations.yaml:2:29: environments.production.1: "secret/production/**" covers no secret: their ids begin with vault:, aws:, azure:; begin the pattern with one of them, or with **/',
      'expectations.yaml:2:53: environments.production.2: must be a text',
      'expectations.yaml:3:3: "2024" is no name: use letters, digits, - _ and .',
      'expectations.yaml:4:12: environments.staging: must not be empty: leave the key out instead',
      'expectations.yaml:6:35: secrets.0.criticality: must be one of low, medium, high, critical',
      'expectations.yaml:6:41: unknown key "ownr"; did you mean "owner"?',
      'expectations.yaml:7:5: secrets.1.match: is missing',
      'expectations.yaml:9:12: networks.office.0: "203.0.113.0/33" is no network: write 10.0.0.0/16, 2001:db8:1::/48 or one address',
      'expectations.yaml:9:28: networks.office.1: "::zz" is no network: write 10.0.0.0/16, 2001:db8:1::/48 or one address',
      'expectations.yaml:11:14: windows.a.cron: Invalid value for hour: 25',
      'expectations.yaml:11:36: windows.a.lasts: "45x" is no length of time up to 31d: write one as 45m or 1h30m',
      'expectations.yaml:11:47: windows.a.zone: "Europe/Berln" is no time zone: write one as Europe/Berlin or Etc/UTC',
      'expectations.yaml:12:14: windows.b.cron: this cron expression never comes true',
      'expectations.yaml:12:35: windows.b.lasts: "40d" is no length of time up to 31d: write one as 45m or 1h30m',
      'expectations.yaml:13:14: a window is either cron with lasts, or ical: declare two',
      'expectations.yaml:14:14: gone.ics: there is no such file',
      'expectations.yaml:15:6: a window needs cron, lasts and zone, or ical',
      'expectations.yaml:16:3: "__proto__" is no name: use letters, digits, - _ and .',
      'expectations.yaml:16:14: a window needs cron, lasts and zone, or ical',
      'expectations.yaml:19:16: "ofice" is not declared; did you mean "office"?',
      'expectations.yaml:21:23: teams.payments.roles.dev.members: must not be empty: leave the key out instead',
      'expectations.yaml:21:42: "stagin" is not declared; did you mean "staging"?',
      'expectations.yaml:21:50: "prod" is not declared; declare it under environments',
      'expectations.yaml:21:67: "A" is not declared; did you mean "a"?',
      'expectations.yaml:21:70: "z" is not declared; declare it under windows',
      'expectations.yaml:22:7: "x y" is no name: use letters, digits, - _ and .',
      'expectations.yaml:22:48: teams.payments.roles.x y.members.1: "a@b.example" covers no identity: their ids begin with person:, vault:, aws:, azure:; begin the pattern with one of them, or with **/',
      'expectations.yaml:23:5: unknown key "rolse"; did you mean "roles"?',
      'expectations.yaml:26:31: "vault:eu/a" is claimed by person:ana@acme.example already',
      'expectations.yaml:26:45: "person:ana@acme.example" is itself a person here',
      'expectations.yaml:26:72: people.person:bob@acme.example.2: "vault:*/c" is no identity: write its whole id, which begins with person:, vault:, aws:, azure:',
      'expectations.yaml:26:85: people.person:bob@acme.example.3: must be a text',
      'expectations.yaml:27:3: "ana" is no person: write person:<email>',
      'expectations.yaml:28:23: everyone.networks: must be a list',
      'expectations.yaml:29:1: unknown key "evryone"; did you mean "everyone"?',
    ]);
  });

  it('says which event of a calendar is not understood', () => {
    const hostile = readFileSync(new URL('../fixtures/calendars/hostile.ics', import.meta.url), 'utf8');
    const found = problems('windows:\n  releases: { ical: releases.ics }\n', ok(hostile));
    expect(found).toContain(
      'expectations.yaml:2:21: releases.ics: event "backwards" (2025-03-15T02:00:00Z): it ends before it begins',
    );
  });

  it.each(['- a', 'environments: [', 'a: 1\na: 2', 'null: 1'])('refuses %j', (text) => {
    expect(problems(text)).not.toEqual([]);
  });

  it('has a version that follows the file and its calendars', () => {
    const version = (text: string, calendar: string): string => {
      const parsed = parseExpectations(text, 'expectations.yaml', () => ok(calendar));
      return parsed.ok ? parsed.value.version : '';
    };
    const text = 'windows: { releases: { ical: releases.ics } }';
    expect(version(text, RELEASES)).toMatch(/^[0-9a-f]{32}$/);
    expect(version(text, RELEASES)).toBe(version(text, RELEASES));
    expect(version(`${text} `, RELEASES)).not.toBe(version(text, RELEASES));
    expect(version(text, RELEASES.replace('2025.1', '2025.9'))).not.toBe(version(text, RELEASES));
  });
});
