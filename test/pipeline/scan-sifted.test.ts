import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { loadStages } from '../../src/pipeline/load-stages.ts';
import { scan, type ScanOptions } from '../../src/pipeline/scan.ts';
import { scanSifted } from '../../src/pipeline/scan-sifted.ts';
import { waysToSift } from '../../src/pipeline/sift-plan.ts';
import { describeCorpora } from '../corpora.ts';
import { readTarGz } from '../rules/tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'ws-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SAMPLES = fileURLToPath(new URL('../../samples', import.meta.url));
const BUILTIN = fileURLToPath(new URL('../../rules', import.meta.url));
const RULES = write('rules/rules.yml', [
  rule(1, 'eventSource: secretsmanager.amazonaws.com\n    eventName: GetSecretValue'),
  rule(2, 'userIdentity.type: root'),
  rule(3, 'userAgent|contains: [boto, "çàé"]'),
  rule(4, 'eventName|startswith: Delete\n    errorCode: AccessDenied'),
]);

describe('a scan that sifts', () => {
  it('says of samples and rules what a scan without says', async () => {
    await expectSame([SAMPLES], [RULES]);
    await expectSame([SAMPLES], [BUILTIN]);
  });

  it('cuts a large file where it can, and counts what is broken, doubled or no record just so', async () => {
    const records = Array.from({ length: 4_000 }, (_, number) => record(number));
    const list = write('list.json', [`{"Records":[${records.join(',')}]}`]);
    const lines = write('lines.jsonl', records);
    const broken = write('broken.json', [
      `{"Records":[${[...records.slice(0, 900), '{"eventVersion":"1.08","eventID":', ...records.slice(900)].join(',')}`,
    ]);
    for (const file of [list, lines, broken]) {
      const { sifted } = await expectSame([file], [RULES], { siftPartBytes: 100_000 });
      expect(sifted.result.events).toBeGreaterThan(3_900);
      expect(sifted.result.alerts.length).toBeGreaterThan(0);
    }
    await expectSame([list, lines, broken], [RULES], { siftPartBytes: 100_000 });
    expect(await isSifted([list], [RULES], 100_000)).toBe(true);
    expect(await isSifted([lines], [RULES], 100_000)).toBe(true);
    expect(await isSifted([list, lines], [RULES], 100_000)).toBe(true);
  });

  it('says the same of records that are cut anywhere, and of some that are larger than what is read at once', async () => {
    const long = (number: number, length: number): string =>
      record(number).replace('"console"', JSON.stringify('long "\\ é'.repeat(length)));
    const records = Array.from({ length: 3_000 }, (_, number) => {
      if (number % 701 === 1) return long(number, 8_000);
      return number % 500 === 2 ? long(number, 40_000) : record(number);
    });
    const list = `{"Records":[${records.join(',')}]}`;
    const files = [
      write('cut.json', [list]),
      write('blanks.json', [`{ "Records" : [\n  ${records.join(' ,\n\t ')} ] }\n`]),
      zipped('cut-list.json.gz', list),
      zipped('cut-lines.jsonl.gz', records.join('\n')),
    ];
    for (const file of files) {
      const { sifted } = await expectSame([file], [RULES]);
      expect(sifted.result.events).toBe(3_000);
      expect(await isSifted([file], [RULES])).toBe(true);
    }
  });

  it('says the same of times, ids and kinds that no sieve takes, and of what it takes around them', async () => {
    const changes: readonly ((text: string) => string)[] = [
      (text) => text.replace('T02:', 'T23:'),
      (text) => text.replace('T02:', 'T24:'),
      (text) => text.replace('T02:', ' 02:'),
      (text) => text.replace('2025-03-15', '2025-02-29'),
      (text) => text.replace('2025-03-15', '1969-12-31'),
      (text) => text.replace(':12Z', ':60Z'),
      (text) => text.replace(':12Z', ':1xZ'),
      (text) => text.replace(':12Z', ':12.5Z'),
      (text) => text.replace(':12Z', ':12+01:00'),
      (text) => text.replace('-4000-', '-4A00-'),
      (text) => text.replace('-4000-', '-4g00-'),
      (text) => text.replace('-4000-', '_4000-'),
      (text) => text.replace('"eventID":"0', '"eventID":"'),
      (text) => text.replace('"eventName"', '"eventCategory":"Insight","eventName"'),
      (text) => text.replace('"eventName"', '"eventType":"AwsCloudTrailInsight","eventName"'),
      (text) => text.replace(/"eventName":"[^"]*"/, '"eventName":""'),
      (text) => text.replace('"eventSource"', '"other"'),
      (text) => text.replace('"eventVersion"', '"eventName":"Twice","eventVersion"'),
      (text) => text.replace('"eventVersion"', '"e\\u0076entName":"Twice","eventVersion"'),
      (text) => text.replace('"userAgent":"', '"userAgent":"\\ud83d'),
      (text) => text,
    ];
    const texts = Array.from({ length: 40 * changes.length }, (_, number) => {
      const change = changes[Math.floor(number / 2) % changes.length];
      const text = record(number);
      return number % 2 === 0 || change === undefined ? text : change(text);
    });
    const twice = texts.flatMap((text, number) => (number % 11 === 0 ? [text, text] : [text]));
    const file = write('kinds.jsonl', twice);
    const { sifted } = await expectSame([file], [RULES]);
    expect(sifted.result.duplicates).toBeGreaterThan(50);
    expect(sifted.result.rejected).toBeGreaterThan(50);
    expect(await isSifted([file], [RULES])).toBe(true);
  });

  it('says the same of an id with something else behind it', async () => {
    const file = write('conflict.jsonl', [
      record(1),
      record(2),
      record(1).replace('alice', 'mallory'),
      'no json',
      record(3),
    ]);
    const { sifted } = await expectSame([file], [RULES]);
    expect(sifted.said.map(([, what]) => what)).toEqual(['conflict', 'not-json']);
  });

  it('says the same of files that can not be read', async () => {
    const whole = gzipSync(Array.from({ length: 500 }, (_, number) => record(number)).join('\n'));
    const cut = join(folder, 'cut.json.gz');
    writeFileSync(cut, whole.subarray(0, whole.length / 2));
    const other = write('other.txt', ['nothing', 'that', 'anybody', 'knows']);
    const vault = write('vault.log', [readFileSync(join(SAMPLES, '../test/fixtures/vault/article.jsonl'), 'utf8')]);
    await expectSame([cut, other, join(folder, 'missing.json')], [RULES]);
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, whole.length / 2, whole.length / 2 + 64);
    writeFileSync(join(folder, 'damaged.json.gz'), damaged);
    const { sifted } = await expectSame([join(folder, 'damaged.json.gz')], [RULES]);
    expect(sifted.said.map(([, what]) => what)).toContain('truncated');
    await expectSame([cut, vault], [RULES]);
  });
});

