import { Option, type Command } from 'commander';
import { cluster } from '../pipeline/cluster.ts';
import { parseRoles, ROLES } from '../pipeline/roles.ts';
import { up } from '../pipeline/up.ts';
import { serveLocal } from '../server/local-socket.ts';
import { createMetrics } from '../server/metrics.ts';
import { serveWatchers } from '../server/watch-server.ts';
import type { AccessReader } from '../core/access-reader.ts';
import { configOption, readConfig } from './config-option.ts';
import { createLog, logOption, type LogLevel } from './log.ts';
import { endOnSignals } from './signals.ts';

interface UpArguments {
  readonly config?: string;
  readonly log: LogLevel;
  readonly role?: string;
}

export function addUp(program: Command): void {
  program
    .command('up')
    .description('Run: follow the sources, detect, alert, and answer questions. Ends with SIGINT or SIGTERM.')
    .addOption(configOption())
    .addOption(logOption())
    .addOption(new Option('--role <roles>', `with kafka: what this worker does, of ${ROLES.join(',')}; without it all`))
    .action(async (args: UpArguments) => {
      const config = await readConfig(args.config);
      const roles = args.role === undefined ? ROLES : parseRoles(args.role);
      const options = {
        config,
        log: createLog(args.log),
        signal: endOnSignals(),
        clock: Date.now,
        serve: (reader: AccessReader) => serveLocal({ ...config.socket, reader }),
        write: (text: string) => process.stdout.write(text),
        colours: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
      };
      const metrics = config.metrics === undefined ? undefined : createMetrics();
      const watchers = metrics && (await serveWatchers(config.metrics?.listen ?? '', metrics));
      try {
        if (config.kafka === undefined && args.role === undefined) await up({ ...options, meter: metrics });
        else await cluster({ ...options, roles, meter: metrics });
      } finally {
        await watchers?.close();
      }
    });
}
