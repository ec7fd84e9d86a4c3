import type { DuckDBConnection } from '@duckdb/node-api';
import type { AccessKind, ActorKind, Outcome } from '../../core/event.ts';
import type { AccessGroup, AccessQuestion } from '../../core/ports.ts';
import { printPreciseTime } from './precise-time.ts';
import { CATALOG } from './table.ts';
import { bigintOf, isTrue, numberOf, optional, query, textOf } from './values.ts';
import type { Cells } from './values.ts';

/** Most frequent first. Companions without a kind, and calls that only name the secret among others, don't count. */
export async function readAccesses(
  connection: DuckDBConnection,
  { secret, fromUs, toUs }: AccessQuestion,
): Promise<readonly AccessGroup[]> {
  const rows = await query(connection, SELECT, { secret, from: bigintOf(fromUs), to: bigintOf(toUs) });
  const groups = new Map<string, Share[]>();
  for (const share of rows.map(shareOf)) {
    const key = JSON.stringify([share.actor, share.kind, share.outcome, share.reason]);
    const shares = groups.get(key);
    if (shares === undefined) groups.set(key, [share]);
    else shares.push(share);
  }
  return [...groups.values()].flatMap(groupOf).toSorted((a, b) => b.count - a.count || compare(a.actor, b.actor));
}

/** A group's accesses from one address. */
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

interface Moment {
  readonly timeUs: number;
  /** See precise-time.ts. */
  readonly precision: number;
}

function shareOf(cells: Cells): Share {
  const [actor, actorKind, team, kind, outcome, reason, address, count, ...rest] = cells;
  const [firstTime, firstPrecision, lastTime, lastPrecision, network, role, schedule] = rest;
  return {
    actor: textOf(actor),
    actorKind: textOf(actorKind) as ActorKind,
    team: optional(team, textOf),
    kind: textOf(kind) as AccessKind,
    outcome: textOf(outcome) as Outcome,
    reason: optional(reason, textOf),
    address: optional(address, textOf),
    count: numberOf(count),
    first: { timeUs: numberOf(firstTime), precision: numberOf(firstPrecision) },
    last: { timeUs: numberOf(lastTime), precision: numberOf(lastPrecision) },
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
  const addresses = shares
    .filter(({ address }) => address !== undefined)
    .toSorted((a, b) => b.count - a.count || compare(a.address ?? '', b.address ?? ''))
    .map(({ address }) => address ?? '');
  return [
    {
      actor: newest.actor,
      actorKind: newest.actorKind,
      ...(newest.team === undefined ? {} : { team: newest.team }),
      kind: newest.kind,
      outcome: newest.outcome,
      ...(newest.reason === undefined ? {} : { reason: newest.reason }),
      count: shares.reduce((sum, { count }) => sum + count, 0),
      first: printPreciseTime(oldest.first.timeUs, oldest.first.precision),
      last: printPreciseTime(newest.last.timeUs, newest.last.precision),
      addresses: addresses.slice(0, ADDRESSES_SHOWN),
      addressCount: addresses.length,
      unexpected: FACTS.filter((fact) => shares.some(({ unexpected }) => unexpected.includes(fact))),
    },
  ];
}

function compareMoments(a: Moment, b: Moment): number {
  return a.timeUs - b.timeUs || a.precision - b.precision;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const ADDRESSES_SHOWN = 3;
const FACTS = ['network', 'role', 'schedule'];

/**
 * `hits`: what happened to the secret, without the unanswered request whose response came after all, and of the copies
 * of one access (both accounts log a call) the one that names its actor best.
 */
const SELECT = `
  WITH named AS (
    SELECT *, coalesce(access, id) AS access_id FROM ${CATALOG}.events
    WHERE secret = $secret AND time BETWEEN $from AND $to AND kind IS NOT NULL
  ), hits AS (
    SELECT * FROM named
    WHERE NOT unanswered OR access_id NOT IN (
      SELECT id FROM ${CATALOG}.events WHERE secret = $secret AND time >= $from AND NOT unanswered)
    QUALIFY row_number() OVER (PARTITION BY access_id ORDER BY coalesce(actor_kind, 'unknown') = 'unknown', time, id) = 1
  )
  SELECT
    coalesce(actor, 'unknown') AS who, coalesce(arg_max(actor_kind, time), 'unknown'), arg_max(team, time),
    kind, outcome, reason, address, count(*),
    min(time), arg_min(time_precision, (time, time_precision)),
    max(time), arg_max(time_precision, (time, time_precision)),
    bool_or(expected_network = false), bool_or(expected_role = false), bool_or(expected_schedule = false)
  FROM hits GROUP BY who, kind, outcome, reason, address`;
