import { gzipSync } from 'node:zlib';
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { folderWith, jsonLines, whosaw } from './whosaw.ts';

const RULES = `title: Many failed
id: 0e95725d-7320-415d-80f7-004da920fc11
correlation:
  type: event_count
  rules: [failed]
  group-by: [user]
  timespan: 10m
  condition: { gte: 3 }
---
title: Failed
name: failed
detection:
  failed: { action: login, ok: false }
  condition: failed
`;
const EVENTS = [0, 10, 20].map((second) => ({
  timestamp: `2023-07-10T10:00:${String(second).padStart(2, '0')}Z`,
  action: 'Login',
  ok: false,
  user: 'bob',
}));
const PLACEHOLDER = `title: On a server\ndetection:\n  s: { host|expand: '%Servers%' }\n  condition: s\n`;
const folder = folderWith({
  'many.yml': RULES,
  'server.yml': PLACEHOLDER,
  'bad.yml': 'title: x\ndetection:\n  s: { a|nosuch: 1 }\n  condition: s\n',
  'events.ndjson': EVENTS.map((event) => `${JSON.stringify(event)}\n`).join(''),
  'broken.ndjson': `${JSON.stringify(EVENTS[0])}\n{"secret":"hvs.CANARY\n[1, 2]\n${JSON.stringify(EVENTS[1])}\n${JSON.stringify(EVENTS[2])}`,
  'server.json': JSON.stringify([{ host: 'SRV-1' }, { host: 'laptop' }], null, 2),
  'lists.yaml': 'placeholders:\n  Servers: [srv-*]\n',
});
writeFileSync(folder.at('events.json.gz'), gzipSync(JSON.stringify({ Records: EVENTS })));
afterAll(folder.remove);

const FIRING = {
  title: 'Many failed',
  id: '0e95725d-7320-415d-80f7-004da920fc11',
  group: { user: 'bob' },
  time: '2023-07-10T10:00:20Z',
  count: 3,
  events: EVENTS,
};

describe.concurrent('rules eval', () => {
  it.each([
    ['lines', ['--events', folder.at('events.ndjson')], undefined],
    ['a compressed envelope', ['--events', folder.at('events.json.gz')], undefined],
    ['an array on standard input', ['--events', '-', '--format', 'ndjson'], JSON.stringify(EVENTS, null, 1)],
  ])('prints a line for each firing on %s', async (_, args, input) => {
    const ended = await whosaw(['rules', 'eval', folder.at('many.yml'), ...args], input === undefined ? {} : { input });
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    expect(jsonLines(ended.stdout)).toEqual([FIRING]);
  });

  it('goes on behind what is no JSON, tells its place and none of it', async () => {
    const { code, stdout, stderr } = await whosaw([
      'rules',
      'eval',
      folder.at('many.yml'),
      '--events',
      folder.at('broken.ndjson'),
    ]);
    expect([code, jsonLines(stdout)]).toEqual([0, [FIRING]]);
    expect(stderr).toMatch(/^rejected .*broken\.ndjson at byte \d+ \(\d+ bytes\): /);
    expect(stderr).not.toContain('CANARY');
  });

  it('takes placeholders from the expectations', async () => {
    const args = ['rules', 'eval', folder.at('server.yml'), '--events', folder.at('server.json')];
    const [known, unknown] = await Promise.all([
      whosaw([...args, '--expectations', folder.at('lists.yaml')]),
      whosaw(args),
    ]);
    expect(jsonLines(known.stdout)).toMatchObject([{ title: 'On a server', id: null, events: [{ host: 'SRV-1' }] }]);
    expect([unknown.code, unknown.stdout]).toEqual([2, '']);
    expect(unknown.stderr).toContain('server.yml:3:21: there is no list for the placeholder `%Servers%`');
  });

  it('refuses a broken rule by its place, and what it can not read', async () => {
    const [rule, events, nothing] = await Promise.all([
      whosaw(['rules', 'eval', folder.at('bad.yml'), folder.at('many.yml'), '--events', folder.at('events.ndjson')]),
      whosaw(['rules', 'eval', folder.at('many.yml'), '--events', folder.at('none')]),
      whosaw(['rules', 'eval', folder.at('many.yml')]),
    ]);
    expect([rule.code, events.code, nothing.code]).toEqual([2, 2, 2]);
    expect([rule.stdout, events.stdout]).toEqual(['', '']);
    expect(rule.stderr).toContain('bad.yml:3:8: unknown modifier `nosuch`');
    expect(events.stderr).toContain('none');
  });
});
