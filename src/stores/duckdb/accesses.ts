import type { AccessKind, ActorKind, Outcome } from '../../core/event.ts';
import type { AccessGroup, AccessQuestion } from '../../core/access-reader.ts';
import { groupAccesses, PRECISIONS, type Share } from '../access-shares.ts';
import { BY_SECRET } from './day-index-tables.ts';
import { indexedEvents } from './indexed-events.ts';
import type { EventSource } from './stored-events.ts';
import { bigintOf, isTrue, numberOf, optional, query, textOf, wholeOf } from './values.ts';
import type { Cells } from './values.ts';

/** Most frequent first. Companions without a kind, and calls that only name the secret among others, don't count. */
export async function readAccesses(
  source: EventSource,
  { secret, fromUs, toUs }: AccessQuestion,
): Promise<readonly AccessGroup[]> {
  const events = await indexedEvents(source, BY_SECRET, [fromUs, Infinity]);
  const parameters = { secret, from: bigintOf(fromUs), to: bigintOf(toUs) };
  const rows = await query(source.connection, selectFrom(events), parameters);
  return groupAccesses(rows.map(shareOf));
}

function shareOf(cells: Cells): Share {
  const [actor, actorKind, team, kind, outcome, reason, address, count, ...rest] = cells;
  const [first, last, network, role, schedule] = rest;
  return {
    actor: textOf(actor),
    actorKind: textOf(actorKind) as ActorKind,
    team: optional(team, textOf),
    kind: textOf(kind) as AccessKind,
    outcome: textOf(outcome) as Outcome,
    reason: optional(reason, textOf),
    address: optional(address, textOf),
    count: numberOf(count),
    first: wholeOf(first),
    last: wholeOf(last),
    unexpected: [
      ...(isTrue(network) ? ['network'] : []),
      ...(isTrue(role) ? ['role'] : []),
      ...(isTrue(schedule) ? ['schedule'] : []),
    ],
  };
}

/**
 * `shared`: accesses that several events tell of (both accounts log a call). `hits`: what happened to the secret, without
 * the unanswered request whose response came after all, and of the copies of one access the one that names its actor
 * best. A moment is its microsecond and precision in one number, which compares faster than a pair.
 */
function selectFrom(events: string): string {
  return `
  WITH named AS MATERIALIZED (
    SELECT
      id, access, time, time_precision, actor, actor_kind, team, kind, outcome, reason, address,
      expected_network, expected_role, expected_schedule, unanswered
    FROM ${events}
    WHERE secret = $secret AND time >= $from AND kind IS NOT NULL
  ), shared AS MATERIALIZED (
    SELECT access FROM named WHERE access IS NOT NULL
  ), hits AS (
    SELECT * FROM named
    WHERE time <= $to AND access IS NULL AND NOT unanswered AND id NOT IN (SELECT access FROM shared)
    UNION ALL
    SELECT * FROM named
    WHERE time <= $to AND (access IS NOT NULL OR unanswered OR id IN (SELECT access FROM shared))
      AND (NOT unanswered OR coalesce(access, id) NOT IN (SELECT id FROM named WHERE NOT unanswered))
    QUALIFY row_number() OVER (
      PARTITION BY coalesce(access, id) ORDER BY coalesce(actor_kind, 'unknown') = 'unknown', time, id) = 1
  )
  SELECT
    coalesce(actor, 'unknown') AS who, coalesce(actor_kind, 'unknown') AS what, team,
    kind, outcome, reason, address, count(*),
    min(time::HUGEINT * ${PRECISIONS} + time_precision), max(time::HUGEINT * ${PRECISIONS} + time_precision),
    bool_or(expected_network = false), bool_or(expected_role = false), bool_or(expected_schedule = false)
  FROM hits GROUP BY who, what, team, kind, outcome, reason, address`;
}
