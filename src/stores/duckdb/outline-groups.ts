import type { OutlinePage, OutlineQuestion } from '../../core/access-reader.ts';
import type { AccessKind, Outcome } from '../../core/event.ts';
import { FACTS, type EventOutline } from '../../core/event-outline.ts';

/** Events of which all but time and id is the same. */
export interface OutlineGroup {
  /** Each as `<microseconds>:<id>`, with blanks between. */
  readonly events: string;
  /** By OUTLINE_COLUMNS. */
  readonly facts: readonly (string | boolean | null)[];
}

const TEXTS = [
  'dataset',
  'action',
  'kind',
  'actor',
  'team',
  'user_name',
  'secret',
  'path',
  'wrap',
  'outcome',
  'reason',
];
const EXPECTED = ['expected_network', 'expected_role', 'expected_schedule'];
export const OUTLINE_COLUMNS = [...TEXTS, 'address', ...EXPECTED];

/** In the order of the question. */
export function pageOfGroups(groups: readonly OutlineGroup[], { order, limit }: OutlineQuestion): OutlinePage {
  const outlines: EventOutline[] = [];
  for (const { events, facts } of groups) {
    const shared = outlineFacts(facts);
    for (const event of events.split(' ')) {
      const colon = event.indexOf(':');
      outlines.push({ timeUs: Number(event.slice(0, colon)), id: event.slice(colon + 1), ...shared });
    }
  }
  const sign = order === 'newest' ? -1 : 1;
  outlines.sort((a, b) => sign * (a.timeUs - b.timeUs || (a.id < b.id ? -1 : 1)));
  const last = outlines.at(-1);
  if (last === undefined || outlines.length < limit) return { outlines };
  return { outlines, next: { timeUs: last.timeUs, id: last.id } };
}

function outlineFacts(facts: OutlineGroup['facts']): Omit<EventOutline, 'timeUs' | 'id'> {
  const [dataset, action, kind, actor, team, user, secret, path, wrap, outcome, reason, address, ...expected] = facts;
  const texts = { actor, team, user, secret, path, wrap, reason, address };
  return {
    dataset: String(dataset),
    action: String(action),
    ...(typeof kind === 'string' ? { kind: kind as AccessKind } : {}),
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => typeof text === 'string')),
    outcome: outcome as Outcome,
    unexpected: FACTS.filter((_, index) => expected[index] === false),
  };
}
