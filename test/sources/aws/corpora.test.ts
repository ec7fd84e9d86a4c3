import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../src/core/event.ts';
import { isObject, objectAt, type JsonObject } from '../../../src/core/json.ts';
import { cloudtrail } from '../../../src/sources/aws/cloudtrail.ts';
import { describeCorpora } from '../../corpora.ts';
import { takeAll, type Taken } from '../golden.ts';

/** The files of a tar archive; a name that is too long for its block stands in an entry of its own (type L) before it. */
function* untar(archive: Buffer): Generator<{ readonly name: string; readonly bytes: Buffer }> {
  let longName: string | undefined;
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0;) {
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 136), 8);
    const type = archive.toString('latin1', at + 156, at + 157);
    const bytes = archive.subarray(at + 512, at + 512 + size);
    if (type === '0') yield { name: longName ?? untilNul(archive.subarray(at, at + 100)), bytes };
    longName = type === 'L' ? untilNul(bytes) : undefined;
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

function untilNul(bytes: Buffer): string {
  return bytes.toString('utf8').split('\0', 1)[0] ?? '';
}

function takeArchive(path: string): Taken {
  const parts: Taken[] = [];
  for (const { name, bytes } of untar(gunzipSync(readFileSync(path)))) {
    if (/\.(?:json|cloudtrail)$/.test(name)) parts.push(takeAll(cloudtrail, bytes, name));
  }
  return {
    raws: parts.flatMap((part) => part.raws),
    observations: parts.flatMap((part) => part.observations),
    rejections: parts.flatMap((part) => part.rejections),
  };
}

/** Lines of `{..., "event": RECORD}` -> the records. */
function unwrap(text: string): Buffer {
  const records = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.stringify((JSON.parse(line) as { event: unknown }).event));
  return Buffer.from(records.join('\n'));
}

