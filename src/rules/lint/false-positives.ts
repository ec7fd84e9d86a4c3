import type { Check } from './finding.ts';

/** Whoever is called at night should read first what else it may be. */
export const FALSE_POSITIVES: Check = {
  name: 'false-positives',
  run: ({ alerting }) =>
    alerting
      .filter(({ meta }) => meta.falsepositives.length === 0)
      .map(({ meta }) => ({
        meta,
        level: 'warning',
        message: '`falsepositives` is missing; say what harmless thing looks the same',
      })),
};
