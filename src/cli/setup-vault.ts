import { resolve } from 'node:path';
import type { Command } from 'commander';
import { WhosawError } from '../core/errors.ts';
import { setupCommands } from '../sources/vault/setup-commands.ts';
import { configOption, readConfig } from './config-option.ts';

export function addSetupVault(setup: Command): void {
  setup
    .command('vault')
    .description("Print the commands that enable the audit devices of the config's Vault and OpenBao sources.")
    .addOption(configOption())
    .action(runSetup);
}

async function runSetup(args: { readonly config?: string }): Promise<void> {
  const { sources } = await readConfig(args.config);
  const blocks = Object.entries(sources).flatMap(([name, source]) => {
    if (source.type !== 'vault') return [];
    const { file, listen, token } = source;
    const given = {
      ...(file === undefined ? {} : { file: resolve(file) }),
      ...(listen === undefined ? {} : { listen }),
    };
    return [setupCommands({ name, hasToken: token !== undefined, ...given }).join('\n')];
  });
  if (blocks.length === 0) throw new WhosawError('USAGE', 'The config has no source of type vault.');
  process.stdout.write(`${blocks.join('\n\n')}\n\n${NOTE}\n`);
}

const NOTE = `# OpenBao refuses this by default: set unsafe_allow_api_audit_creation = true, or declare the devices in its configuration.
# With several devices Vault goes on as long as one of them works: keep the file device beside any other.`;
