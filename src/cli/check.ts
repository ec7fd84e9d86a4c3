import type { Command } from 'commander';
import { escapeText } from '../lib/escape.ts';

import { configOption, readConfig } from './config-option.ts';
import { check } from './findings.ts';

export function addCheck(program: Command, exit: (code: number) => void): void {
  program
    .command('check')
    .description('Try the config, rules, expectations, and whether everything can be reached. Starts nothing.')
    .addOption(configOption())
    .action(async (args: { readonly config?: string }) => {
      const findings = await check(await readConfig(args.config));
      for (const { ok, what, message } of findings)
        console.log(escapeText(`${ok ? 'ok  ' : 'FAIL'}  ${what}: ${message}`));
      if (findings.some(({ ok }) => !ok)) exit(2);
    });
}
