import type { Command } from 'commander';
import { addAlerts } from './alerts.ts';
import { addBackfill } from './backfill.ts';
import { addBacktest } from './backtest.ts';
import { addCheck } from './check.ts';
import { addConfig } from './config.ts';
import { addDemo } from './demo.ts';
import { addLearn } from './learn.ts';
import { addNormal } from './normal.ts';
import { addRules } from './rules.ts';
import { addScan } from './scan.ts';
import { addSearch } from './search.ts';
import { addTimeline } from './timeline.ts';
import { addTop } from './top.ts';
import { addUp } from './up.ts';
import { addWho } from './who.ts';

/** Adds a command to the program; `exit` sets the code with which the process ends. */
export type AddCommand = (program: Command, exit: (code: number) => void) => void;

export const COMMANDS: readonly AddCommand[] = [
  addUp,
  addWho,
  addTimeline,
  addTop,
  addSearch,
  addAlerts,
  addScan,
  addCheck,
  addConfig,
  addBackfill,
  addBacktest,
  addRules,
  addLearn,
  addNormal,
  addDemo,
];
