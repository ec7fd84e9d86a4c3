import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FIXTURES, folderWith, jsonLines, whosaw } from './whosaw.ts';
import { harvest, vaultRead } from './vault-log.ts';

const END = Date.UTC(2025, 2, 15, 2, 34, 12);
const folder = folderWith({
  'audit.log': harvest(END, { run: 'a' }),
  'quiet.log': vaultRead({ time: '2025-03-15T02:34:12.847Z', id: 'q' }),
  'broken.log': `${vaultRead({ time: '2025-03-15T02:34:12.847Z', id: 'x' })}no json hvs.CANARYCANARYCANARYCANARY\n{"type":"response","request":{"id":"y","path":"secret/CANARY"}}\n`,
  'pictures.bin': '\u0000\u0001\u0002',
});
afterAll(folder.remove);

describe.concurrent('an alert', () => {
  it('is one line of JSON; the summary counts, and names what is inert', async () => {
    const { code, stdout, stderr } = await whosaw(['scan', folder.at('audit.log')]);
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toMatchObject([
      {
        rule: { title: 'One identity reads one secret again and again', level: 'medium' },
        group: {
          'whosaw.actor.id': 'vault:vault/approle/payments-api',
          'whosaw.secret.id': 'vault:vault/secret/production/db-password',
        },
        count: 8,
        opened: '2025-03-15T02:34:12Z',
      },
    ]);
    expect(stderr).toContain('1 file, 8 events, 0 duplicates, 0 rejected, 1 alert\n');
    expect(stderr).toMatch(/^\d+ rules inert:$/m);
    expect(stderr).toMatch(/^ {2}Secret read from outside the team's usual range: \S/m);
  });

  it('is JSON or CSV, in the cluster that is named', async () => {
    const args = ['scan', folder.at('audit.log'), '--cluster', 'eu', '--quiet', '--format'];
    const [json, csv] = await Promise.all([whosaw([...args, 'json']), whosaw([...args, 'csv'])]);
    expect(JSON.parse(json.stdout)).toMatchObject([{ count: 8 }]);
    const [head, row, end] = csv.stdout.split('\n');
    expect(head).toBe(
      'id,level,rule,title,opened,first,last,count,actor,secret,address,group,why,quiet,continues,superseded_by',
    );
    expect(row).toContain(',8,vault:eu/approle/payments-api,vault:eu/secret/production/db-password,10.0.1.42,');
    expect(end).toBe('');
    expect([json.stderr, csv.stderr]).toEqual(['', '']);
  });

  it.each([
    ['medium', 1],
    ['high', 0],
  ])('makes --fail-on %s end with %i', async (level, code) => {
    expect((await whosaw(['scan', folder.at('audit.log'), '--quiet', '--fail-on', level])).code).toBe(code);
  });
});

describe.concurrent('events', () => {
  it('are written where --events says, only for this user', async () => {
    const file = folder.at('events.ndjson');
    const { code } = await whosaw(['scan', folder.at('audit.log'), '--quiet', '--events', file]);
    expect(code).toBe(0);
    const events = jsonLines(readFileSync(file, 'utf8'));
    expect(events).toHaveLength(8);
    expect(events[0]).toMatchObject({
      '@timestamp': '2025-03-15T02:34:05.000Z',
      event: { action: 'read', outcome: 'success' },
      whosaw: { secret: { id: 'vault:vault/secret/production/db-password' } },
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('go before the alerts on standard output, from standard input as well', async () => {
    const { code, stdout } = await whosaw(['scan', '-', '--quiet', '--events', '-'], {
      input: readFileSync(folder.at('audit.log'), 'utf8'),
    });
    expect(code).toBe(0);
    expect(jsonLines(stdout).map((line) => ('rule' in line ? 'alert' : 'event'))).toEqual([
      ...Array<string>(8).fill('event'),
      'alert',
    ]);
  });

  it('are what the article says of its entry', async () => {
    const article = join(FIXTURES, 'vault/article.jsonl');
    const { code, stdout, stderr } = await whosaw(['scan', article, '--cluster', 'eu', '--events', '-']);
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toMatchObject([
      {
        '@timestamp': '2025-03-15T02:34:12.847Z',
        event: { action: 'read', outcome: 'success', module: 'vault' },
        source: { address: '10.0.1.42', ip: '10.0.1.42' },
        whosaw: {
          access: { kind: 'read' },
          actor: { id: 'vault:eu/token/deploy-bot' },
          secret: { id: 'vault:eu/secret/production/db-password' },
        },
      },
    ]);
    expect(stderr).toContain('1 file, 1 event, 0 duplicates, 0 rejected, 0 alerts');
  });

  it('that come twice are duplicates', async () => {
    const { stderr } = await whosaw(['scan', folder.at('audit.log'), folder.at('quiet.log'), folder.at('audit.log')]);
    expect(stderr).toMatch(/ 9 events, (0|8) duplicates, 0 rejected, 1 alert\n/);
  });

  it('that cannot be written end it before it begins', async () => {
    const { code, stdout, stderr } = await whosaw([
      'scan',
      folder.at('audit.log'),
      '--events',
      folder.at('no/such/folder'),
    ]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--events ');
  });
});

describe.concurrent('what cannot be read', () => {
  it('is shown with place and reason, counted, and its text is not repeated', async () => {
    const { code, stdout, stderr } = await whosaw(['scan', folder.at('broken.log')]);
    const first = Buffer.byteLength(vaultRead({ time: '2025-03-15T02:34:12.847Z', id: 'x' }));
    expect(code).toBe(0);
    expect(stderr).toContain(`rejected ${folder.at('broken.log')} at byte ${first} (36 bytes): not-json. `);
    expect(stderr).toMatch(/broken\.log at byte \d+ \(\d+ bytes\): no-time\. /);
    expect(stderr).toContain('1 file, 1 event, 0 duplicates, 2 rejected, 0 alerts');
    expect(stdout + stderr).not.toContain('CANARY');
  });

  it('is shown up to a limit', async () => {
    const { stderr } = await whosaw(['scan', '-', '--source', 'vault'], { input: 'x\n'.repeat(100) });
    expect(stderr.match(/^rejected /gm)).toHaveLength(20);
    expect(stderr).toContain('further rejected records are only counted');
    expect(stderr).toContain(' 100 rejected, ');
  });

  it('ends with 2 where it is a path, and the others are read', async () => {
    const paths = [folder.at('nowhere.log'), folder.at('audit.log')];
    const { code, stdout, stderr } = await whosaw(['scan', ...paths, '--fail-on', 'low']);
    expect(code).toBe(2);
    expect(stderr).toContain(folder.at('nowhere.log'));
    expect(jsonLines(stdout)).toHaveLength(1);
  });

  it('is skipped where it is no audit log, with the reason', async () => {
    const { code, stderr } = await whosaw(['scan', folder.at('pictures.bin'), folder.at('quiet.log')]);
    expect(code).toBe(0);
    expect(stderr).toContain(`skipped ${folder.at('pictures.bin')}: `);
  });
});

describe.concurrent('rules', () => {
  const rules = folder.at('rules');
  mkdirSync(rules);
  writeFileSync(
    join(rules, 'mine.yml'),
    `title: Any read
id: 2f0b7f0e-6c63-4b53-9a4e-2c1f6a7f1f10
status: stable
level: critical
logsource: { category: secret_access }
detection:
  read: { whosaw.access.kind: read }
  condition: read
`,
  );
  writeFileSync(
    folder.at('broken.yml'),
    `title: Broken
id: 2f0b7f0e-6c63-4b53-9a4e-2c1f6a7f1f11
status: stabel
level: hihg
logsource: { category: secret_access }
detection:
  read: { whosaw.access.kind: read }
  condition: reed
`,
  );
  writeFileSync(folder.at('broken.yaml'), 'environments: 5\ntaems: {}\n');

  it('of a folder stand instead of the pack', async () => {
    const { code, stdout, stderr } = await whosaw([
      'scan',
      folder.at('quiet.log'),
      '--rules',
      rules,
      '--fail-on',
      'high',
    ]);
    expect(code).toBe(1);
    expect(jsonLines(stdout)).toMatchObject([{ rule: { title: 'Any read' } }]);
    expect(stderr).not.toContain('inert');
  });

  it('and expectations that are broken list all problems, and nothing is read', async () => {
    const args = ['--rules', folder.at('broken.yml'), '--expectations', folder.at('broken.yaml')];
    const { code, stdout, stderr } = await whosaw(['scan', folder.at('audit.log'), ...args]);
    expect([code, stdout]).toEqual([2, '']);
    for (const place of ['broken.yml:3:', 'broken.yml:4:', 'broken.yml:8:', 'broken.yaml:1:15:', 'broken.yaml:2:1:'])
      expect(stderr).toContain(folder.at(place));
    expect(stderr).not.toContain('1 file');
  });

  it.each([
    ['a folder that is not there', ['--rules', '/no/such/folder'], '/no/such/folder'],
    ['expectations that are not there', ['--expectations', '/no/such/file'], '/no/such/file'],
    ['an option that is none', ['--fail-onn', 'high'], '--fail-on'],
  ])('that are wrong end with 2: %s', async (_, args, named) => {
    const { code, stdout, stderr } = await whosaw(['scan', folder.at('audit.log'), ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(named);
  });
});
