import type { Check } from './finding.ts';

/** A rule that was never seen to fire may never fire; one that was never seen quiet may never be. */
export const UNTESTED: Check = {
  name: 'untested',
  run: ({ parsed, alerting }) =>
    alerting.flatMap(({ meta }) => {
      const cases = parsed.tests.find(({ rule }) => rule === meta.key)?.cases ?? [];
      const missing = (['fires', 'quiet'] as const).filter((kind) => !cases.some((test) => test.kind === kind));
      if (missing.length === 0) return [];
      const what = missing.length === 2 ? 'no `tests`' : `no test under \`${missing.join()}\``;
      return [
        {
          meta,
          level: 'warning',
          message: `${what}: nothing shows when it ${missing[0] === 'fires' ? 'fires' : 'stays quiet'}`,
        },
      ];
    }),
};
