import type { Command } from 'commander';
import { addSetupElasticsearch } from './setup-elasticsearch.ts';
import { addSetupKafka } from './setup-kafka.ts';
import { addSetupKibana } from './setup-kibana.ts';
import { addSetupVault } from './setup-vault.ts';

/** In the order of the help. */
const SUBCOMMANDS: readonly ((setup: Command) => void)[] = [
  addSetupVault,
  addSetupKafka,
  addSetupElasticsearch,
  addSetupKibana,
];

export function addSetup(program: Command): void {
  const setup = program.command('setup').description('Prepare what is on the other side; again is fine.');
  for (const add of SUBCOMMANDS) add(setup);
}
