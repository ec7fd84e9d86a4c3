import type { Check } from './finding.ts';

/** The same id in a later folder: meant, as a rule, but it should be seen. */
export const REPLACED: Check = {
  name: 'replaced',
  run: ({ parsed }) =>
    parsed.replacements.map(({ id, file, line, by }) => ({
      meta: by,
      level: 'note',
      message: `replaces the rule with the same id ${id} at ${file}:${line}`,
    })),
};
