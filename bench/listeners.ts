import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseAddress } from '../src/sources/listen/address.ts';
import { listen, type Listeners } from '../src/sources/listen/listen.ts';
import { FORMATS } from '../src/sources/formats.ts';
import { vaultEntries } from './vault-entries.ts';

const USAGE = 'node bench/listeners.ts [--lines N] [--stall SECONDS] [--log FILE]';

/**
 * What listeners cost, and what their clients feel. `--log`: an audit log to send again and again, instead of made-up entries.
 * The pipeline stands still the whole time: nobody reads the spill.
 */
const { values } = parseArgs({
  options: { lines: { type: 'string' }, stall: { type: 'string' }, log: { type: 'string' }, help: { type: 'boolean' } },
});
if (values.help === true) {
  console.log(USAGE);
  process.exit(0);
}
const lines = Number(values.lines ?? 300_000);
const stallMs = Number(values.stall ?? 60) * 1_000;

const folder = mkdtempSync(join(tmpdir(), 'whosaw-bench-'));
try {
  console.log(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, ${process.version}`);
  const entries = await vaultEntries(values.log);
  await throughput(entries);
  await latency(entries);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** One connection that sends as fast as it is read, from a process of its own. */
async function throughput(entries: readonly Buffer[]): Promise<void> {
  const { listeners, port } = await start('throughput');
  const block = Buffer.concat(entries);
  const rounds = Math.max(1, Math.round(lines / entries.length));
  const rssBefore = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const began = performance.now();
  await blast(port, block, rounds);
  // The kernel took it all: what is left is in its buffers.
  await listeners.close();
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const count = rounds * entries.length;
  const rate = Math.round(count / seconds);
  const cpuPerMillion = (user + system) / count;
  const grown = Math.round((process.memoryUsage.rss() - rssBefore) / 1e6);
  console.log(
    `${count} lines, ${Math.round(block.length / entries.length)} bytes each: ${rate} lines/s redacted and on disk, ` +
      `${cpuPerMillion.toFixed(1)} CPU s per million (${Math.round(1e6 / cpuPerMillion)} lines/s of one core); ` +
      `resident memory grew by ${grown} MB for a backlog of ${Math.round((rounds * block.length) / 1e6)} MB`,
  );
}

/** Sends its standard input's block so many times; ends when the other side has read it. */
async function blast(port: number, block: Buffer, rounds: number): Promise<void> {
  const sender = `const net=require('node:net');const parts=[];process.stdin.on('data',(d)=>parts.push(d)).on('end',()=>{
    const block=Buffer.concat(parts);let left=${rounds};
    const s=net.connect(${port},'127.0.0.1',()=>{const go=()=>{while(left-->0)if(!s.write(block))return s.once('drain',go);s.end()};go()});
    s.on('close',()=>process.exit(0));s.resume()})`;
  const child = spawn(process.execPath, ['-e', sender], { stdio: ['pipe', 'inherit', 'inherit'] });
  child.stdin.end(block);
  await new Promise((resolve) => child.once('close', resolve));
}

/** A device that writes an entry every two milliseconds and waits until the system has taken it, as Vault does. */
async function latency(entries: readonly Buffer[]): Promise<void> {
  const { listeners, port } = await start('latency');
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  const times: number[] = [];
  const end = performance.now() + stallMs;
  for (let index = 0; performance.now() < end; index++) {
    const began = performance.now();
    await new Promise((resolve) => socket.write(entries[index % entries.length] ?? '', resolve));
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  socket.destroy();
  await listeners.close();
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.ceil(share * times.length) - 1] ?? 0).toFixed(2);
  console.log(
    `pipeline stopped for ${stallMs / 1_000} s, ${times.length} writes: ` +
      `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, p99.9 ${at(0.999)} ms, longest ${at(1)} ms`,
  );
}

async function start(name: string): Promise<{ readonly listeners: Listeners; readonly port: number }> {
  const address = parseAddress('tcp://127.0.0.1:0');
  if (address === undefined) throw new Error('tcp://127.0.0.1:0 is no address.');
  const listeners = await listen({
    sources: [
      {
        name,
        type: 'vault',
        cluster: 'eu',
        address,
        spill: { folder: join(folder, name), limitBytes: 100e9 },
        checkpoint: undefined,
      },
    ],
    formatOf: (type) => FORMATS[type],
    notice: (source, text) => console.log(`${source}: ${text}`),
  });
  return { listeners, port: listeners.ports[name] ?? 0 };
}
