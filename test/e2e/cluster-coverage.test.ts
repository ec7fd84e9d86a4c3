import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { kafka } from '../services/kafka.ts';
import { vaultRead } from './vault-log.ts';
import { folderWith, jsonLines, start, whosaw } from './whosaw.ts';

const broker = kafka('what did not come, in the cluster');
const WITHIN = { timeout: 120_000, interval: 1_000 };

describe.runIf(broker !== undefined)('in the cluster', () => {
  it('devices are compared with each other, whoever reads and normalizes what they bring, once', async () => {
    const folder = folderWith({
      'whosaw.yaml': `
sources:
  one: { type: vault, cluster: eu, file: one.log }
  two: { type: vault, cluster: eu, file: two.log }
store: { path: store }
socket: { path: s }
kafka: { brokers: ['${broker}'], partitions: 3, prefix: t${randomBytes(4).toString('hex')}, session: 6s }
sinks:
  file: { type: file, path: alerts.ndjson, level: low }
`,
      'one.log': '',
      'two.log': '',
    });
    onTestFinished(folder.remove);
    const config = ['-c', folder.at('whosaw.yaml')];
    expect(await whosaw(['setup', 'kafka', ...config])).toMatchObject({ code: 0 });
    const up = () => start(['up', '--role', 'collect,detect,correlate,deliver', ...config]);
    const first = up();
    onTestFinished(() => void first.child.kill('SIGKILL'));
    await vi.waitUntil(() => first.stderr().includes('"msg":"Running."'), WITHIN);
    const read = (index: number): string =>
      vaultRead({ time: new Date(Date.now() - 60_000 + index * 100).toISOString(), id: `r-${index}` });
    const lines = Array.from({ length: 60 }, (_, index) => read(index));
    appendFileSync(folder.at('one.log'), lines.join(''));
    appendFileSync(folder.at('two.log'), lines.filter((__, index) => index < 20 || index >= 25).join(''));
    const gaps = async (): Promise<unknown> => {
      const { stdout } = await whosaw(['coverage', '--since', '1h', '--format', 'ndjson', ...config]);
      return jsonLines(stdout).map(({ kind, source, count, healed_by: by }) => [kind, source, count, by]);
    };
    const missing = [['missing', 'two', 5, 'one']];
    await expect.poll(gaps, WITHIN).toEqual(missing);
    // Who follows goes on with what is known.
    await first.end('SIGKILL');
    const second = up();
    onTestFinished(() => void second.child.kill('SIGKILL'));
    const more = Array.from({ length: 20 }, (_, index) => read(100 + index)).join('');
    for (const file of ['one.log', 'two.log']) appendFileSync(folder.at(file), more);
    const table = async (): Promise<string> =>
      (await whosaw(['coverage', '--since', '1h', ...config])).stdout.replaceAll(/ +/g, ' ');
    await expect.poll(table, WITHIN).toMatch(/one - .* 80 .*\ntwo - .* 75 /);
    expect(await gaps()).toEqual(missing);
    const { stdout } = await whosaw(['alerts', '--since', '1h', '--format', 'ndjson', ...config]);
    const titles = jsonLines(stdout).map(
      ({ title, rule }) => title ?? (rule as { title?: unknown } | undefined)?.title,
    );
    expect(titles.filter((title) => title === 'An audit device is silent while another one speaks')).toHaveLength(1);
    expect((await second.end()).code).toBe(0);
  }, 400_000);
});
