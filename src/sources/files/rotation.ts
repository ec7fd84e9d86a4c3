import { basename, dirname } from 'node:path';

/**
 * How log rotation named a file. `audit.log.2.gz`, `audit.log-20260101.gz`, `audit.log.2026-01-01` and
 * `audit-2026-01-01T00-00-00.000.log` are all earlier parts of `audit.log`.
 */
export interface Rotation {
  /** Name of the file that is being written. */
  readonly base: string;
  readonly part: { readonly kind: 'dated' | 'numbered' | 'live'; readonly key: string };
}

export function rotationOf(name: string): Rotation {
  const plain = name.replace(/\.gz$/i, '');
  const dated = /^(.+?)[.-](\d{4}-\d\d-\d\d[T_.:\d-]*|\d{8,14}(?:[._-]\d{1,10})?)$/.exec(plain);
  if (dated !== null) return rotated('dated', dated[1], dated[2]);
  const numbered = /^(.+)\.(\d{1,5})$/.exec(plain);
  if (numbered !== null) return rotated('numbered', numbered[1], numbered[2]);
  const inside = /^(.+)-(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3})(\.[^.]+)$/.exec(plain);
  if (inside !== null) return rotated('dated', `${inside[1]}${inside[3]}`, inside[2]);
  return { base: plain, part: { kind: 'live', key: '' } };
}

/** Files with the same key are parts of one stream, cut up by rotation. */
export function streamOf(path: string): string {
  return `${dirname(path)}/${rotationOf(basename(path)).base}`;
}

/** Sorts paths by folder, then stream, and the parts of a stream oldest first. */
export function compareParts(left: string, right: string): number {
  return compareText(streamOf(left), streamOf(right)) || compareAge(left, right) || compareText(left, right);
}

/** Dates before numbers before what has neither; early dates and high numbers are old. */
function compareAge(left: string, right: string): number {
  const a = rotationOf(basename(left)).part;
  const b = rotationOf(basename(right)).part;
  if (a.kind !== b.kind) return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  return a.kind === 'numbered' ? Number(b.key) - Number(a.key) : compareText(digits(a.key), digits(b.key));
}

const KINDS = ['dated', 'numbered', 'live'] as const;

function rotated(kind: 'dated' | 'numbered', base: string | undefined, key: string | undefined): Rotation {
  return { base: base ?? '', part: { kind, key: key ?? '' } };
}

function digits(text: string): string {
  return text.replace(/\D/g, '');
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
