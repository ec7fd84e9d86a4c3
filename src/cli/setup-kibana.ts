import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { WhosawError } from '../core/errors.ts';
import { kibanaObjects } from '../stores/elasticsearch/kibana.ts';
import { configOption, readConfig } from './config-option.ts';
import { elasticsearchOf } from './setup-elasticsearch.ts';

export function addSetupKibana(setup: Command): void {
  setup
    .command('kibana')
    .description('Write data views, searches and a dashboard to a file that Kibana imports.')
    .argument('[file]', 'where to', 'whosaw-kibana.ndjson')
    .addOption(configOption())
    .action(async (file: string, args: { readonly config?: string }) => {
      const { prefix } = elasticsearchOf(await readConfig(args.config));
      await writeFile(file, kibanaObjects(prefix)).catch((cause: unknown) => {
        throw new WhosawError('USAGE', `${file} cannot be written; name another file.`, { cause });
      });
      console.log(`${file}: import it in Kibana under Stack Management, Saved Objects`);
    });
}
