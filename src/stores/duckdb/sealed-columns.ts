import { sha256 } from '../../lib/hash.ts';
import { EVENTS } from './tables.ts';

/** 64 bits: nobody finds other facts with the same. */
const FINGERPRINT_DIGITS = 16;

/**
 * What stands in a sealed file: the columns of the table, times as TIMESTAMP (UTC), and the whole event with the
 * vendor's redacted record as JSON in `document`. `e` are rows of the table, `d` their documents.
 */
export const SEALED_COLUMNS = [
  ...EVENTS.columns
    .map(({ name }) => name)
    .filter((name) => name !== 'block' && name !== 'slot')
    .map((name) => sealedColumn(name)),
  'decode(d.document) AS document',
];

/** What stands in the file of ids beside it. */
export const ID_COLUMNS = [
  'make_timestamp(time) AS time',
  'id',
  `sha256(${textHash('actor')} || ${textHash('secret')} || outcome)[:${FINGERPRINT_DIGITS}] AS facts`,
];

/** What a duplicate has in common with the sealed event: the same as in ID_COLUMNS. */
export function factsFingerprint(actor: string | undefined, secret: string | undefined, outcome: string): string {
  const known = (text: string | undefined): string => sha256(text === undefined ? '-' : `+${text}`);
  return sha256(known(actor) + known(secret) + outcome).slice(0, FINGERPRINT_DIGITS);
}

function sealedColumn(name: string): string {
  if (name === 'time') return 'make_timestamp(e.time) AS time';
  return name === 'appended' ? 'make_timestamp(e.appended * 1000) AS appended' : `e.${name}`;
}

function textHash(column: string): string {
  return `sha256(coalesce('+' || ${column}, '-'))`;
}
