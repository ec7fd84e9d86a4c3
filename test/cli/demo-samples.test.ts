import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateSamples } from '../../samples/generate.ts';
import { SAMPLES_END_MS, writeShiftedSamples } from '../../src/cli/demo-samples.ts';
import { BUILTIN, loadStages } from '../../src/pipeline/load-stages.ts';
import { scan, type ScanResult } from '../../src/pipeline/scan.ts';

const SAMPLES = fileURLToPath(new URL('../../samples', import.meta.url));
const INCIDENT_MS = 3 * 3_600_000;
const STOREFRONT_STAGING = 'azure:5a3c1f60-2b7e-4d19-9c84-0e6f7a8b9c10/app/a03e6b40-6f5c-4d44-b17b-8c3d4e5f6071';
const SAM = 'person:sam@payments.acme.example';
const REPORT_JOB = 'aws:444455556666/role/report-job';

/** The incident: rule and actor, in the order of opening. samples/README.md tells it. */
const ALERTS = [
  ['Repeated failed sign-ins from one address', 'nobody'],
  ["Secret read from outside the team's usual range", SAM],
  ['Staging identity suddenly reads production', SAM],
  ["Secret read in an environment outside the identity's roles", SAM],
  ['One identity reads one secret again and again', SAM],
  ['Identity tries secrets outside its roles', SAM],
  ['One identity is refused again and again', SAM],
  ['First read in a vault or folder that nobody reads', SAM],
  ['One address reads secrets of two stores', SAM],
  ['Software that knew what it needs looks around', REPORT_JOB],
  ["Secret read from outside the team's usual range", REPORT_JOB],
  ['Software lists secrets, and then reads them', REPORT_JOB],
  ['First read in a vault or folder that nobody reads', REPORT_JOB],
  ['First read in a vault or folder that nobody reads', REPORT_JOB],
  ['First read in a vault or folder that nobody reads', REPORT_JOB],
  ['One identity reads many different secrets', REPORT_JOB],
  ['First read in a vault or folder that nobody reads', REPORT_JOB],
  ["Secret read in an environment outside the identity's roles", STOREFRONT_STAGING],
  ['Deployment identity reads secrets outside its change windows', 'vault:eu/approle/deploy-bot'],
  ['Vault audit device removed or changed', SAM],
  ['Vault root token made', 'nobody'],
  ['Root or break-glass credentials touch secrets', 'vault:eu/token/root'],
  ["Secret read from outside the team's usual range", 'vault:eu/token/root'],
  ['Vault audit device removed or changed', 'vault:eu/token/root'],
  ['CloudTrail stopped, removed or narrowed', 'aws:444455556666/user/terraform'],
  ['Key Vault diagnostic setting removed or changed', 'person:sam@payments.acme.example'],
].map(([title, actor]) => `${title}: ${actor}`);

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whosaw-samples-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function scanFolder(path: string, cluster?: string): Promise<ScanResult> {
  const { stages, inert } = await loadStages({ rules: [BUILTIN], expectations: join(path, 'expectations.yaml') });
  // Nothing of the samples is bait, and no list of addresses comes with them.
  const facts = new Set(inert.flatMap((rule) => rule.facts));
  expect([...facts].toSorted()).toEqual(['whosaw.secret.canary', 'whosaw.suspicious']);
  const result = await scan({
    paths: [path],
    stages,
    cluster,
    signal: AbortSignal.timeout(60_000),
    onRejection: (rejection) => expect.unreachable(`${rejection.reason}: ${rejection.origin.file}`),
    onSkipped: () => undefined,
    onUnreadable: (error) => expect.unreachable(error.message),
  });
  expect(result.duplicates).toBe(0);
  return result;
}

