import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { describeCorpora } from '../corpora.ts';
import { expectSame, generated, isDone, oneRun, randoms } from './outcome.ts';
import { folderWith, jsonLines, start } from './whosaw.ts';

const CONFIG = `
sources:
  vault: { type: vault, cluster: eu, file: audit.log }
store: { path: store }
socket: { path: s }
sinks:
  file: { type: file, path: alerts.ndjson, level: low }
`;
const KILLS = 10;
const TIMEOUT_MS = 180_000;
const DAY_MS = 86_400_000;

describe('killed again and again, whosaw ends with the events and alerts of one run', () => {
  it('over an old log', () => loop(generated(Date.now() - 10 * DAY_MS)), TIMEOUT_MS);
  it('over a log that is written meanwhile, and rotated', () => loop(generated(Date.now())), TIMEOUT_MS);
});

describeCorpora('killed again and again, over real logs', (corpora) => {
  it(
    'of OpenBao',
    () => loop(gunzipSync(readFileSync(join(corpora, 'vault/openbao/scenario.jsonl.gz'))).toString()),
    TIMEOUT_MS,
  );
});

async function loop(log: string): Promise<void> {
  const folder = folderWith({ 'whosaw.yaml': CONFIG, 'whole.log': log });
  const config = folder.at('whosaw.yaml');
  const expected = await oneRun(folder.at, folder.at('whole.log'));
  expect(expected.alerts.length).toBeGreaterThan(3);
  const random = randoms(log.length);
  const writing = write(log, folder.at('audit.log'), random);
  for (let kill = 0; kill < KILLS; kill++) {
    const up = start(['up', '-c', config]);
    await sleep(400 + random(1_200));
    await up.end('SIGKILL');
  }
  await writing;
  const up = start(['up', '-c', config]);
  try {
    const isSame = (): Promise<boolean> => isDone(folder.at('s'), expected);
    // Without a reason: what differs is shown below.
    await vi.waitUntil(isSame, { timeout: 60_000, interval: 500 }).catch(() => undefined);
  } finally {
    await up.end();
  }
  await expectSame(folder.at('store'), expected);
  const told = new Set(jsonLines(readFileSync(folder.at('alerts.ndjson'), 'utf8')).map(({ id }) => id));
  const open = expected.alerts.filter(
    ({ continues, rule }) => continues === undefined && rule.status !== 'experimental',
  );
  expect(open.filter(({ id }) => !told.has(id))).toEqual([]);
  folder.remove();
}

/** In pieces that end anywhere; once the file is renamed away, as logrotate does. */
async function write(log: string, file: string, random: (below: number) => number): Promise<void> {
  const bytes = Buffer.from(log);
  const pieces = KILLS * 50;
  let isRotated = false;
  writeFileSync(file, '');
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + random((2 * bytes.length) / pieces);
    appendFileSync(file, bytes.subarray(at, end));
    at = end;
    if (!isRotated && at > bytes.length / 2 && bytes[at - 1] === NEWLINE) {
      renameSync(file, `${file}.1`);
      writeFileSync(file, '');
      isRotated = true;
    }
    await sleep(random(40));
  }
}

const NEWLINE = 10;
