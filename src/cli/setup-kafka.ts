import type { Command } from 'commander';
import { WhosawError } from '../core/errors.ts';
import { latenessMs } from '../pipeline/config.ts';
import { loadStages } from '../pipeline/load-stages.ts';
import { configOption, readConfig } from './config-option.ts';
import { createLog } from './log.ts';

export function addSetupKafka(setup: Command): void {
  setup
    .command('kafka')
    .description('Make the topics, or change their settings to what they should be.')
    .addOption(configOption())
    .action(async (args: { readonly config?: string }) => {
      const { setupKafka } = await import('../pipeline/open-bus.ts');
      const config = await readConfig(args.config);
      if (config.kafka === undefined) {
        throw new WhosawError('CONFIG_INVALID', 'The config has no kafka: set kafka.brokers first.');
      }
      const { stages } = await loadStages(config);
      const { correlations } = stages.rules;
      const findings = await setupKafka(config.kafka, correlations, latenessMs(config), createLog('warn'));
      for (const { topic, did, message } of findings) console.log(`${did.padEnd(7)}  ${topic}: ${message}`);
    });
}
