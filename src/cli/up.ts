import type { Command } from 'commander';
import { up } from '../pipeline/up.ts';
import { serveLocal } from '../server/local-socket.ts';
import { configOption, readConfig } from './config-option.ts';
import { createLog, logOption, type LogLevel } from './log.ts';
import { endOnSignals } from './signals.ts';

interface UpArguments {
  readonly config?: string;
  readonly log: LogLevel;
}

export function addUp(program: Command): void {
  program
    .command('up')
    .description('Run: follow the sources, detect, alert, and answer questions. Ends with SIGINT or SIGTERM.')
    .addOption(configOption())
    .addOption(logOption())
    .action(async (args: UpArguments) => {
      const config = await readConfig(args.config);
      await up({
        config,
        log: createLog(args.log),
        signal: endOnSignals(),
        clock: Date.now,
        serve: (reader) => serveLocal({ ...config.socket, reader }),
        write: (text) => process.stdout.write(text),
        colours: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
      });
    });
}
