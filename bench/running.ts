import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SourceFacts } from '../src/core/access-reader.ts';
import { askLocal, type LocalReader } from '../src/server/ask-local.ts';
import type { Usage } from './probe.ts';

export interface RunningOptions {
  /** A folder of its own. */
  readonly folder: string;
  readonly source: { readonly type: 'vault' | 'cloudtrail'; readonly cluster?: string };
  readonly rules: string;
  readonly sink: 'file' | 'terminal';
  /** Without the rules that whosaw ships, some of which read all of the history at their first start. */
  readonly isBare?: true;
  /** When days are sealed, where it is not the default. */
  readonly sealAfter?: string;
}

const PROGRAM = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const PROBE = new URL('probe.ts', import.meta.url).href;
const EXPECTATIONS = fileURLToPath(new URL('expectations.yaml', import.meta.url));
const SOURCE = 'bench';
const POLL_MS = 50;

/** `whosaw up` in a process of its own, following a log that is not there yet. */
export class Running {
  readonly log: string;
  readonly output: Readable;
  readonly config: string;
  readonly #process: ChildProcess;
  readonly #store: string;
  readonly #reader: LocalReader;

  private constructor(process: ChildProcess, output: Readable, folder: string, reader: LocalReader) {
    this.#process = process;
    this.output = output;
    this.log = join(folder, 'audit.log');
    this.config = join(folder, 'whosaw.yaml');
    this.#store = join(folder, 'store');
    this.#reader = reader;
  }

  static async start({ folder, source, rules, sink, isBare, sealAfter }: RunningOptions): Promise<Running> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const socket = join(folder, 'whosaw.sock');
    const config = {
      rules: isBare === true ? [rules] : ['builtin', rules],
      expectations: EXPECTATIONS,
      // The inputs are written once, and are to be live for all runs.
      lateness: '2h',
      sources: { [SOURCE]: { ...source, file: join(folder, 'audit.log') } },
      store: { path: join(folder, 'store'), ...(sealAfter === undefined ? {} : { seal_after: sealAfter }) },
      socket: { path: socket },
      sinks: {
        [sink]:
          sink === 'file'
            ? { type: sink, path: join(folder, 'alerts.ndjson'), level: 'low' }
            : { type: sink, level: 'low' },
      },
    };
    const file = join(folder, 'whosaw.yaml');
    writeFileSync(file, JSON.stringify(config));
    const args = ['--import', PROBE, PROGRAM, 'up', '-c', file, '--log', 'warn'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    if (child.stdout === null) throw new Error('The program has no output.');
    for (;;) {
      if (child.exitCode !== null) throw new Error('whosaw up ended at once; see above.');
      const reader = await askLocal(socket).catch(() => undefined);
      if (reader !== undefined) return new Running(child, child.stdout, folder, reader);
      await sleep(POLL_MS);
    }
  }

  get reader(): LocalReader {
    return this.#reader;
  }

  async usage(): Promise<Usage> {
    const answer = once(this.#process, 'message') as Promise<[Usage]>;
    this.#process.send('usage');
    return (await answer)[0];
  }

  /** Until all of the log is durable, so far as it was written. */
  async caughtUp(): Promise<SourceFacts> {
    for (;;) {
      const facts = (await this.#reader.sources()).find(({ source }) => source === SOURCE);
      if (facts?.seenTo !== undefined) return facts;
      if (this.#process.exitCode !== null) throw new Error('whosaw up ended before it was done; see above.');
      await sleep(POLL_MS);
    }
  }

  /** Ends it in order; bytes that the store takes then. */
  async stop(): Promise<number> {
    this.#reader.close();
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
    return readdirSync(this.#store).reduce((sum, name) => sum + statSync(join(this.#store, name)).size, 0);
  }
}
