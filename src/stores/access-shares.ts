import type { AccessKind, ActorKind, Outcome } from '../core/event.ts';
import type { AccessGroup } from '../core/access-reader.ts';
import { precisionOf, printPreciseTime } from './precise-time.ts';

/** Most frequent first. */
export function groupAccesses(shares: Iterable<Share>): readonly AccessGroup[] {
  const groups = new Map<string, Share[]>();
  for (const share of shares) {
    const key = JSON.stringify([share.actor, share.kind, share.outcome, share.reason]);
    const others = groups.get(key);
    if (others === undefined) groups.set(key, [share]);
    else others.push(share);
  }
  return [...groups.values()].flatMap(groupOf).toSorted((a, b) => b.count - a.count || compare(a.actor, b.actor));
}

/** A group's accesses from one address, as long as the actor's team is the same. */
export interface Share {
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

/** Microseconds times PRECISIONS, and the precision: see precise-time.ts. One number compares faster than a pair. */
export type Moment = bigint;

const BITS = 16n;
export const PRECISIONS = 1n << BITS;

export function momentOf(timeUs: number, timestamp: string): Moment {
  return BigInt(timeUs) * PRECISIONS + BigInt(precisionOf(timestamp));
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
