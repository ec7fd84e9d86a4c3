import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { parseConfig } from '../pipeline/config.ts';
import { up } from '../pipeline/up.ts';
import { serveLocal } from '../server/local-socket.ts';
import { writeShiftedSamples } from './demo-samples.ts';
import { createLog } from './log.ts';
import { endOnSignals } from './signals.ts';

const CONFIG = `# The demo: sample streams of all three vendors, in a folder of its own.
expectations: expectations.yaml
sources:
  vault: { type: vault, cluster: eu, file: vault-audit.jsonl }
  cloudtrail: { type: cloudtrail, file: cloudtrail }
  key-vault: { type: keyvault, file: key-vault.json }
store: { path: store }
socket: { path: whosaw.sock }
sinks:
  terminal: { type: terminal, level: low }
`;

/** So long after the last sample was read, everything that there is to say was said. */
const QUIET_MS = 1_500;

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('Run the pipeline over sample streams in a new temporary folder: a quiet week and an incident that ends now.')
    .option('--exit', 'end when the samples are through, instead of following them')
    .action(runDemo);
}

async function runDemo({ exit }: { readonly exit?: true }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'whosaw-demo-'));
  await writeShiftedSamples(folder, Date.now());
  const file = join(folder, 'whosaw.yaml');
  await writeFile(file, CONFIG);
  const config = parseConfig(CONFIG, file);
  if (!config.ok) throw new Error(config.error[0]?.message);
  console.log(`A quiet week and an incident day, in the audit streams of Vault, AWS and Azure: ${folder}\n`);

  const signal = endOnSignals();
  const stop = new AbortController();
  const quiet = new Quiet(QUIET_MS, () => {
    console.log(whatNext(file));
    if (exit === true) stop.abort();
  });
  await up({
    config: config.value,
    log: createLog('warn'),
    signal: AbortSignal.any([signal, stop.signal]),
    clock: Date.now,
    write: (text) => {
      process.stdout.write(text);
      quiet.touch();
    },
    colours: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
    serve: (reader) => serveLocal({ ...config.value.socket, reader }),
    onRunning: () => quiet.touch(),
  });
  quiet.end();
}

/** Says once that nothing was printed for a while. */
class Quiet {
  readonly #ms: number;
  readonly #then: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(ms: number, then: () => void) {
    this.#ms = ms;
    this.#then = then;
  }

  touch(): void {
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.end();
      this.#then();
    }, this.#ms);
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}

function whatNext(file: string): string {
  return `
whosaw follows the files on. In another terminal, ask what an incident responder asks first:

  npx whosaw who production/db-password -c ${file}
  npx whosaw alerts -c ${file}

Then your own logs: npx whosaw scan /var/log/vault/audit.log
To run on them: write a whosaw.yaml (npx whosaw config prints every key), npx whosaw check, npx whosaw up.
Ctrl-C ends the demo.`;
}