function count(values: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

const unique = (observations: readonly Observation[]): readonly Observation[] => [
  ...new Map(observations.map((observation) => [observation.event.event.id, observation])).values(),
];
const actions = (observations: readonly Observation[]) => count(observations.map(({ event }) => event.event.action));

describeCorpora('real CloudTrail logs', (folder) => {
  const aws = `${folder}/aws`;

  it('invictus: 2,900 events, 233 of Secrets Manager', () => {
    const { observations, rejections } = takeArchive(`${aws}/invictus-cloudtrail.tar.gz`);
    expect(rejections).toEqual([]);
    expect(observations).toHaveLength(2_900);
    const secrets = observations.filter(({ event }) => event.event.provider === 'secretsmanager.amazonaws.com');
    expect(secrets).toHaveLength(233);
    expect(
      secrets.filter(({ event }) => event.whosaw.secret === undefined).map(({ event }) => event.event.action),
    ).toEqual(secrets.filter(({ event }) => event.event.action === 'ListSecrets').map(() => 'ListSecrets'));
    expect(secrets.every(({ event }) => event.whosaw.access.kind !== undefined)).toBe(true);
    const companions = observations.filter(
      ({ event, record }) => event.whosaw.secret !== undefined && record['eventSource'] === 'kms.amazonaws.com',
    );
    expect(companions.length).toBeGreaterThan(50);
    expect(companions.every(({ event }) => event.whosaw.access.kind === undefined)).toBe(true);
  });

  it('stratus: 310 events', () => {
    const { observations, rejections } = takeArchive(`${aws}/stratus-detonation-logs.tar.gz`);
    expect(rejections).toEqual([]);
    expect(observations).toHaveLength(310);
  });

  it('traildiscover: one event of each API, over several lines', () => {
    const { raws, observations, rejections } = takeArchive(`${aws}/traildiscover.tar.gz`);
    // Beside them stand three descriptions of APIs.
    expect(rejections.map(({ reason, keys }) => `${reason} ${keys[3]}`)).toEqual(
      Array.from({ length: 3 }, () => 'no-time description'),
    );
    expect(observations).toHaveLength(318 - 3);
    expect(raws.every((raw) => !raw.text.includes('\n'))).toBe(true);
    const denied = observations.filter(({ event }) => event.event.action === 'GetSecretValue');
    expect(denied.map(({ event }) => event.whosaw.secret?.id)).toEqual([
      'aws:111111111111/us-east-1/TrailDiscoverSecretId',
    ]);
  });

  it('the Secrets Manager events of all sets, each once', () => {
    const text = gunzipSync(readFileSync(`${aws}/secretsmanager-events.jsonl.gz`)).toString('utf8');
    const { observations, rejections } = takeAll(cloudtrail, unwrap(text), 'all.jsonl');
    // Eight of them never happened: descriptions of APIs, and test events that have only what one rule looks at.
    expect(rejections.map(({ reason, keys }) => [reason, keys.includes('eventTime')])).toEqual(
      Array.from({ length: 8 }, () => ['no-time', false]),
    );
    expect(observations).toHaveLength(293);
    expect(actions(unique(observations))).toMatchObject({
      GetSecretValue: 85 - 2,
      GetResourcePolicy: 39,
      DescribeSecret: 38 - 1,
      CreateSecret: 20,
      PutSecretValue: 20,
      StartSecretVersionDelete: 20,
      EndSecretVersionDelete: 20,
      DeleteSecret: 17,
      BatchGetSecretValue: 10 - 4,
      ListSecrets: 4 - 1,
      PutResourcePolicy: 2,
    });
    const reads = observations.filter(({ event }) => event.event.action === 'GetSecretValue');
    expect(reads.every(({ event }) => event.whosaw.secret !== undefined)).toBe(true);
    const ids = observations.flatMap(({ event }) => event.whosaw.secret?.id ?? []);
    expect(new Set(ids).size).toBe(45);
    expect(
      ids.every((id) => /(?:secret-\d{1,2}|example-secret|TrailDiscover|TrailDiscoverSecretId|MyTestSecret)$/.test(id)),
    ).toBe(true);
  });

  it('every kind of identity is somebody', () => {
    const bytes = unwrap(readFileSync(`${aws}/userIdentity-kinds.jsonl`, 'utf8'));
    const { observations, rejections } = takeAll(cloudtrail, bytes, 'kinds.jsonl');
    expect(rejections).toEqual([]);
    expect(observations.map(({ event }) => event.whosaw.actor?.id)).toEqual([
      'aws:123837392027/user/benjamin',
      'aws:123837392027/role/stratus-red-team-ec2-get-password-data-role',
      'aws:service/inspector2.amazonaws.com',
      'aws:service/ec2.amazonaws.com',
      'aws:service/secretsmanager.amazonaws.com',
      'aws:742491224508/federated/stratus_red_team',
      'aws:342082656213/root',
      'aws:111111111111/federated/AdanAlvarez',
      undefined,
      'aws:111122223333/unknown',
      'person:some.user@my.company.com',
      'person:redacted@example.com',
    ]);
    expect(observations.every(({ text }) => !/"(?:sessionToken)":"(?!\[redacted\])/.test(text))).toBe(true);
  });
});

describeCorpora('the same fields as Elastic', (folder) => {
  describe.each(['test-get-secret-value-json.log', 'test-batch-get-secret-value-json.log'])('%s', (file) => {
    const { observations } = takeAll(cloudtrail, readFileSync(`${folder}/aws/${file}`), file);
    const read: unknown = JSON.parse(readFileSync(`${folder}/aws/${file}-expected.json`, 'utf8'));
    const expected: unknown = isObject(read) && Array.isArray(read['expected']) ? read['expected'][0] : undefined;

    it.each([
      ['event', 'action'],
      ['event', 'outcome'],
      ['event', 'provider'],
      ['event', 'kind'],
      ['source', 'ip'],
      ['source', 'address'],
      ['user', 'id'],
      ['user', 'name'],
      ['cloud', 'account'],
      ['cloud', 'region'],
      ['user_agent', 'original'],
    ])('%s.%s', (set, field) => {
      const ours = JSON.parse(JSON.stringify(observations[0]?.event)) as JsonObject;
      expect(isObject(expected)).toBe(true);
      expect(objectAt(ours, set)[field]).toEqual(objectAt(expected as JsonObject, set)[field]);
      expect(objectAt(ours, set)[field]).toBeDefined();
    });
  });
});
