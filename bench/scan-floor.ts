/** What no engine can do without: `read` the bytes of files, or `parse` every record, in two threads. */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const CHUNK_BYTES = 1 << 20;
const OPENING = Buffer.from('{"eventVersion"');

interface Share {
  readonly what: string;
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

if (isMainThread) await share();
else for (const part of workerData as readonly Share[]) parentPort?.postMessage(await work(part), []);

/** Half of the files each, or half of one plain file. */
async function share(): Promise<void> {
  const [, , what = 'parse', path = ''] = process.argv;
  const files = statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path];
  const parts = files.flatMap((file): readonly Share[] => {
    const whole = { what, file, from: 0, to: Infinity };
    const half = Math.floor(statSync(file).size / 2);
    if (files.length > 1 || file.endsWith('.gz')) return [whole];
    return [
      { ...whole, to: half },
      { ...whole, from: half },
    ];
  });
  const shares = [parts.filter((_, index) => index % 2 === 0), parts.filter((_, index) => index % 2 === 1)];
  await Promise.all(
    shares.map(
      (some) =>
        new Promise((resolve) => new Worker(new URL(import.meta.url), { workerData: some }).on('exit', resolve)),
    ),
  );
}

async function work({ what, file, from, to }: Share): Promise<number> {
  const stream = createReadStream(file, { start: from, end: to - 1, highWaterMark: CHUNK_BYTES });
  const chunks = file.endsWith('.gz') ? stream.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : stream;
  let count = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks as AsyncIterable<Buffer>) {
    if (what === 'read') count += chunk.length;
    else {
      const data = Buffer.concat([rest, chunk]);
      let start = data.indexOf(OPENING);
      for (let next = start; start !== -1; start = next) {
        next = data.indexOf(OPENING, start + OPENING.length);
        if (next === -1) break;
        count += parse(data, start, next);
      }
      rest = Buffer.from(data.subarray(Math.max(0, start)));
    }
  }
  return count;
}

function parse(data: Buffer, start: number, next: number): number {
  const end = data.lastIndexOf('}', next) + 1;
  JSON.parse(data.toString('utf8', start, end));
  return 1;
}
