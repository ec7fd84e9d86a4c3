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
lateness: 1s   # the incident of the last hours is told in its order
sources:
  vault: { type: vault, cluster: eu, file: vault-audit.jsonl }
  cloudtrail: { type: cloudtrail, file: cloudtrail }
  key-vault: { type: keyvault, file: key-vault.json }
store: { path: store }
socket: { path: whosaw.sock }
sinks:
  terminal: { type: terminal, level: low }
`;

/** So long after the last alert, all that the samples hold was said. */
const QUIET_MS = 800;

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'Run the pipeline over sample streams in a new temporary folder: a quiet week and an incident that ends now.',
    )
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
  console.log(`${whatThisIs(folder)}\n`);

  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isCaughtUp = false;
  let isTold = false;
  // Alerts that are already on their way come first.
  const whenQuiet = (): void => {
    clearTimeout(timer);
    if (isCaughtUp && !isTold) timer = setTimeout(tellWhatNext, QUIET_MS);
  };
  const tellWhatNext = (): void => {
    isTold = true;
    console.log(whatNext(file, exit === true));
    if (exit === true) stop.abort();
  };
  await up({
    config: config.value,
    log: createLog('warn'),
    signal: AbortSignal.any([endOnSignals(), stop.signal]),
    clock: Date.now,
    write: (text) => {
      process.stdout.write(text);
      whenQuiet();
    },
    colours: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
    serve: (reader) => serveLocal({ ...config.value.socket, reader }),
    onCaughtUp: () => {
      isCaughtUp = true;
      whenQuiet();
    },
  });
  clearTimeout(timer);
}

function whatThisIs(folder: string): string {
  return `A quiet week and an incident that ends now, in sample audit streams of Vault, AWS and Azure. The week raises no
alert; these are the incident's. Everything is in ${folder}`;
}

function whatNext(file: string, ends: boolean): string {
  return `
${ends ? 'Ask' : 'whosaw follows the files on. In another terminal, ask'} what an incident responder asks first:

  npx whosaw who production/db-password -c ${file}
  npx whosaw alerts -c ${file}

The commands behind \`next\` above work here with the same -c.
Then your own logs: npx whosaw scan /var/log/vault/audit.log
To run on them: write a whosaw.yaml (npx whosaw config prints every key), npx whosaw check, npx whosaw up.${ends ? '' : '\nCtrl-C ends the demo.'}`;
}
