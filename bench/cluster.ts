import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openKafkaBus } from '../src/bus/kafka/bus.ts';
import { Client } from '../src/bus/kafka/client.ts';
import { setupTopics } from '../src/bus/kafka/topics.ts';
import { print, printTable, quantile, type Row } from './report.ts';

const USAGE = 'node bench/cluster.ts --broker HOST:PORT [--elasticsearch URL] [--events N] [--seconds N]';
const PROGRAM = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const PARTITIONS = 4;
const RATE = 2_000;
const MARK_EVERY = 200;

const MARK_RULE = `title: A mark was read
id: 0b8a9e0c-4e0c-4f9e-9b35-6f1d6c1f0c01
status: stable
level: low
logsource: { category: secret_access }
detection:
  mark: { whosaw.secret.id|contains: bench/mark- }
  condition: mark
`;
const TICKS_PER_SECOND = 100;

const { values } = parseArgs({
  options: {
    broker: { type: 'string' },
    elasticsearch: { type: 'string' },
    events: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const broker = values.broker;
if (broker === undefined) throw new Error(USAGE);
const events = Number(values.events ?? 100_000);
const seconds = Number(values.seconds ?? 20);
const folder = mkdtempSync(join(tmpdir(), 'whosaw-bench-'));
const bus = await openKafkaBus({ brokers: [broker], sessionMs: 10_000, notice: (text) => console.error(text) });
try {
  const rows = [...(await alone()), ...(await stages()), ...(await shared()), ...(await latency())];
  console.log(printTable(rows));
} finally {
  await bus.close();
  rmSync(folder, { recursive: true, force: true });
}

/** The same bytes through kafkajs, with nothing of ours but the adapter's publish and a consumer that counts. */
async function alone(): Promise<readonly Row[]> {
  const topic = `bench-alone-${Date.now()}`;
  const client = new Client({ brokers: [broker ?? ''] });
  await setupTopics(client, [broker ?? ''], [{ name: topic, partitions: PARTITIONS, config: {} }], 1);
  const lines = Array.from({ length: 1_000 }, (_, index) => line(index, Date.now()));
  const producer = client.producer();
  await producer.connect();
  let cpu = process.cpuUsage();
  for (let sent = 0; sent < events; sent += lines.length) {
    const messages = lines.map((text, index) => ({
      partition: index % PARTITIONS,
      key: `${sent + index}`,
      value: text,
    }));
    await producer.sendBatch({ topicMessages: [{ topic, messages }], compression: 4, acks: -1 });
  }
  const produced = cpuOf(cpu);
  await producer.disconnect();
  const consumer = client.consumer({ group: `${topic}-g`, sessionMs: 10_000 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  let left = events;
  cpu = process.cpuUsage();
  await new Promise<void>((resolve) => {
    void consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        left -= batch.messages.length;
        if (left <= 0) resolve();
      },
    });
  });
  const consumed = cpuOf(cpu);
  await consumer.disconnect();
  return [perMillion('kafkajs alone, produce', produced, ''), perMillion('kafkajs alone, consume', consumed, '')];
}

/** Each role after the other, in a process of its own. */
async function stages(): Promise<readonly Row[]> {
  const cluster = await newCluster('stages');
  writeLog(cluster.log, events);
  const rows: Row[] = [];
  const steps = [
    ['collect', async () => (await recordsIn(cluster, 'raw')) >= 1 && (await idle(() => recordsIn(cluster, 'raw')))],
    ['detect', () => hasPassed(cluster, 'detect', ['raw'])],
    ['correlate', () => hasPassed(cluster, 'correlate', ['hits'])],
    ['deliver', () => hasPassed(cluster, 'deliver', ['events', 'alerts'])],
  ] as const;
  for (const [role, isDone] of steps) {
    const worker = await start(cluster, role);
    const before = usage(worker);
    const beganAt = performance.now();
    while (!(await isDone())) await sleep(100);
    const wall = (performance.now() - beganAt) / 1_000;
    const after = usage(worker);
    const note = `${print(events / wall)}/s, peak ${print(after.peakMb)} MB`;
    rows.push(perMillion(role, after.cpuSeconds - before.cpuSeconds, note));
    await stop(worker);
  }
  return rows;
}

/** How workers of one role share what is there: detection of the same records by 1, 2 and 4 of them. */
async function shared(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const count of [1, 2, 4]) {
    const cluster = await newCluster(`shared${count}`);
    writeLog(cluster.log, events);
    const collector = await start(cluster, 'collect');
    await idle(() => recordsIn(cluster, 'raw'));
    await stop(collector);
    const workers = await Promise.all(Array.from({ length: count }, () => start(cluster, 'detect')));
    const beganAt = performance.now();
    while (!(await hasPassed(cluster, 'detect', ['raw']))) await sleep(50);
    const wall = (performance.now() - beganAt) / 1_000;
    const cpu = workers.map((worker) => print(usage(worker).cpuSeconds)).join(' + ');
    rows.push({ name: `detect, ${count} workers`, value: events / wall, unit: 'events/s', note: `CPU s ${cpu}` });
    await Promise.all(workers.map(stop));
  }
  return rows;
}

/** From a line in the log to its alert in the topic, while so many events come. */
async function latency(): Promise<readonly Row[]> {
  const cluster = await newCluster('latency');
  writeFileSync(cluster.log, '');
  const worker = await start(cluster, 'collect,detect,correlate,deliver');
  const seen = new Map<number, number>();
  const over = new AbortController();
  const reading = bus.consume(
    {
      group: `${cluster.prefix}-bench`,
      topics: [`${cluster.prefix}.alerts`],
      open: async () => ({
        take: async ({ messages }) => {
          for (const { value } of messages) {
            const number = /mark-(\d+)"/.exec(value?.toString() ?? '')?.[1];
            if (number !== undefined && !seen.has(Number(number))) seen.set(Number(number), Date.now());
          }
        },
        close: async () => undefined,
      }),
    },
    over.signal,
  );
  await sleep(8_000);
  const written = new Map<number, number>();
  const beganAt = Date.now();
  for (let sent = 0; sent < RATE * seconds;) {
    const due = Math.min(RATE * seconds, Math.floor(((Date.now() - beganAt) / 1_000) * RATE));
    let text = '';
    for (; sent < due; sent++) {
      const isMark = sent % MARK_EVERY === 0;
      if (isMark) written.set(sent, Date.now());
      text += line(sent, Date.now(), isMark ? `bench/mark-${sent}` : undefined);
    }
    appendFileSync(cluster.log, text);
    await sleep(10);
  }
  await sleep(6_000);
  over.abort();
  await reading;
  const { peakMb } = usage(worker);
  await stop(worker);
  const delays = Array.from(written, ([number, atMs]) => (seen.get(number) ?? atMs + 60_000) - atMs);
  const lost = delays.filter((ms) => ms >= 60_000).length;
  const note = `p50 ${print(quantile(delays, 0.5))}, max ${print(quantile(delays, 1))} ms; ${delays.length} alerts, ${lost} not seen; peak ${print(peakMb)} MB, all roles`;
  return [
    {
      name: `alert at ${RATE} events/s`,
      value: quantile(delays, 0.99),
      unit: 'ms p99 from line to topic',
      aim: 2_000,
      note,
    },
  ];
}

interface Cluster {
  readonly prefix: string;
  readonly config: string;
  readonly log: string;
}

async function newCluster(name: string): Promise<Cluster> {
  const prefix = `bench-${name}-${Date.now()}`;
  const at = (file: string): string => join(folder, `${name}-${file}`);
  const kafka = { brokers: [broker], partitions: PARTITIONS, prefix, session: '10s' };
  const config = {
    rules: ['builtin', at('rules.yml')],
    lateness: '2h',
    sources: { bench: { type: 'vault', cluster: 'eu', file: at('audit.log') } },
    store:
      values.elasticsearch === undefined
        ? { path: at('store') }
        : { type: 'elasticsearch', url: values.elasticsearch, prefix, replicas: 0 },
    socket: { path: at('s') },
    kafka,
    sinks: { file: { type: 'file', path: at('alerts.ndjson') } },
  };
  writeFileSync(at('whosaw.yaml'), JSON.stringify(config));
  writeFileSync(at('rules.yml'), MARK_RULE);
  await run(['setup', 'kafka', '-c', at('whosaw.yaml')]);
  if (values.elasticsearch !== undefined) await run(['setup', 'elasticsearch', '-c', at('whosaw.yaml')]);
  return { prefix, config: at('whosaw.yaml'), log: at('audit.log') };
}

function writeLog(file: string, count: number): void {
  const endMs = Date.now();
  let text = '';
  writeFileSync(file, '');
  for (let index = 0; index < count; index++) {
    text += line(index, endMs - ((count - index) * 600_000) / count);
    if (text.length > 4_000_000 || index === count - 1) {
      appendFileSync(file, text);
      text = '';
    }
  }
}

/** A response of about 1.5 KB. */
function line(index: number, atMs: number, path = `app-${index % 40}/secret-${index % 997}`): string {
  const auth = {
    client_token: `hmac-sha256:${'ab'.repeat(30)}${String(1_000 + (index % 200))}`,
    accessor: `hmac-sha256:${'cd'.repeat(32)}`,
    display_name: `approle-service-${index % 200}`,
    policies: ['default', 'service-read', `team-${index % 20}`],
    token_policies: ['default', 'service-read', `team-${index % 20}`],
    metadata: { role_name: `service-${index % 200}` },
    entity_id: `00000000-0000-4000-8000-${String(index % 200).padStart(12, '0')}`,
    token_type: 'service',
    token_ttl: 3_600,
  };
  return `${JSON.stringify({
    time: new Date(atMs).toISOString(),
    type: 'response',
    auth,
    request: {
      id: `bench-${process.pid}-${index}`,
      client_id: auth.entity_id,
      operation: 'read',
      mount_point: 'secret/',
      mount_type: 'kv',
      mount_accessor: 'kv_0a1b2c3d',
      client_token: auth.client_token,
      client_token_accessor: auth.accessor,
      namespace: { id: 'root' },
      path: `secret/data/${path}`,
      remote_address: `10.0.${(index % 200) % 7}.${index % 200}`,
      remote_port: 40_000 + (index % 20_000),
    },
    response: {
      mount_point: 'secret/',
      mount_type: 'kv',
      mount_accessor: 'kv_0a1b2c3d',
      data: { data: { password: `hmac-sha256:${'ef'.repeat(32)}` }, metadata: { version: 3 } },
    },
  })}\n`;
}

async function start({ config }: Cluster, roles: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [PROGRAM, 'up', '--role', roles, '-c', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  while (!said.includes('"msg":"Running."')) {
    if (child.exitCode !== null) throw new Error(said);
    await sleep(20);
  }
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

function run(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: 'ignore' });
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`whosaw ${args.join(' ')}: ${code}`))));
  });
}

