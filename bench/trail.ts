import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import { bucketStream } from '../src/sources/aws/bucket-stream.ts';
import { cloudtrail } from '../src/sources/aws/cloudtrail.ts';
import { openS3 } from '../src/sources/aws/s3-client.ts';
import { TrailFiles } from '../src/sources/aws/trail-files.ts';
import { secretRead } from '../test/services/lookup-events.ts';

/**
 * What it costs to read trail files from S3, beside gunzip and JSON.parse of the same bytes alone, and the memory while
 * gigabytes are read. S3 is a stand-in in the same process whose answers are ready. `node bench/trail.ts [MB] [events a file]`
 */
const [megabytes = 200, eventsInFile = 2_000] = process.argv.slice(2).map(Number);
const FOLDER = 'AWSLogs/444455556666/CloudTrail/eu-central-1/';
const DAYS = 10;
const MEGABYTE = 1024 * 1024;

const text = `{"Records":[${Array.from({ length: eventsInFile }, (_, index) => secretRead(crypto.randomUUID(), Date.now() - index * 1_000).text).join(',')}]}`;
const gzip = gzipSync(text);
const fileCount = Math.ceil((megabytes * MEGABYTE) / text.length);
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://s3');
  if (url.searchParams.get('list-type') !== '2')
    return response.writeHead(200, { 'content-length': gzip.length }).end(gzip);
  const [prefix, delimiter] = [url.searchParams.get('prefix') ?? '', url.searchParams.get('delimiter')];
  response.setHeader('content-type', 'application/xml');
  return response.end(
    `<ListBucketResult><IsTruncated>false</IsTruncated>${delimiter === null ? keysOf(prefix) : prefixOf(prefix)}</ListBucketResult>`,
  );
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
process.env['AWS_ENDPOINT_URL_S3'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
process.env['AWS_ACCESS_KEY_ID'] = 'AKIABENCH';
process.env['AWS_SECRET_ACCESS_KEY'] = 'bench';

for (let round = 0; round < 3; round += 1) {
  const alone = measure();
  for (let file = 0; file < Math.ceil(fileCount / 10); file += 1) JSON.parse(gunzipSync(gzip).toString());
  report('gunzip + JSON.parse alone', alone(), Math.ceil(fileCount / 10) * eventsInFile);
  const collector = measure();
  let events = 0;
  let peak = 0;
  const notice = (message: string): void => console.error(message);
  const files = new TrailFiles({ source: 'trail', format: cloudtrail, open: () => openS3({}, 'us-east-1'), notice });
  const nowMs = Date.now();
  const span = { fromMs: () => nowMs - (DAYS - 1) * 86_400_000, toMs: nowMs };
  const stream = bucketStream({ bucket: 'trail', prefix: '', files, digests: undefined, ...span, notice });
  for await (const { records } of stream.read(undefined, new AbortController().signal)) {
    events += records.length;
    peak = Math.max(peak, process.memoryUsage.rss());
  }
  report('S3 collector', collector(), events);
  console.log(
    `  ${((fileCount * text.length) / MEGABYTE).toFixed(0)} MB in ${fileCount} files; peak RSS ${(peak / MEGABYTE).toFixed(0)} MB`,
  );
}
server.close();
server.closeAllConnections();

function keysOf(prefix: string): string {
  const perDay = Math.ceil(fileCount / DAYS);
  return Array.from(
    { length: perDay },
    (_, index) => `<Contents><Key>${prefix}f-${index}.json.gz</Key><Size>${gzip.length}</Size></Contents>`,
  ).join('');
}

function prefixOf(prefix: string): string {
  const below = FOLDER.slice(prefix.length).split('/')[0] ?? '';
  return FOLDER.startsWith(prefix) ? `<CommonPrefixes><Prefix>${prefix}${below}/</Prefix></CommonPrefixes>` : '';
}

function measure(): () => { readonly seconds: number; readonly cpu: number } {
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { seconds: (performance.now() - startedAt) / 1_000, cpu: (user + system) / 1e6 };
  };
}

function report(
  what: string,
  { seconds, cpu }: { readonly seconds: number; readonly cpu: number },
  events: number,
): void {
  const perMillion = (cpu * 1e6) / events;
  console.log(`${what}: ${Math.round(events / seconds)} events/s, ${perMillion.toFixed(1)} CPU s per million`);
}