/** Opened, once each: a cut at midnight makes no news. Ids of Vault with the cluster that the demo gives. */
function titlesOf({ alerts }: ScanResult): readonly string[] {
  return alerts
    .filter((alert) => alert.continues === undefined && alert.superseded_by === undefined)
    .toSorted((one, other) => compare(one.opened, other.opened) || compare(one.rule.title, other.rule.title))
    .map(({ rule, group, events }) => {
      const actor = group['whosaw.actor.id'] ?? events[0]?.actor ?? 'nobody';
      return `${rule.title}: ${actor.replace(/^vault:vault\//, 'vault:eu/')}`;
    });
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function filesOf(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .toSorted();
}

/** Times that events of the vendors happened at. */
function eventTimesOf(path: string): readonly number[] {
  return filesOf(path)
    .filter((file) => !file.endsWith('.yaml'))
    .flatMap((file) => [...readFileSync(join(path, file), 'utf8').matchAll(/"(?:time|eventTime)":"([^"]+)"/g)])
    .map(([, time]) => Date.parse(time ?? ''));
}

test('the shipped files are what the generator writes', () => {
  const shipped = filesOf(SAMPLES).filter((file) => file.endsWith('.gz'));
  const generated = generateSamples();
  expect(shipped).toHaveLength(generated.size);
  const differing = shipped.filter(
    (file) => gunzipSync(readFileSync(join(SAMPLES, file))).toString() !== generated.get(file.replace(/\.gz$/, '')),
  );
  expect(differing).toEqual([]);
});

test('the shipped files are small', () => {
  const bytes = filesOf(SAMPLES)
    .filter((file) => file.endsWith('.gz'))
    .map((file) => readFileSync(join(SAMPLES, file)).length);
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(600_000);
});

test('the incident raises its alerts, the quiet week none', async () => {
  const result = await scanFolder(SAMPLES);
  expect(result.events).toBeGreaterThan(3_000);
  expect(titlesOf(result)).toEqual(ALERTS);
  const first = Math.min(...result.alerts.map((alert) => Date.parse(alert.first)));
  expect(first).toBeGreaterThan(SAMPLES_END_MS - INCIDENT_MS);
});

test('the README names every alert', () => {
  const story = readFileSync(join(SAMPLES, 'README.md'), 'utf8');
  for (const alert of ALERTS) expect(story).toContain(alert.slice(0, alert.indexOf(': ')));
});

describe('moved to another time', () => {
  test.each([
    ['a working day', '2026-11-23T09:14:07.250Z'],
    ['a Sunday', '2026-07-05T17:03:59.999Z'],
    ['just after midnight, in the next year', '2027-01-01T00:20:31Z'],
    ['midnight between two reads of a burst', '2024-02-29T02:34:40Z'],
  ])('%s: the same alerts', async (_, end) => {
    const endMs = Date.parse(end);
    await writeShiftedSamples(folder, endMs);
    const result = await scanFolder(folder, 'eu');
    expect(titlesOf(result)).toEqual(ALERTS);
    const newest = Math.max(...eventTimesOf(folder));
    expect(newest).toBeLessThanOrEqual(endMs);
    expect(newest).toBeGreaterThan(endMs - 60_000);
  });

  test('writes plain files, with days and times of CloudTrail in their names', async () => {
    await writeShiftedSamples(folder, SAMPLES_END_MS + 86_400_000);
    const files = filesOf(folder);
    expect(files.filter((file) => !file.startsWith('cloudtrail/'))).toEqual([
      'expectations.yaml',
      'key-vault.json',
      'vault-audit.jsonl',
    ]);
    const account = 'cloudtrail/AWSLogs/444455556666/CloudTrail/eu-central-1';
    const name = /^2026\/03\/10\/444455556666_CloudTrail_eu-central-1_20260310T1200Z_\w{16}\.json$/;
    const names = files.filter((file) => file.startsWith(account)).map((file) => relative(account, file));
    expect(names.at(-1)).toMatch(name);
  });

  test('not at all gives the shipped content', async () => {
    await writeShiftedSamples(folder, SAMPLES_END_MS);
    const shipped = gunzipSync(readFileSync(join(SAMPLES, 'vault-audit.jsonl.gz'))).toString();
    expect(readFileSync(join(folder, 'vault-audit.jsonl'), 'utf8') === shipped).toBe(true);
  });

  test('by whole seconds: fractions stay, and every time of a record moves', async () => {
    await writeShiftedSamples(folder, SAMPLES_END_MS + 3_600_999);
    const shifted = readFileSync(join(folder, 'vault-audit.jsonl'), 'utf8');
    const shipped = gunzipSync(readFileSync(join(SAMPLES, 'vault-audit.jsonl.gz'))).toString();
    const times = (text: string): readonly string[] => text.match(/\d{4}-\d\d-\d\dT[\d:.]+Z/g) ?? [];
    const moved = times(shipped).map((time) => {
      const hourLater = new Date(Date.parse(`${time.slice(0, 19)}Z`) + 3_600_000);
      return `${hourLater.toISOString().slice(0, 19)}${time.slice(19)}`;
    });
    expect(times(shifted)).toEqual(moved);
  });
});
