import type { Check } from './finding.ts';

/** Source: the correlation types of the Sigma specification 2.1. */
const SIGMA_TYPES: readonly string[] = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
];

/** What other readers of Sigma do not know. */
export const EXTENSIONS: Check = {
  name: 'extension',
  run: ({ parsed }) =>
    parsed.correlations
      .filter(({ type }) => !SIGMA_TYPES.includes(type))
      .map(({ meta, type }) => ({
        meta,
        level: 'note',
        message: `the correlation type \`${type}\` is an extension of whosaw: other Sigma tools can not read it`,
      })),
};
