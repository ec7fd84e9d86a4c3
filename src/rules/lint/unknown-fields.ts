import { EVENT_FIELDS, isEventField } from '../../core/fields.ts';
import { nearest } from '../../lib/nearest.ts';
import { alternativesOf } from '../compile-test.ts';
import { CHANNELS, channelsOf } from '../logsource.ts';
import type { Detection, Item, Place } from '../syntax.ts';
import { didYouMean } from '../yaml-read.ts';
import type { Check, Linted, Remark } from './finding.ts';
import { itemsOf, ownOf } from './items.ts';
import { VENDOR_FIELDS, type VendorFields } from './vendor-fields.ts';

/** Fields that no event has: nothing is ever found in them. What is wrong with `whosaw.*` the reader says itself. */
export const UNKNOWN_FIELDS: Check = {
  name: 'unknown-field',
  run: (linted) => [...linted.parsed.detections.flatMap(ofDetection), ...ofCorrelations(linted)],
};

function ofDetection(detection: Detection): readonly Remark[] {
  const { meta } = detection;
  const own = new Set(itemsOf(ownOf(detection)));
  const vendors = vendorsOf([detection]);
  const told = new Set<string>();
  return itemsOf(detection.expression).flatMap((item) => {
    const isOwn = own.has(item);
    return fieldsOf(item).flatMap((field) => {
      if (told.has(field)) return [];
      told.add(field);
      const remarks = remark(field, vendors, meta, isOwn ? item.place : undefined);
      return isOwn ? remarks : remarks.map((one) => ({ ...one, message: `in a filter of it: ${one.message}` }));
    });
  });
}

/** The field of a line, and those that it is compared with. */
function fieldsOf({ field, tests }: Item): readonly string[] {
  const references = tests.flatMap(alternativesOf).flatMap((test) => (test.kind === 'reference' ? [test.field] : []));
  return field === undefined ? [] : [field, ...references];
}

function ofCorrelations({ parsed, detectionsOf }: Linted): readonly Remark[] {
  return parsed.correlations.flatMap((correlation) => {
    const vendors = vendorsOf(detectionsOf(correlation));
    const { meta, groupBy, groupFields, field, moreFields = [] } = correlation;
    const grouped = groupFields === undefined ? groupBy : groupFields.flat();
    const names = new Set([...grouped, ...(field === undefined ? [] : [field]), ...moreFields]);
    return [...names].flatMap((name) => remark(name, vendors, meta, undefined));
  });
}

function remark(
  field: string,
  vendors: readonly VendorFields[],
  meta: Remark['meta'],
  place: Place | undefined,
): readonly Remark[] {
  const message = isEventField(field) || vendors.length === 0 ? undefined : wrongWith(field, vendors);
  return message === undefined ? [] : [{ meta, place, level: 'warning', message }];
}

const NAMES = Object.keys(EVENT_FIELDS);
/** First words of our fields that no vendor has at the top of a record, but for Vault's `error`, which has nothing within. */
const OURS = new Set(NAMES.filter((name) => name.includes('.')).map((name) => name.split('.')[0] ?? name));

function wrongWith(field: string, vendors: readonly VendorFields[]): string | undefined {
  const [head = '', next] = field.split('.');
  // The reader has told of what is nearly one of ours.
  if (field.includes('.') && nearest(field, NAMES) !== undefined) return undefined;
  if (next !== undefined && OURS.has(head)) return `no event has a field \`${field}\`${didYouMean(field, NAMES)}`;
  const holders = vendors.filter(({ keys }) => Object.hasOwn(keys, head));
  if (holders.length === 0) return wrongHead(field, head, vendors);
  const within = holders.flatMap(({ keys }) => keys[head] ?? []);
  if (next === undefined || within.length === 0 || within.includes(next)) return undefined;
  const meant = nearest(next, within);
  return meant === undefined ? undefined : `\`${field}\`: did you mean \`${head}.${meant}\`?`;
}

function wrongHead(field: string, head: string, vendors: readonly VendorFields[]): string | undefined {
  const known = vendors.flatMap(({ keys }) => Object.keys(keys));
  const isComplete = vendors.every(({ complete }) => complete);
  // Some exports write the same names in other case.
  if (!isComplete && known.some((key) => key.toLowerCase() === head.toLowerCase())) return undefined;
  const hint = didYouMean(head, known);
  if (hint === '' && !isComplete) return undefined;
  return `${vendors.map(({ name }) => name).join(' and ')} have no \`${head}\`${field === head ? '' : ` (in \`${field}\`)`}${hint}`;
}

/** Whose records the detections see. */
function vendorsOf(detections: readonly Detection[]): readonly VendorFields[] {
  const channels = detections.flatMap(({ logsource }) => channelsOf(logsource));
  const products = new Set(channels.flatMap((channel) => CHANNELS[channel]?.product ?? []));
  return [...products].flatMap((product) => VENDOR_FIELDS[product] ?? []);
}
