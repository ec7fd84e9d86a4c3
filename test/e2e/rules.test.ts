import { afterAll, describe, expect, it } from 'vitest';
import { folderWith, whosaw } from './whosaw.ts';

const ID = '5a6bd645-6318-4a44-bfcf-0b10afb94bfc';
const RULE = `title: Read of a break-glass secret
id: ${ID}
status: stable
level: critical
tags: [attack.credential-access, attack.t1555.006]
falsepositives: [An emergency]
logsource: { category: secret_access }
detection:
  read:
    whosaw.access.kind: read
    whosaw.secret.id|contains: /break-glass/
  planned:
    whosaw.expected.schedule: true
  condition: read and not planned
tests:
  given:
    whosaw.access.kind: read
    whosaw.secret.id: vault:eu/secret/break-glass/root
  fires:
    one read:
      - {}
  quiet:
    a planned one:
      - { whosaw.expected.schedule: true }
`;
const folder = folderWith({
  'good.yml': RULE,
  'doubtful.yml': RULE.replace(/^tests:[^]*/m, ''),
  'broken.yml': RULE.replace('  read:\n', '  read:\n    event.action|all: [read, list]\n'),
  'unreadable.yml': 'title: [',
});
afterAll(folder.remove);

describe.concurrent('rules lint', () => {
  it('is content with the shipped pack where nothing is named', async () => {
    const { code, stdout, stderr } = await whosaw(['rules', 'lint'], { cwd: folder.path });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^0 errors, \d+ warnings?, \d+ notes?$/m);
  });

  it.each([
    ['good.yml', [], 0, '0 errors, 0 warnings, 0 notes'],
    ['doubtful.yml', [], 0, ':1:1: warning: no `tests`: nothing shows when it fires [untested]'],
    ['doubtful.yml', ['--strict'], 1, '0 errors, 1 warning, 0 notes'],
    ['broken.yml', [], 1, ':10:5: error: no event can meet the condition: `event.action|all: read, list` contradicts'],
    ['unreadable.yml', [], 1, ':1:9: error: '],
  ])('of %s %j ends with %i', async (file, options, code, text) => {
    const ended = await whosaw(['rules', 'lint', folder.at(file), ...options]);
    expect(ended).toMatchObject({ code, stderr: '' });
    expect(ended.stdout).toContain(text);
  });

  it('gives programs JSON', async () => {
    const { stdout } = await whosaw(['rules', 'lint', folder.at('doubtful.yml'), '--format', 'json']);
    expect(JSON.parse(stdout)).toEqual([
      {
        file: folder.at('doubtful.yml'),
        line: 1,
        column: 1,
        level: 'warning',
        check: 'untested',
        message: 'no `tests`: nothing shows when it fires',
      },
    ]);
  });

  it('ends with 2 where it can not run', async () => {
    const { code, stderr } = await whosaw(['rules', 'lint', folder.at('nowhere')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^whosaw: Rules at .*nowhere cannot be read/);
  });
});

describe.concurrent('rules new', () => {
  it('writes a file whose tests pass, and never over another', async () => {
    const file = folder.at('new-rule_of-mine.yml');
    const made = await whosaw(['rules', 'new', file]);
    expect(made).toMatchObject({ code: 0, stdout: `${file}\nnext  whosaw rules test ${file}\n` });
    const listed = await whosaw(['rules', 'list', file, '--format', 'json']);
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { title: 'New rule of mine', type: 'single', attack: ['T1555.006'] },
    ]);
    expect((await whosaw(['rules', 'test', file])).stdout).toBe('4 passed, 0 failed\n');
    const again = await whosaw(['rules', 'new', file]);
    expect(again).toMatchObject({ code: 2, stderr: `whosaw: ${file} exists already; choose another name.\n` });
  });

  it('refuses a name that would not be read', async () => {
    const { code, stderr } = await whosaw(['rules', 'new', folder.at('rule.txt')]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('ends in .yml')]);
  });
});

describe.concurrent('rules list', () => {
  it('shows the shipped pack, and what sleeps where nothing is declared', async () => {
    const { code, stdout } = await whosaw(['rules', 'list'], { cwd: folder.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^LEVEL +STATUS +TYPE +ATTACK +TITLE +FILE$/m);
    expect(stdout).toMatch(
      /^critical +\w+ +single +T1562\.008 +Vault audit device removed or changed .*vault-device\.yml:1$/m,
    );
    expect(stdout).toContain('usual range: needs networks in expectations');
  });

  it('gives spreadsheets CSV', async () => {
    const { stdout } = await whosaw(['rules', 'list', folder.at('good.yml'), '--format', 'csv']);
    const [head, row] = stdout.split('\n');
    expect(head).toBe('id,title,level,status,type,attack,file,line,inert');
    expect(row).toBe(`${ID},Read of a break-glass secret,critical,stable,single,T1555.006,${folder.at('good.yml')},1,`);
  });
});
