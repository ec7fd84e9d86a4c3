import type { Command } from 'commander';
import { stringify } from 'yaml';
import { readSecret } from '../alerts/read-secret.ts';
import { WhosawError } from '../core/errors.ts';
import { readEntities } from '../sources/vault/identity-api.ts';
import { peopleOf } from '../sources/vault/identity-people.ts';

interface PeopleArguments {
  readonly address: string;
  readonly cluster: string;
  readonly tokenFile?: string;
  readonly namespace?: string;
}

export function addPeople(program: Command): void {
  program
    .command('people')
    .description("Draft `people:` of expectations.yaml from Vault's identity API: whose logins are one person's.")
    .requiredOption('--address <url>', 'https://HOST:PORT of Vault or OpenBao')
    .option('--cluster <name>', 'the cluster in the ids', 'vault')
    .option('--token-file <file>', 'a token that may list and read identity/entity/id; without it VAULT_TOKEN')
    .option('--namespace <name>', 'its namespace')
    .action(runPeople);
}

async function runPeople({ address, cluster, tokenFile, namespace }: PeopleArguments): Promise<void> {
  if (!/^https?:\/\/[^\s/]+\/?$/.test(address)) throw new WhosawError('USAGE', '--address is https://HOST:PORT.');
  const token = await readSecret(tokenFile === undefined ? '${VAULT_TOKEN}' : { file: tokenFile }, 'the token');
  const people = peopleOf(await readEntities({ address, token, namespace }), cluster);
  const entries = Array.from(people, ([email, ids]): [string, readonly string[]] => [`person:${email}`, ids]);
  const yaml = stringify({ people: Object.fromEntries(entries) }, { lineWidth: 0 });
  process.stdout.write(`# ${people.size} people; review it, then put it into expectations.yaml\n${yaml}`);
}
