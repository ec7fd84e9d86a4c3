import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startMoto } from '../services/moto.ts';
import { makeTrail, type TrailBucket } from '../sources/aws/trail-bucket.ts';
import { folderWith, jsonLines, start, whosaw } from './whosaw.ts';

const moto = await startMoto();
const NAME = `whosaw-e2e-${process.pid}`;
const folder = folderWith({
  'whosaw.yaml': `
sources:
  trail: { type: cloudtrail, bucket: ${NAME}, region: eu-central-1 }
  gone: { type: cloudtrail, bucket: ${NAME}-gone, region: eu-central-1 }
store: { path: store }
socket: { path: run/s }
`,
});
const config = folder.at('whosaw.yaml');
const within = { timeout: 50_000, interval: 100 };
const env = { AWS_ENDPOINT_URL: moto?.url ?? '', AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'test-CANARY' };

describe.skipIf(moto === undefined)('a trail in a bucket', () => {
  let trail: TrailBucket;

  beforeAll(async () => {
    if (moto !== undefined) trail = await makeTrail(moto, NAME);
  });

  afterAll(async () => {
    await moto?.close();
    folder.remove();
  });

  it('is read once, whatever kills come, beside a bucket that is not there', async () => {
    for (let file = 0; file < 40; file += 1) {
      await trail.write(Array.from({ length: 50 }, (_, index) => `${file}-${index}`));
    }
    const check = await whosaw(['check', '-c', config], { env });
    expect(check.stdout).toContain(
      `ok    source trail: s3://${NAME}/: the files of 1 folders can be listed and read\n`,
    );
    expect(check.stdout).toContain(
      `FAIL  source gone: s3://${NAME}-gone/: s3:ListBucket on arn:aws:s3:::${NAME}-gone: AWS knows no such place (NoSuchBucket)`,
    );
    const killed = start(['up', '-c', config], { env });
    await vi.waitUntil(() => killed.stderr().includes('"msg":"Running."'), within);
    await killed.end('SIGKILL');
    const running = start(['up', '-c', config], { env });
    const reads = async (): Promise<unknown> => {
      const { stdout } = await whosaw(['who', 'prod/db', '-c', config, '--since', '2d', '--format', 'ndjson']);
      return jsonLines(stdout).map(({ count }) => count);
    };
    await expect.poll(reads, within).toEqual([2_000]);
    const { stderr } = await running.end();
    expect(stderr.match(/NoSuchBucket/g)).toHaveLength(1);
    expect(stderr).not.toContain('CANARY');
  });
});
