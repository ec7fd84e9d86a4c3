import type { AccessGroup, AccessQuestion } from '../../core/access-reader.ts';
import { groupAccesses, momentOf, type Share } from '../access-shares.ts';
import { KEYWORD_LIMIT, longKey } from './event-document.ts';
import { readFacts, type EventFacts } from './facts.ts';
import { term, TIME } from './query-dsl.ts';
import type { Query } from './scan.ts';
import type { StoreContext } from './store-context.ts';

/** Most frequent first. Companions without a kind, and calls that only name the secret among others, don't count. */
export async function readAccesses(
  context: StoreContext,
  { secret, fromUs, toUs }: AccessQuestion,
): Promise<readonly AccessGroup[]> {
  await context.settle(context.indices.events);
  const filter = [
    ofSecret(secret),
    { exists: { field: 'whosaw.access.kind' } },
    { range: { [TIME]: { gte: fromUs } } },
  ];
  const accesses = new Map<string, EventFacts>();
  // Responses can come after the window: of a request that was answered, only the answer counts.
  const answered = new Set<string>();
  for await (const page of readFacts(context, { bool: { filter } })) {
    for (const event of page) {
      const isAnswer = event.whosaw.unanswered !== true;
      if (isAnswer) answered.add(event.event.id);
      if (event.whosaw.store.time_us > toUs) continue;
      const { id } = event.whosaw.access;
      const known = accesses.get(id);
      if (known === undefined || rank(event) < rank(known)) accesses.set(id, event);
    }
  }
  const counted = Array.from(accesses.values()).filter(
    ({ whosaw }) => whosaw.unanswered !== true || !answered.has(whosaw.access.id),
  );
  return groupAccesses(counted.map(shareOf));
}

export function ofSecret(secret: string): Query {
  return secret.length > KEYWORD_LIMIT ? term('whosaw.store.long', longKey(secret)) : term('whosaw.secret.id', secret);
}

/** Of the copies of an access the one that names its actor best; a request without its response last. */
function rank({ whosaw }: EventFacts): number {
  return (whosaw.unanswered === true ? 2 : 0) + ((whosaw.actor?.kind ?? 'unknown') === 'unknown' ? 1 : 0);
}

function shareOf({ '@timestamp': at, event, source, whosaw }: EventFacts): Share {
  const moment = momentOf(whosaw.store.time_us, at);
  return {
    actor: whosaw.actor?.id ?? 'unknown',
    actorKind: whosaw.actor?.kind ?? 'unknown',
    team: whosaw.actor?.team,
    kind: whosaw.access.kind ?? 'read',
    outcome: event.outcome,
    reason: event.reason,
    address: source?.address,
    count: 1,
    first: moment,
    last: moment,
    unexpected: (['network', 'role', 'schedule'] as const).filter((fact) => whosaw.expected?.[fact] === false),
  };
}
