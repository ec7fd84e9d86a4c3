import { Command, CommanderError } from 'commander';
import { printProblem, WhosawError } from '../core/errors.ts';
import { escapeText } from '../lib/escape.ts';
import { commandsFor } from './commands.ts';
import { version } from './version.ts';

/** Exit codes: 0, 1 when alerts fired that were asked about or a test failed, 2 on an error. Only this file exits. */
const EXIT_ERROR = 2;

const program = new Command('whosaw')
  .description(
    'Who saw that secret? Audit streams of Vault, AWS Secrets Manager and Azure Key Vault: alerts and answers.',
  )
  .version(version())
  .showSuggestionAfterError()
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });
for (const add of await commandsFor(process.argv.slice(2))) add(program, (code) => (process.exitCode = code));

// A reader that goes away (`whosaw who x | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : EXIT_ERROR);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}
// A client of a server that is away may hold on to its connections; whatever had to be finished is.
process.stdout.write('', () => process.exit());

function explain(error: unknown): number {
  // Help and version end here too, with 0; commander has said already what was wrong.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_ERROR;
  if (error instanceof WhosawError) {
    for (const problem of error.problems) console.error(escapeText(printProblem(problem)));
    console.error(`whosaw: ${error.message.split('\n').map(escapeText).join('\n')}`);
    return EXIT_ERROR;
  }
  console.error('whosaw: this is a bug in whosaw; please report it:', error);
  return EXIT_ERROR;
}
