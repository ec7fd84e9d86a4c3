import type { RuleMeta } from '../../core/rule.ts';
import type { Check, Remark } from './finding.ts';

/** People know alerts by their titles. The same id twice is found when the rules are read. */
export const DUPLICATE_TITLES: Check = {
  name: 'duplicate-title',
  run({ alerting }) {
    const first = new Map<string, RuleMeta>();
    return alerting.flatMap(({ meta }): readonly Remark[] => {
      const title = meta.title.trim().toLowerCase();
      const known = first.get(title);
      if (known === undefined) {
        first.set(title, meta);
        return [];
      }
      return [
        {
          meta,
          level: 'warning',
          message: `the title \`${meta.title}\` is already that of ${known.file}:${known.line}`,
        },
      ];
    });
  },
};
