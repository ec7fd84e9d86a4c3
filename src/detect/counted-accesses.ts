import type { HitRef } from './episode.ts';
import type { Group } from './group.ts';

/** A group, and by which hits accesses are counted that several events tell of. */
export interface CountedAccesses {
  readonly group: Group;
  /** By access and base. */
  aliases: Map<string, HitRef> | undefined;
}

/** Copies of an access come close together; a set this large holds only old ones. */
const ALIASES_LIMIT = 10_000;

export interface AccessHit extends HitRef {
  readonly accessId: string;
}

function nameOf(base: number, accessId: string): string {
  return `${base}:${accessId}`;
}

/** The hit by which the access of `hit` is counted already. */
export function copyOf(entry: CountedAccesses, { base, accessId, eventId }: AccessHit): HitRef | undefined {
  const known = entry.aliases?.get(nameOf(base, accessId));
  return known === undefined && accessId !== eventId ? entry.group.find(accessId, base) : known;
}

export function rememberAccess(entry: CountedAccesses, { accessId, ...hit }: AccessHit): void {
  if (entry.aliases === undefined || entry.aliases.size >= ALIASES_LIMIT) entry.aliases = new Map();
  entry.aliases.set(nameOf(hit.base, accessId), hit);
}

/** The remembered hits, with the accesses that they are of. */
export function accessesOf({
  group,
  aliases,
}: CountedAccesses): readonly { readonly hit: HitRef; readonly accessId: string; readonly appendedMs: number }[] {
  const names = new Map(
    Array.from(aliases ?? [], ([name, { base, eventId }]) => [
      nameOf(base, eventId),
      name.slice(name.indexOf(':') + 1),
    ]),
  );
  return group.hits().map(({ hit, appendedMs }) => ({
    hit,
    appendedMs,
    accessId: names.get(nameOf(hit.base, hit.eventId)) ?? hit.eventId,
  }));
}
