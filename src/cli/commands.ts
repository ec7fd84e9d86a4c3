import type { Command } from 'commander';
import { addAlerts } from './alerts.ts';
import { addBacktest } from './backtest.ts';
import { addCheck } from './check.ts';
import { addConfig } from './config.ts';
import { addCoverage } from './coverage.ts';
import { addDemo } from './demo.ts';
import { addLearn } from './learn.ts';
import { addNormal } from './normal.ts';
import { addPeople } from './people.ts';
import { addRules } from './rules.ts';
import { addScan } from './scan.ts';
import { addSearch } from './search.ts';
import { addSetup } from './setup.ts';
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
  addCoverage,
  addScan,
  addCheck,
  addSetup,
  addConfig,
  addBacktest,
  addRules,
  addLearn,
  addPeople,
  addNormal,
  addDemo,
];
