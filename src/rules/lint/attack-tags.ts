import type { Check } from './finding.ts';

const TECHNIQUE = /^attack\.t\d{4}(?:\.\d{3})?$/i;

/** An alert should say which technique of MITRE ATT&CK it is a sign of. */
export const ATTACK_TAGS: Check = {
  name: 'attack-tag',
  run: ({ alerting }) =>
    alerting
      .filter(({ meta }) => !meta.tags.some((tag) => TECHNIQUE.test(tag)))
      .map(({ meta }) => ({
        meta,
        level: 'warning',
        message: '`tags` names no ATT&CK technique; add one, as attack.t1555.006',
      })),
};
