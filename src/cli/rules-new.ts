import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Option, type Command } from 'commander';
import { WhosawError } from '../core/errors.ts';
import { escapeText } from '../lib/escape.ts';
import { shellQuote } from '../lib/shell-quote.ts';
import { NEW_RULE_TYPES, newRule, type NewRuleType } from '../rules/new-rule.ts';

const SCHEMA = fileURLToPath(new URL('../../schemas/rule.json', import.meta.url));

interface NewArguments {
  readonly title?: string;
  readonly type: NewRuleType;
}

export function addRulesNew(rules: Command): void {
  rules
    .command('new')
    .description('Write a rule file to begin with, with tests that pass.')
    .argument('<file>', 'a .yml file that does not exist yet')
    .option('--title <title>', 'what people read in the alert; default: from the name of the file')
    .addOption(new Option('--type <type>', 'what it counts').choices(NEW_RULE_TYPES).default('single'))
    .action((file: string, args: NewArguments) => runNew(file, args));
}

async function runNew(file: string, { title, type }: NewArguments): Promise<void> {
  if (!['.yml', '.yaml'].includes(extname(file))) {
    throw new WhosawError('USAGE', `${file} would not be read: the name of a rule file ends in .yml.`);
  }
  const text = newRule({ type, id: randomUUID(), title: title ?? titleOf(file), schema: schemaFor(file) });
  try {
    await makeFolder(dirname(file));
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const why = exists ? 'exists already; choose another name' : 'cannot be written; choose another place';
    throw new WhosawError('USAGE', `${file} ${why}.`, { cause });
  }
  console.log(escapeText(file));
  console.log(escapeText(`next  whosaw rules test ${shellQuote(file)}`));
}

/** One that is missing; more than one is a slip of the pen. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** `reads-of-root.yml` -> `Reads of root` */
function titleOf(file: string): string {
  const words = basename(file, extname(file))
    .replaceAll(/[-_.\s]+/g, ' ')
    .trim();
  return words === '' ? 'A new rule' : words.charAt(0).toUpperCase() + words.slice(1);
}

/** Relative to the rule, where whosaw is installed in the project; a path of this machine would be none of another. */
function schemaFor(file: string): string | undefined {
  const isInProject = [SCHEMA, resolve(file)].every((path) => !relative(process.cwd(), path).startsWith('..'));
  return isInProject
    ? relative(dirname(resolve(file)), SCHEMA)
        .split(sep)
        .join('/')
    : undefined;
}