function usage({ pid }: ChildProcess): { readonly cpuSeconds: number; readonly peakMb: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, peakMb: Number(peak) / 1_024 };
}

async function recordsIn({ prefix }: Cluster, topic: string): Promise<number> {
  const bounds = await bus.bounds(`${prefix}.${topic}`);
  return bounds.reduce((sum, { end }) => sum + end, 0);
}

/** Something came, and then nothing more for a second. */
async function idle(read: () => Promise<number>): Promise<boolean> {
  let last = 0;
  let quietSince = Date.now();
  while (last === 0 || Date.now() - quietSince < 1_000) {
    const now = await read();
    if (now !== last) quietSince = Date.now();
    last = now;
    await sleep(50);
  }
  return true;
}

async function hasPassed({ prefix }: Cluster, role: string, topics: readonly string[]): Promise<boolean> {
  for (const topic of topics) {
    const committed = await bus.committed(`${prefix}-${role}`, `${prefix}.${topic}`);
    const bounds = await bus.bounds(`${prefix}.${topic}`);
    if (!bounds.every(({ end }, partition) => (committed[partition] ?? 0) >= end)) return false;
  }
  return true;
}

function cpuOf(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function perMillion(name: string, cpuSeconds: number, note: string): Row {
  return {
    name,
    value: (cpuSeconds / events) * 1e6,
    unit: 'CPU s per million events',
    ...(note === '' ? {} : { note }),
  };
}
