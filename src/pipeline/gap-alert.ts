import type { Alert } from '../core/alert.ts';
import type { Gap, GapKind } from '../core/gap.ts';
import type { Level } from '../core/rule.ts';
import { id128 } from '../lib/hash.ts';

interface Telling {
  readonly title: string;
  readonly level: Level;
  why(gap: Gap): string;
}

/**
 * Gaps that somebody has to hear of at once. Not: that whosaw was stopped, which whoever did it knows; that an audit device
 * was removed, which a rule tells; a new salt, by which nothing is missing.
 */
const TOLD: Partial<Record<GapKind, Telling>> = {
  dropped: {
    title: 'Audit entries were dropped: the spill has no room',
    level: 'high',
    why: ({ source, from }) => `${source} brings more than is taken on since ${from}; what is dropped is counted`,
  },
  missing: {
    title: 'An audit device is silent while another one speaks',
    level: 'high',
    why: ({ count = 1, healedBy = 'another', source }) =>
      `${count} ${count === 1 ? 'entry' : 'entries'} of ${healedBy} did not come by ${source}`,
  },
  canary: {
    title: 'The canary read did not come back',
    level: 'high',
    why: ({ source, from }) => `no read of the canary was seen by ${source} since ${from}: it may be blind`,
  },
};

/** One alert for each gap; it grows as the gap does. */
export function alertOfGap(gap: Gap): readonly Alert[] {
  const telling = TOLD[gap.kind];
  if (telling === undefined) return [];
  const { from, to = gap.from, version, source, kind } = gap;
  const alert: Alert = {
    id: id128('gap-alert', gap.id),
    version,
    rule: {
      id: `whosaw/coverage/${kind}`,
      title: telling.title,
      level: telling.level,
      status: 'stable',
      tags: ['attack.defense-evasion', 'attack.t1562.008'],
      falsepositives: [],
    },
    rules_version: '',
    group: { 'whosaw.origin.source': source },
    opened: from,
    first: from,
    last: to,
    ends: to,
    count: Math.max(1, gap.count ?? 1),
    why: telling.why(gap),
    events: [],
  };
  return [alert];
}
