import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Started {
  readonly url: string;
  /** Command that ends it. */
  readonly stop: readonly string[];
}

/** Names the run's folder, from the process that starts the suites to those that they run in. */
const VARIABLE = 'WHOSAW_TEST_RUN';
const WAIT_MS = 200;

/** Servers that are started when the first suite asks, and shared by the processes of a run. */
export const SERVERS = {
  /** Called by vitest's global setup, whose end ends them all. */
  begin(): () => void {
    const folder = mkdtempSync(join(tmpdir(), 'whosaw-run-'));
    process.env[VARIABLE] = folder;
    return () => {
      for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
        const { stop } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Started;
        const [command = '', ...args] = stop;
        execFileSync(command, args, { stdio: 'ignore' });
      }
      rmSync(folder, { recursive: true });
    };
  },

  /** Address of the run's server of that name. */
  shared(name: string, start: () => Started): string {
    return this.alone(name, (folder) => {
      const file = join(folder, `${name}.json`);
      if (!existsSync(file)) writeFileSync(file, JSON.stringify(start()));
      return (JSON.parse(readFileSync(file, 'utf8')) as Started).url;
    });
  },

  /** While nobody else of the run does something of that name. */
  alone<T>(name: string, act: (folder: string) => T): T {
    const folder = process.env[VARIABLE];
    if (folder === undefined) throw new Error('Servers are shared by the suites of a vitest run only.');
    const lock = join(folder, `${name}.lock`);
    while (!taken(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
    try {
      return act(folder);
    } finally {
      rmdirSync(lock);
    }
  },
} as const;

function taken(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}
