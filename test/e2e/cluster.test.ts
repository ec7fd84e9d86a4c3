import { copyFileSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { kafka } from '../services/kafka.ts';
import { clusterFolder } from './cluster.ts';
import { expectSame, generated, heard, isDone, oneRun } from './outcome.ts';
import { jsonLines } from './whosaw.ts';

const DAY_MS = 86_400_000;
const TIMEOUT_MS = 300_000;
const broker = kafka('the cluster, end to end');

describe.runIf(broker !== undefined)('over Kafka, the events and alerts of one run', () => {
  it.each<[string, number, readonly string[]]>([
    ['of new events, all roles in one process', 0, ['collect,detect,correlate,deliver']],
    ['of new events, each role in its own', 0, ['collect', 'detect,correlate,deliver', 'detect']],
    ['of an old log', 10 * DAY_MS, ['collect,detect,correlate,deliver']],
  ])(
    '%s',
    async (_, ageMs, workers) => {
      const cluster = await clusterFolder(broker ?? '', { log: generated(Date.now() - ageMs) });
      onTestFinished(cluster.remove);
      const expected = await oneRun(cluster.at, cluster.at('whole.log'));
      expect(expected.alerts.length).toBeGreaterThan(3);
      copyFileSync(cluster.at('whole.log'), cluster.at('audit.log'));
      const running = workers.map((roles) => cluster.up(roles));
      onTestFinished(() => running.forEach((worker) => worker.child.kill('SIGKILL')));
      await vi
        .waitUntil(() => isDone(cluster.at('s'), expected), { timeout: TIMEOUT_MS - 30_000, interval: 500 })
        .catch(() => undefined);
      const ended = await Promise.all(running.map((worker) => worker.end()));
      expect(ended.map(({ code }) => code)).toEqual(workers.map(() => 0));
      await expectSame(cluster.at('store'), expected);
      const told = jsonLines(readFileSync(cluster.at('alerts.ndjson'), 'utf8')).map(({ id }) => id);
      const open = expected.alerts.filter(
        ({ continues, rule }) => continues === undefined && rule.status !== 'experimental',
      );
      const known = await heard(cluster.at('store'), told);
      expect(open.filter(({ id }) => !known.has(id)).map(({ id }) => id)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
