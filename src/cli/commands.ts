import type { Command } from 'commander';

/** Adds a command to the program; `exit` sets the code with which the process ends. */
export type AddCommand = (program: Command, exit: (code: number) => void) => void;

/** By the commands' names, in the order of the help. Each is loaded when it is asked for: most need little of the program. */
export const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  up: async () => (await import('./up.ts')).addUp,
  who: async () => (await import('./who.ts')).addWho,
  timeline: async () => (await import('./timeline.ts')).addTimeline,
  top: async () => (await import('./top.ts')).addTop,
  search: async () => (await import('./search.ts')).addSearch,
  alerts: async () => (await import('./alerts.ts')).addAlerts,
  coverage: async () => (await import('./coverage.ts')).addCoverage,
  scan: async () => (await import('./scan.ts')).addScan,
  check: async () => (await import('./check.ts')).addCheck,
  setup: async () => (await import('./setup.ts')).addSetup,
  config: async () => (await import('./config.ts')).addConfig,
  retention: async () => (await import('./retention.ts')).addRetention,
  backfill: async () => (await import('./backfill.ts')).addBackfill,
  backtest: async () => (await import('./backtest.ts')).addBacktest,
  rules: async () => (await import('./rules.ts')).addRules,
  learn: async () => (await import('./learn.ts')).addLearn,
  people: async () => (await import('./people.ts')).addPeople,
  normal: async () => (await import('./normal.ts')).addNormal,
  demo: async () => (await import('./demo.ts')).addDemo,
};

/** Those that a command line may mean: the one that it begins with, else all. */
export async function commandsFor([name = '']: readonly string[]): Promise<readonly AddCommand[]> {
  const meant = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return Promise.all((meant === undefined ? Object.values(COMMANDS) : [meant]).map((load) => load()));
}
