import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { print, quantile, type Row } from './report.ts';
import { MARK } from './rules.ts';
import { Running } from './running.ts';
import { nowMs } from './times.ts';
import type { Marked, WriterOptions } from './writer.ts';

export interface LatencyOptions {
  readonly name: string;
  readonly eventsPerSecond: number;
  readonly marksPerSecond: number;
  readonly seconds: number;
  readonly aimMs: number;
}

const WRITER = fileURLToPath(new URL('writer.ts', import.meta.url));
const PRINTED = new RegExp(`${MARK}(\\d+)`, 'g');
/** What was not printed by then counts as so late. */
const PATIENCE_MS = 20_000;

/** From a line in the log to its alert on the terminal, while so many other events come. */
export async function measureLatency(options: LatencyOptions, rules: string, folder: string): Promise<readonly Row[]> {
  const { name, eventsPerSecond, aimMs } = options;
  const running = await Running.start({ folder, source: { type: 'vault' }, rules, sink: 'terminal' });
  const printed = new Map<number, number>();
  running.output.setEncoding('utf8');
  running.output.on('data', (text: string) => {
    const at = nowMs();
    for (const [, number] of text.matchAll(PRINTED)) if (!printed.has(Number(number))) printed.set(Number(number), at);
  });
  const written = await write({ ...options, file: running.log });
  const deadline = nowMs() + PATIENCE_MS;
  while (printed.size < written.length && nowMs() < deadline) await sleep(100);
  const { loopDelayP99Ms, loopDelayMaxMs } = await running.usage();
  await running.stop();
  rmSync(folder, { recursive: true });
  const delays = written.map(({ number, atMs }) => (printed.get(number) ?? atMs + PATIENCE_MS) - atMs);
  const note = `p50 ${print(quantile(delays, 0.5))}, max ${print(quantile(delays, 1))} ms; ${delays.length} alerts`;
  const lost = written.length - printed.size;
  return [
    {
      name: `alert, ${name}`,
      value: quantile(delays, 0.99),
      unit: 'ms p99 from line to terminal',
      aim: aimMs,
      note: lost === 0 ? note : `${note}, ${lost} not within ${PATIENCE_MS / 1_000} s`,
    },
    {
      name: `alert, ${name}`,
      value: loopDelayP99Ms,
      unit: 'ms p99 delay of the event loop',
      note: `max ${print(loopDelayMaxMs)} ms; ${print(eventsPerSecond)} events/s`,
    },
  ];
}

async function write(options: WriterOptions): Promise<readonly Marked[]> {
  const marks: Marked[] = [];
  const writer = fork(WRITER, [JSON.stringify(options)]);
  writer.on('message', (mark: Marked) => marks.push(mark));
  const [code] = (await once(writer, 'exit')) as [number | null];
  if (code !== 0) throw new Error('The writer of the log failed; see above.');
  return marks;
}
