import type { AccessKind, ActorKind, Outcome } from '../../core/event.ts';
import type { AccessGroup, AccessQuestion } from '../../core/access-reader.ts';
import { printPreciseTime } from './precise-time.ts';
import { storedEvents } from './stored-events.ts';
import type { EventSource } from './stored-events.ts';
import { bigintOf, isTrue, numberOf, optional, query, textOf, wholeOf } from './values.ts';
import type { Cells } from './values.ts';

/** Most frequent first. Companions without a kind, and calls that only name the secret among others, don't count. */
export async function readAccesses(
  source: EventSource,
  { secret, fromUs, toUs }: AccessQuestion,
): Promise<readonly AccessGroup[]> {
  const events = await storedEvents(source, { timeUs: [fromUs, Infinity] });
  const parameters = { secret, from: bigintOf(fromUs), to: bigintOf(toUs) };
  const rows = await query(source.connection, selectFrom(events), parameters);
  const groups = new Map<string, Share[]>();
  for (const share of rows.map(shareOf)) {
    const key = JSON.stringify([share.actor, share.kind, share.outcome, share.reason]);
    const shares = groups.get(key);
    if (shares === undefined) groups.set(key, [share]);
    else shares.push(share);
  }
  return [...groups.values()].flatMap(groupOf).toSorted((a, b) => b.count - a.count || compare(a.actor, b.actor));
}

/** A group's accesses from one address, as long as the actor's team is the same. */
interface Share {
  readonly actor: string;
  readonly actorKind: ActorKind;
  readonly team: string | undefined;
  readonly kind: AccessKind;
  readonly outcome: Outcome;
  readonly reason: string | undefined;
  readonly address: string | undefined;
  readonly count: number;
  readonly first: Moment;
  readonly last: Moment;
  readonly unexpected: readonly string[];
}

/** Microseconds times PRECISIONS, and the precision: see precise-time.ts. */
type Moment = bigint;

const BITS = 16n;
const PRECISIONS = 1n << BITS;

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
    first: momentOf(first),
    last: momentOf(last),
    unexpected: [
      ...(isTrue(network) ? ['network'] : []),
      ...(isTrue(role) ? ['role'] : []),
      ...(isTrue(schedule) ? ['schedule'] : []),
    ],
  };
}

function groupOf(shares: readonly Share[]): readonly AccessGroup[] {
  const byTime = shares.toSorted((a, b) => compareMoments(a.last, b.last));
  const newest = byTime.at(-1);
  const oldest = shares.toSorted((a, b) => compareMoments(a.first, b.first))[0];
  if (newest === undefined || oldest === undefined) return [];
  const team = byTime.findLast((share) => share.team !== undefined)?.team;
  const addresses = addressesOf(shares);
  return [
    {
      actor: newest.actor,
      actorKind: newest.actorKind,
      ...(team === undefined ? {} : { team }),
      kind: newest.kind,
      outcome: newest.outcome,
      ...(newest.reason === undefined ? {} : { reason: newest.reason }),
      count: shares.reduce((sum, { count }) => sum + count, 0),
      first: print(oldest.first),
      last: print(newest.last),
      addresses: addresses.slice(0, ADDRESSES_SHOWN),
      addressCount: addresses.length,
      unexpected: FACTS.filter((fact) => shares.some(({ unexpected }) => unexpected.includes(fact))),
    },
  ];
}

/** Most frequent first. */
function addressesOf(shares: readonly Share[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { address, count } of shares) {
    if (address !== undefined) counts.set(address, (counts.get(address) ?? 0) + count);
  }
  return Array.from(counts)
    .toSorted(([a, countA], [b, countB]) => countB - countA || compare(a, b))
    .map(([address]) => address);
}

function momentOf(cell: Cells[number] | undefined): Moment {
  return wholeOf(cell);
}

function print(moment: Moment): string {
  return printPreciseTime(Number(moment >> BITS), Number(moment & (PRECISIONS - 1n)));
}

function compareMoments(a: Moment, b: Moment): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const ADDRESSES_SHOWN = 3;
const FACTS = ['network', 'role', 'schedule'];

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