describeCorpora('a scan of real logs that sifts', (corpora) => {
  const aws = join(folder, 'aws');
  for (const name of ['invictus-cloudtrail', 'stratus-detonation-logs', 'traildiscover']) {
    for (const [file, text] of readTarGz(readFileSync(join(corpora, `aws/${name}.tar.gz`)))) {
      if (/\.jsonl?$/.test(file)) write(join('aws', name, file), [text]);
    }
  }
  write('aws/kinds.jsonl', [readFileSync(join(corpora, 'aws/userIdentity-kinds.jsonl'), 'utf8')]);
  write('aws/secrets.jsonl', [unwrapped(readFileSync(join(corpora, 'aws/secretsmanager-events.jsonl.gz')))]);
  const sigma = Array.from(readTarGz(readFileSync(join(corpora, 'sigma/sigmahq-rules.tar.gz')))).filter(
    ([file]) => file.includes('/rules/cloud/aws/') || file.startsWith('rules/cloud/aws/'),
  );
  for (const [file, text] of sigma) write(join('sigma', file), [text]);

  it.each([
    ['the AWS rules of SigmaHQ', [join(folder, 'sigma')]],
    ['a few rules', [RULES]],
    ['our pack', [BUILTIN]],
    ['all of them', [BUILTIN, join(folder, 'sigma'), RULES]],
  ])('says of AWS what a scan without says, with %s', async (_, rules) => {
    expect(sigma).toHaveLength(57);
    const { sifted } = await expectSame([aws], rules);
    expect(sifted.result.events).toBeGreaterThan(3_000);
  });

  it('does not start over for real trails', async () => {
    expect(await isSifted([join(aws, 'invictus-cloudtrail')], [join(folder, 'sigma')])).toBe(true);
  });

  it('does so of Vault and Key Vault, and of all together', async () => {
    const paths = [join(corpora, 'vault'), join(corpora, 'azure'), aws];
    for (const path of paths) await expectSame([path], [RULES]);
    await expectSame(paths, [RULES]);
  });
});

