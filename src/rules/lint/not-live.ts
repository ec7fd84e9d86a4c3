import { notLive } from '../not-live.ts';
import type { Check } from './finding.ts';

/** A rule that is fine, but that `whosaw up` refuses. */
export const NOT_LIVE: Check = {
  name: 'not-live',
  run: ({ parsed }) =>
    notLive(parsed.correlations).map(({ file, line, message }) => ({ meta: { file, line }, level: 'warning', message })),
};
