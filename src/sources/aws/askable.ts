import { isEventField } from '../../core/fields.ts';
import type { Need, Way } from '../../core/sieve.ts';
import { KEY_LIMIT, MEMBERS_LIMIT } from '../../lib/json-walk.ts';

/** Names of the event for what a record of an API call says itself. */
const SAME: ReadonlyMap<string, string> = new Map([
  ['event.action', 'eventName'],
  ['event.provider', 'eventSource'],
]);

/** Whose members can be asked for as well as those of the record itself. */
export const CALLER = 'userIdentity';
/** What is no text where it is there, or what the sieve looks for in another way. */
const NO_TEXTS: ReadonlySet<string> = new Set([
  CALLER,
  'requestParameters',
  'responseElements',
  'additionalEventData',
  'serviceEventDetails',
  'insightDetails',
  'resources',
  'tlsDetails',
  'addendum',
  'readOnly',
  'managementEvent',
  'sessionCredentialFromConsole',
  'Records',
  'records',
]);
/** Some places are for what the sieve itself asks, and each member of the caller takes two. */
const FIELDS_LIMIT = Math.floor((MEMBERS_LIMIT - 12) / 2);
/** A set of needs is a set of bits. */
const NEEDS_LIMIT = 28;

/**
 * What can be asked of each way by a look at a record's bytes: less than it needs, and what it leaves out counts as
 * met. Undefined where one way has nothing left, so that every record may be what a rule is about.
 */
export function askableWays(ways: readonly Way[]): readonly Way[] | undefined {
  const named = ways.map((way) => way.map((need) => ({ ...need, field: SAME.get(need.field) ?? need.field })));
  const askable = named.map((way) => way.filter(({ field }) => isAskable(field)));
  const asked = mostUsed(askable);
  const left = askable.map((way) => way.filter((need) => isHead(need) || asked.has(textOf(need))));
  return left.every((way) => way.length > 0) ? left : undefined;
}

/** Whose call it was, and what it was: nearly every rule asks for them, so that they are looked up together. */
export function isHead({ field }: Need): boolean {
  return field === 'eventName' || field === 'eventSource';
}

/** Needs that say the same have the same text. */
export function textOf({ field, as, texts }: Need): string {
  return JSON.stringify([field, as, texts]);
}

function isAskable(field: string): boolean {
  const [first = '', second, ...more] = field.split('.');
  if (isEventField(field) || NO_TEXTS.has(field) || more.length > 0) return false;
  const key = second ?? first;
  return /^[\x21-\x7e]{2,}$/.test(key) && field.length <= KEY_LIMIT && (second === undefined || first === CALLER);
}

/** Texts of the needs that most ways have, as many as there is room for: of fields, and all in all. */
function mostUsed(ways: readonly Way[]): ReadonlySet<string> {
  const uses = Map.groupBy(
    ways.flatMap((way) => way.filter((need) => !isHead(need))),
    textOf,
  );
  const fields = new Set<string>();
  const asked = new Set<string>();
  for (const [text, [need]] of Array.from(uses).toSorted(([, a], [, b]) => b.length - a.length)) {
    if (need === undefined || asked.size === NEEDS_LIMIT) break;
    if (!fields.has(need.field) && fields.size === FIELDS_LIMIT) continue;
    fields.add(need.field);
    asked.add(text);
  }
  return asked;
}
