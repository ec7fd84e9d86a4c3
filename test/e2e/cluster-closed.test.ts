import { writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Alert } from '../../src/core/alert.ts';
import { askLocal } from '../../src/server/ask-local.ts';
import { kafka } from '../services/kafka.ts';
import { clusterFolder } from './cluster.ts';
import { vaultRead } from './vault-log.ts';
import { jsonLines, whosaw } from './whosaw.ts';

const HOUR_MS = 3_600_000;
const ROLES = 'collect,detect,correlate,deliver';
const TIMEOUT_MS = 300_000;
const within = { timeout: 150_000, interval: 500 };
const broker = kafka('rules whose time has to close, in the cluster');

const RULES = `title: A read
name: read
detection:
  read: { whosaw.access.kind: read, event.outcome: success }
  condition: read
---
title: Nobody read
id: 5a7b1d3e-0f5c-4f0e-9a55-0c3c1f1f0c01
status: stable
level: high
correlation:
  type: silence
  rules: [read]
  group-by: [whosaw.actor.id]
  timespan: 1h
  history: 12h
  condition: { gte: 8 }
---
title: Many reads
id: 5a7b1d3e-0f5c-4f0e-9a55-0c3c1f1f0c02
status: stable
level: high
correlation:
  type: anomaly
  rules: [read]
  group-by: [whosaw.actor.id]
  timespan: 1h
  history: 12h
  settle: 2h
  condition: { gte: 5 }
---
title: Two reads and no third
id: 5a7b1d3e-0f5c-4f0e-9a55-0c3c1f1f0c03
status: stable
level: high
correlation:
  type: event_count
  rules: [read]
  group-by: [whosaw.actor.id]
  timespan: 10m
  condition: { eq: 2 }
`;

/** Once in each of ten hours, twice in a minute in the third, and seven times in the last. */
function log(startMs: number): string {
  const hours = [0, 1, 2, 2.01, 3, 4, 5, 6, 7, 8, ...[0, 1, 2, 3, 4, 5, 6].map((minute) => 9 + minute / 60)];
  return hours
    .map((hour) => startMs + hour * HOUR_MS)
    .map((atMs) => vaultRead({ time: new Date(atMs).toISOString(), id: `r${atMs}` }))
    .join('');
}

describe.runIf(broker !== undefined)('what did not come, in the cluster', () => {
  it(
    'is told once all sources are complete past it, also by a worker that was killed',
    async () => {
      const text = log(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 20 * HOUR_MS);
      const cluster = await clusterFolder(broker ?? '', {
        log: text,
        files: { 'rules.yml': RULES },
        more: 'rules: [rules.yml]\nlateness: 1s\n',
      });
      onTestFinished(cluster.remove);
      writeFileSync(cluster.at('audit.log'), text);
      const alerts = async (): Promise<readonly Alert[]> => {
        const asked = await askLocal(cluster.at('s')).catch(() => undefined);
        const found = (await asked?.alerts({ limit: 100 })) ?? [];
        asked?.close();
        return found.map(({ alert }) => alert).filter(({ superseded_by: by }) => by === undefined);
      };
      const titles = async (): Promise<readonly string[]> => (await alerts()).map(({ rule }) => rule.title).toSorted();
      let running = cluster.up(ROLES);
      onTestFinished(() => void running.child.kill('SIGKILL'));
      await vi.waitUntil(() => running.stderr().includes('"msg":"Running."'), within);
      await running.end('SIGKILL');
      running = cluster.up(ROLES);
      await expect.poll(titles, within).toEqual(['Many reads', 'Nobody read', 'Two reads and no third']);
      const scan = ['scan', cluster.at('audit.log'), '--rules', cluster.at('rules.yml'), '--cluster', 'eu', '--quiet'];
      const { stdout } = await whosaw(scan);
      // The end of the log is the end of the world for scan; here the clock goes on.
      const own = (await alerts()).filter(({ rule }) => rule.title !== 'Nobody read').map(({ id }) => id);
      expect(own.toSorted()).toEqual(
        jsonLines(stdout)
          .map(({ id }) => id)
          .toSorted(),
      );
      expect((await running.end()).code).toBe(0);
    },
    TIMEOUT_MS,
  );
});
