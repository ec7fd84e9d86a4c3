import { EVENT_FIELDS, isEventField } from '../core/fields.ts';
import { nearest } from '../lib/nearest.ts';
import type { Place, Report } from './syntax.ts';
import { didYouMean } from './yaml-read.ts';

const NAMES = Object.keys(EVENT_FIELDS);

/**
 * Judges the name of a field: `whosaw.*` is ours alone, so that an unknown one is an error (the answer is then false);
 * any other unknown name is a vendor's, though one that is nearly ours is more likely a slip of the pen.
 */
export function checkFieldName(name: string, place: Place, report: Report): boolean {
  if (isEventField(name)) return true;
  const wrong = wrongName(name);
  if (wrong !== undefined) {
    report(place, wrong);
    return false;
  }
  const meant = name.includes('.') ? nearest(name, NAMES) : undefined;
  if (meant !== undefined)
    report(place, `\`${name}\` is a field of the vendor's record; did you mean \`${meant}\`?`, 'warning');
  return true;
}

/** What is wrong with the name, where it can not be any field's. */
export function wrongName(name: string): string | undefined {
  if (!name.startsWith('whosaw.') || isEventField(name)) return undefined;
  return `there is no field \`${name}\`${didYouMean(name, NAMES)}`;
}
