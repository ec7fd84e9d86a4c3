import type { Command } from 'commander';
import { CONFIG } from '../pipeline/config.ts';
import { describeSchema } from '../pipeline/describe-config.ts';

export function addConfig(program: Command): void {
  program
    .command('config')
    .description('Print every key of whosaw.yaml with its default and meaning.')
    .action(() => {
      process.stdout.write(describeSchema(CONFIG));
    });
}
