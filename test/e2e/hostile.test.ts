import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { harvest } from './vault-log.ts';
import { folderWith, jsonLines, start, whosaw, type Ended } from './whosaw.ts';

const NAMES = [
  'esc\u001b]0;owned\u0007\u001b[2J\u009b31m',
  'line\nFAKE  HIGH  nothing to see\r\n',
  'bidi\u202e\u2066drowssap\u2069\u200b\ufeff\u2028',
  '=HYPERLINK("http://evil.example","x")',
  '+1+cmd|calc',
  '-2+3',
  '@SUM(1)',
  '\t=1+1',
  '__proto__',
  'constructor',
  '"quoted", \'and\' $(touch x) `x` | ; &',
  '<script>alert(1)</script><!channel> *bold* [a](http://b)',
  'wide日本語\u{1F469}',
  'x'.repeat(5_000),
] as const;

const log = NAMES.map((name, index) =>
  harvest(Date.now() - 60_000, { run: `h${index}`, path: `secret/data/${name}`, user: name, address: name }),
).join('');
/** Keys that would change every object, were they ever set. */
const polluting = harvest(Date.now(), { run: 'p', user: 'polluting' }).replaceAll(
  '"metadata":{"version"',
  '"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}},"metadata":{"version"',
);
const folder = folderWith({
  'audit.log': '',
  'whosaw.yaml': `
sources: { vault: { type: vault, file: audit.log } }
store: { path: store }
socket: { path: s }
`,
});
const config = folder.at('whosaw.yaml');
const within = { timeout: 30_000, interval: 100 };
let ran: Ended;
let alerts: readonly Ended[];
let answers: readonly Ended[];
let scans: readonly Ended[];

beforeAll(async () => {
  const up = start(['up', '-c', config]);
  try {
    appendFileSync(folder.at('audit.log'), log + polluting);
    await vi.waitUntil(() => up.stdout().match(/ MEDIUM /g)?.length === NAMES.length + 1, within);
    alerts = await inFormats((...format) => whosaw(['alerts', '-c', config, ...format]));
    answers = await Promise.all(
      NAMES.slice(0, 5).map((name) => whosaw(['who', `vault:vault/secret/${name}`, '-c', config])),
    );
    answers = [...answers, ...(await inFormats((...format) => whosaw(['who', NAMES[0], '-c', config, ...format])))];
  } finally {
    ran = await up.end();
  }
  scans = await inFormats((...format) => whosaw(['scan', folder.at('audit.log'), '--quiet', ...format]));
}, 60_000);
afterAll(folder.remove);

describe('text for people', () => {
  it('of up has no character that a terminal obeys, and no line that audit text made', () => {
    expect(ran.code).toBe(0);
    expectHarmless(ran.stdout);
    expectHarmless(ran.stderr);
    expect(ran.stdout).toContain('\\u001b]0;owned\\u0007');
    expect(ran.stdout).toContain('\\u202e\\u2066drowssap');
  });

  it('of who and alerts neither', () => {
    for (const { code, stdout, stderr } of [...answers.slice(0, 6), alerts[0]].filter((one) => one !== undefined)) {
      expect(code).toBe(0);
      expectHarmless(stdout);
      expectHarmless(stderr);
      expect(stdout).not.toMatch(/^FAKE/m);
    }
  });

  it('has next commands of which a shell makes nothing else', () => {
    expect(ran.stdout).toContain(
      `whosaw who 'vault:vault/secret/"quoted", '\\''and'\\'' $(touch x) \`x\` | ; &' --around`,
    );
  });
});

describe('values for programs', () => {
  it('keep every name as it is', () => {
    for (const text of [alerts[1]?.stdout ?? '', scans[1]?.stdout ?? '']) {
      const secrets = jsonLines(text).map(({ group }) => (group as Record<string, string>)['whosaw.secret.id']);
      expect(secrets).toEqual(expect.arrayContaining(NAMES.map((name) => `vault:vault/secret/${name}`)));
    }
    const scanned = JSON.parse(scans[2]?.stdout ?? '') as readonly { readonly rule: { readonly level: string } }[];
    expect(scanned.filter(({ rule }) => rule.level === 'medium')).toHaveLength(NAMES.length + 1);
    expect(jsonLines(answers[6]?.stdout ?? '')).toMatchObject([{ actor: `vault:vault/approle/${NAMES[0]}`, count: 8 }]);
  });

  it('as CSV have no cell that a spreadsheet would calculate', () => {
    for (const one of [alerts[3], scans[3], answers[8]]) {
      const rows = parseCsv(one?.stdout ?? '');
      expect(rows.length).toBeGreaterThan(1);
      expect(new Set(rows.map(({ length }) => length)).size).toBe(1);
      for (const cell of rows.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    }
    const addresses = parseCsv(scans[3]?.stdout ?? '').map((row) => row[10]);
    expect(addresses).toContain(`'${NAMES[3]}`);
  });

  it('are not changed by keys that objects have', () => {
    for (const text of [scans[1]?.stdout, alerts[1]?.stdout]) expect(text).not.toContain('polluted');
    expect(scans[1]?.stdout).toContain('vault:vault/approle/polluting');
  });
});

/** As text where there is one, NDJSON, JSON, CSV. */
function inFormats(run: (...format: string[]) => Promise<Ended>): Promise<readonly Ended[]> {
  return Promise.all([run(), ...['ndjson', 'json', 'csv'].map((format) => run('--format', format))]);
}

function expectHarmless(text: string): void {
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
}

/** RFC 4180. */
function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\n') rows.push([]);
    if (end === '') break;
  }
  return rows.filter((row) => row.length > 1);
}
