import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { keyvault } from '../../../src/sources/azure/keyvault.ts';
import { openLogs } from '../../../src/sources/azure/logs-client.ts';
import { tableStream } from '../../../src/sources/azure/table-stream.ts';
import { vaultsNotAudited, vaultsStream } from '../../../src/sources/azure/vaults-stream.ts';
import { mergeStreams } from '../../../src/sources/streams/merge-streams.ts';
import { auditRow, startAzure, type AzureServer } from '../../services/log-analytics.ts';
import { caughtUp, readAll, SOON, type Reading } from '../streams/reading.ts';

const WORKSPACE = '7b1e1f0c-6d0b-4c55-9a3f-2f6a5f0e8d11';
const HOUR_MS = 3_600_000;
const QUICK = { pollMs: 20, settleMs: 0, firstMs: 5, longestMs: 20, refusedMs: 20 };
let azure: AzureServer;
let notices: string[];

beforeAll(async () => {
  azure = await startAzure();
  Object.assign(process.env, azure.env, { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
});

beforeEach(() => {
  azure.rows.length = 0;
  azure.faults.length = 0;
  azure.limit = 500_000;
  notices = [];
});

afterAll(() => azure.close());

const notice = (text: string): void => void notices.push(text);

function tables(names: readonly ('AZKVAuditLogs' | 'AzureDiagnostics')[] = ['AZKVAuditLogs'], more: object = {}) {
  const fromMs = Date.now() - HOUR_MS;
  return mergeStreams(
    'vaults',
    names.map((table) =>
      tableStream({
        source: 'vaults',
        format: keyvault,
        workspace: WORKSPACE,
        table,
        open: () => openLogs(WORKSPACE, azure.url),
        fromMs: () => fromMs,
        notice,
        timing: QUICK,
        ...more,
      }),
    ),
  );
}

function arrive(count: number, beforeMs = 60_000): void {
  const at = azure.rows.length;
  for (let index = 0; index < count; index += 1) {
    const arrivedMs = Date.now() - beforeMs - index * 100;
    azure.rows.push({ table: 'AZKVAuditLogs', arrivedMs, row: auditRow(`id-${at + index}`, arrivedMs - 90_000) });
  }
}

const ids = ({ records }: Reading): readonly string[] =>
  records.map(({ record }) => String(record['CorrelationId'])).toSorted();
const all = (): readonly string[] => azure.rows.map(({ row }) => String(row['CorrelationId'])).toSorted();

it('reads a table by the time of arrival, each row once, with all digits of its time', async () => {
  arrive(50);
  const reading = readAll(tables());
  await caughtUp(reading);
  await expect.poll(() => azure.queries.length, SOON).toBeGreaterThan(8);
  expect(ids(reading)).toEqual(all());
  expect(String(reading.records[0]?.record['TimeGenerated'])).toMatch(/\.\d{7}Z$/);
  expect(azure.queries[0]).toContain('extend TimeGenerated = tostring(TimeGenerated)');
  expect(notices).toEqual([]);
});

it('halves a span that holds more than an answer gives', async () => {
  azure.limit = 40;
  arrive(500);
  const reading = readAll(tables());
  await caughtUp(reading);
  expect(ids(reading)).toEqual(all());
  expect(notices).toEqual([]);
});

it.each<[string, AzureServer['faults']]>([
  ['throttling', [{ status: 429, code: 'ThrottledError', headers: { 'retry-after': '0' } }]],
  [
    '5xx',
    [
      { status: 502, code: 'BadGateway' },
      { status: 504, code: 'GatewayTimeout' },
    ],
  ],
  ['cut connections', ['cut', 'cut']],
])('loses and doubles nothing through %s', async (_, faults) => {
  arrive(20);
  const reading = readAll(tables());
  await caughtUp(reading);
  azure.faults.push(...faults);
  arrive(20, 0);
  await expect.poll(() => ids(reading), SOON).toEqual(all());
  expect(notices).toEqual([]);
});

it('finds what happened an hour before it arrived, after a restart as well', async () => {
  const first = readAll(tables());
  await caughtUp(first);
  await first.stop();
  azure.rows.push({ table: 'AZKVAuditLogs', arrivedMs: Date.now(), row: auditRow('late', Date.now() - HOUR_MS) });
  const second = readAll(tables(), { checkpoint: first.checkpoint });
  await expect.poll(() => ids(second), SOON).toEqual(['late']);
});

it('says in a line what is denied, unknown or not there; other tables go on', async () => {
  const broken = (status: number, code: string): AzureServer['faults'][number] => ({ status, code });
  for (const [fault, message] of [
    [
      broken(403, 'InsufficientAccessError'),
      `Azure denies Log Analytics Reader on workspace ${WORKSPACE}: give the role to this identity.`,
    ],
    [
      broken(404, 'PathNotFoundError'),
      `Log Analytics Reader on workspace ${WORKSPACE}: Azure knows no such place; check the config.`,
    ],
    [broken(400, 'BadArgumentError'), `Workspace ${WORKSPACE} has no table AZKVAuditLogs yet; looks again.`],
  ] as const) {
    notices.length = 0;
    azure.faults.push(fault);
    const reading = readAll(tables());
    await caughtUp(reading);
    await reading.stop();
    expect(notices).toEqual([message, 'Reads again.']);
  }
});

it('reads the past to its end', async () => {
  arrive(30, 30 * 60_000);
  const toMs = Date.now();
  const found: string[] = [];
  for await (const { records } of tables(undefined, { toMs }).read(undefined, new AbortController().signal)) {
    found.push(...records.map(({ record }) => String(record['CorrelationId'])));
  }
  expect(found.toSorted()).toEqual(all());
});

it('names vaults that send their audit events nowhere', async () => {
  azure.vaults.set('audited', true).set('Forgotten', false);
  const streams = [
    vaultsStream({ subscriptions: [WORKSPACE], management: azure.url, notice, timing: { everyMs: 50 } }),
  ];
  const reading = readAll(mergeStreams('vaults', streams));
  await expect.poll(() => vaultsNotAudited(reading.checkpoint), SOON).toEqual(['forgotten']);
  await expect.poll(() => reading.checkpoints.length, SOON).toBeGreaterThan(3);
  expect(notices).toEqual(['A vault sends its audit events nowhere: nobody sees what is read from it.']);
});
