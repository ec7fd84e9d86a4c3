import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** Another process that has the store open: `commit` writes to it until it is killed, `hold` does nothing. */
export function startChild(what: 'commit' | 'hold', path: string): ChildProcessWithoutNullStreams {
  const script = fileURLToPath(new URL(`./${what}.child.ts`, import.meta.url));
  const child = spawn(process.execPath, [script, path]);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** What the child says, line by line, until it ends. */
export function linesOf(child: ChildProcessWithoutNullStreams): AsyncIterable<string> {
  return createInterface({ input: child.stdout });
}

export async function killed(child: ChildProcessWithoutNullStreams): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
}