/** What a scan gives and says; times of reading are taken out. */
async function run(options: Partial<ScanOptions>, rules: readonly string[], paths: readonly string[]) {
  const { stages } = await loadStages({ rules });
  const said: (readonly string[])[] = [];
  const result = await scan({
    paths,
    stages,
    signal: new AbortController().signal,
    onRejection: ({ origin, reason, message, length, keys }) =>
      said.push(['rejected', reason, message, `${origin.file} ${origin.offset} ${length} ${keys.join()}`]),
    onSkipped: (path, reason) => said.push(['skipped', path, reason]),
    onUnreadable: ({ message }, path) => said.push(['unreadable', path, message]),
    ...options,
    ways: options.ways === undefined ? undefined : waysToSift(stages.rules),
  });
  const alerts = JSON.parse(JSON.stringify(result.alerts), (key, value: unknown) =>
    key === 'seen' ? '' : value,
  ) as object[];
  return { result: { ...result, alerts }, said };
}

/** It does not start over. */
async function isSifted(paths: readonly string[], rules: readonly string[], siftPartBytes?: number): Promise<boolean> {
  const { stages } = await loadStages({ rules });
  const ways = waysToSift(stages.rules);
  if (ways === undefined) return false;
  const result = await scanSifted({
    paths,
    stages,
    ways,
    siftBytes: 0,
    ...(siftPartBytes === undefined ? {} : { siftPartBytes }),
    signal: new AbortController().signal,
    onRejection: () => undefined,
    onSkipped: () => undefined,
    onUnreadable: () => undefined,
  });
  return result !== undefined;
}

async function expectSame(paths: readonly string[], rules: readonly string[], options: Partial<ScanOptions> = {}) {
  const plain = await run({ ...options }, rules, paths);
  const sifted = await run({ ...options, ways: [], siftBytes: 0 }, rules, paths);
  expect(sifted).toEqual(plain);
  return { plain, sifted };
}

function write(name: string, lines: readonly string[]): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, lines.join('\n'));
  return file;
}

function zipped(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, gzipSync(text));
  return file;
}

function unwrapped(gzip: Buffer): string {
  const lines = gunzipSync(gzip).toString().trim().split('\n');
  return lines.map((line) => JSON.stringify((JSON.parse(line) as { event: unknown }).event)).join('\n');
}

function rule(number: number, selection: string): string {
  return `${number === 1 ? '' : '---\n'}title: Rule ${number}
id: 00000000-0000-4000-8000-00000000000${number}
status: stable
level: high
logsource: { product: aws, service: cloudtrail }
detection:
  selection:
    ${selection}
  condition: selection
`;
}

function record(number: number): string {
  const id = `${String(number).padStart(8, '0')}-0000-4000-8000-000000000000`;
  const name = number % 50 === 0 ? 'GetSecretValue' : `Describe${number % 7}`;
  return JSON.stringify({
    eventVersion: '1.08',
    userIdentity: {
      type: number % 97 === 0 ? 'Root' : 'IAMUser',
      principalId: 'AIDA',
      accountId: '111122223333',
      userName: 'alice',
    },
    eventTime: `2025-03-15T02:${String(number % 60).padStart(2, '0')}:12Z`,
    eventSource: number % 50 === 0 ? 'secretsmanager.amazonaws.com' : 'ec2.amazonaws.com',
    eventName: name,
    awsRegion: 'eu-west-1',
    userAgent: number % 31 === 0 ? 'Boto3/1.0' : 'console',
    requestParameters:
      number % 3 === 0 ? null : { nested: [{ eventID: 'x', text: 'a "quote" \\ and é' }], secretId: `s${number}` },
    eventID: id,
  });
}
