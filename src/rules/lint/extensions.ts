import { SIGMA_CORRELATION_TYPES } from '../../core/rule.ts';
import type { Check } from './finding.ts';

const SIGMA_TYPES: readonly string[] = SIGMA_CORRELATION_TYPES;

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
