import type { QuestionSizes } from './questions.ts';

/** How much is measured. */
export interface Sizes {
  /** Of each measurement; the median counts. */
  readonly runs: number;
  readonly stageEvents: number;
  readonly vaultEvents: number;
  readonly cloudtrailEvents: number;
  readonly questions: QuestionSizes;
  /** Of CloudTrail archives. */
  readonly scanBytes: number;
  readonly idle: Pace;
  readonly busy: Pace;
}

interface Pace {
  readonly marksPerSecond: number;
  readonly seconds: number;
}

export const FULL: Sizes = {
  runs: 3,
  stageEvents: 60_000,
  vaultEvents: 1_000_000,
  cloudtrailEvents: 300_000,
  questions: { events: 10_000_000, days: 30, rounds: 50 },
  scanBytes: 1_260_000_000,
  idle: { marksPerSecond: 4, seconds: 60 },
  busy: { marksPerSecond: 10, seconds: 60 },
};

/** Under a minute in all: to see that nothing broke, not to quote. */
export const QUICK: Sizes = {
  runs: 1,
  stageEvents: 10_000,
  vaultEvents: 20_000,
  cloudtrailEvents: 20_000,
  questions: { events: 50_000, days: 30, rounds: 5 },
  scanBytes: 60_000_000,
  idle: { marksPerSecond: 4, seconds: 4 },
  busy: { marksPerSecond: 10, seconds: 5 },
};
