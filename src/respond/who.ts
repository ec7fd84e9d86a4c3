import type { AccessGroup, AccessReader, SecretFacts, SourceFacts } from '../core/access-reader.ts';
import { deletedBefore, type DeletedBefore } from './deleted.ts';
import type { Gap } from '../core/gap.ts';
import { findSecret } from './find-secret.ts';
import type { TimeWindow } from './window.ts';

/** Who saw the secret: the first question of an incident. */
export interface WhoAnswer {
  readonly secret: SecretFacts;
  readonly window: TimeWindow;
  /** Reads that gave the secret away, by identity; unexpected first. */
  readonly retrieved: readonly AccessGroup[];
  /** Reads that failed, by identity and reason. */
  readonly denied: readonly AccessGroup[];
  /** Reads of which nobody knows: the response was not logged, or a batch call named the secret. */
  readonly unknown: readonly AccessGroup[];
  /** Everything that is no read: lists, writes, deletions, administration. */
  readonly other: readonly AccessGroup[];
  readonly sources: readonly SourceFacts[];
  /** A part of the window is not there any more. */
  readonly deleted?: DeletedBefore;
  /** What may be missing of the window. */
  readonly gaps: readonly Gap[];
  /** Where the window is empty though the secret was accessed: the first and last time (RFC 3339). */
  readonly elsewhere?: { readonly first: string; readonly last: string };
}

const GAPS_LIMIT = 1_000;
/** Checkpoints that are no source's own begin with it. */
const INTERNAL = '#';

/** `text`: a secret's id or an unambiguous end of it. Throws NOT_FOUND or AMBIGUOUS. */
export async function who(reader: AccessReader, text: string, window: TimeWindow): Promise<WhoAnswer> {
  const secret = await findSecret(reader, text);
  const groups = await reader.accesses({ secret: secret.secret.id, ...window });
  const sources = (await reader.sources()).filter(({ source }) => !source.startsWith(INTERNAL));
  const of = (keep: (group: AccessGroup) => boolean): readonly AccessGroup[] => groups.filter(keep).sort(byUrgency);
  const deleted = await deletedBefore(reader, window);
  const elsewhere = groups.length === 0 ? await whereElse(reader, secret.secret.id) : undefined;
  return {
    secret,
    window,
    retrieved: of(({ kind, outcome }) => kind === 'read' && outcome === 'success'),
    denied: of(({ kind, outcome }) => kind === 'read' && outcome === 'failure'),
    unknown: of(({ kind, outcome }) => kind === 'read' && outcome === 'unknown'),
    other: of(({ kind }) => kind !== 'read'),
    sources,
    ...(deleted === undefined ? {} : { deleted }),
    gaps: await reader.gaps({ ...window, limit: GAPS_LIMIT }),
    ...(elsewhere === undefined ? {} : { elsewhere }),
  };
}

function byUrgency(a: AccessGroup, b: AccessGroup): number {
  return b.unexpected.length - a.unexpected.length || (a.first < b.first ? -1 : a.first > b.first ? 1 : 0);
}

async function whereElse(reader: AccessReader, secret: string): Promise<WhoAnswer['elsewhere']> {
  const groups = await reader.accesses({ secret, fromUs: 0, toUs: Number.MAX_SAFE_INTEGER });
  const first = groups.map((group) => group.first).sort()[0];
  const last = groups
    .map((group) => group.last)
    .sort()
    .at(-1);
  return first === undefined || last === undefined ? undefined : { first, last };
}
