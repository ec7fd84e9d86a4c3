import { EVENT_FIELDS, isEventField } from '../../core/fields.ts';
import type { LogSource } from '../../core/rule.ts';
import { alternativesOf, compileTests, numberOf } from '../compile-test.ts';
import { CHANNELS, channelsOf, datasetOf, needsSecret } from '../logsource.ts';
import { fold, literalOf } from '../pattern.ts';
import type { Item, Test } from '../syntax.ts';

/** What a field may be, as far as the items of one expression can tell apart. */
export interface Domain {
  /** How many possibilities there are. */
  readonly size: number;
  /** For each possibility: whether the item holds of it; undefined where it may and may not. */
  truth(item: Item): readonly (boolean | undefined)[];
}

/** A value, absence (undefined), or whatever else there is that no item names. */
type Possibility = { readonly value: unknown } | 'other';

/** More values than this are a list of indicators, not a contradiction. */
const VALUES_LIMIT = 200;

/**
 * The domain of a field that holds one value at most; undefined where it may hold several, or where nothing can be said.
 * A closed set of ours has nothing else, and what every event has is never absent.
 */
export function domainOf(field: string, items: readonly Item[], logsource: LogSource): Domain | undefined {
  if (isEventField(field) ? EVENT_FIELDS[field].type === 'keywords' : field.includes('.')) return undefined;
  const tests = items.flatMap((item) => item.tests.flatMap(alternativesOf));
  const possibilities = possibilitiesOf(field, tests, logsource);
  if (possibilities === undefined || possibilities.length > VALUES_LIMIT) return undefined;
  const otherIs = otherJudge(tests);
  const cache = new Map<Item, readonly (boolean | undefined)[]>();
  const truth = (item: Item): readonly (boolean | undefined)[] => {
    const known = cache.get(item);
    if (known !== undefined) return known;
    const judged = possibilities.map((possibility) => judge(item, possibility, otherIs));
    cache.set(item, judged);
    return judged;
  };
  return { size: possibilities.length, truth };
}

function possibilitiesOf(
  field: string,
  tests: readonly Test[],
  logsource: LogSource,
): readonly Possibility[] | undefined {
  const absent: readonly Possibility[] = isAlwaysThere(field, logsource) ? [] : [{ value: undefined }];
  const closed = closedSet(field, logsource);
  if (closed !== undefined) return [...closed.map((value) => ({ value })), ...absent];
  const nothing: readonly Possibility[] = isEventField(field) ? [] : [{ value: null }];
  return [...valuesNamed(tests).map((value) => ({ value })), ...absent, ...nothing, 'other'];
}

function closedSet(field: string, logsource: LogSource): readonly unknown[] | undefined {
  const channels = channelsOf(logsource).flatMap((number) => CHANNELS[number] ?? []);
  if (field === 'event.module') return [...new Set(channels.map(({ product }) => product))];
  if (field === 'event.dataset') return channels.map(datasetOf);
  if (!isEventField(field)) return undefined;
  const { type, values } = EVENT_FIELDS[field];
  return type === 'boolean' ? [true, false] : values;
}

/** AuditEvent does not leave them out. */
const ALWAYS: readonly string[] = [
  '@timestamp',
  'ecs.version',
  'event.id',
  'event.kind',
  'event.action',
  'event.outcome',
  'event.provider',
  'event.module',
  'event.dataset',
  'event.created',
  'event.original_hash',
  'whosaw.access.id',
  'whosaw.origin.source',
];
const ALWAYS_OF_SECRETS: readonly string[] = [
  'whosaw.secret.id',
  'whosaw.secret.name',
  'whosaw.secret.store',
  'whosaw.secret.kind',
];

function isAlwaysThere(field: string, logsource: LogSource): boolean {
  return ALWAYS.includes(field) || (needsSecret(logsource) && ALWAYS_OF_SECRETS.includes(field));
}

/**
 * Texts that stand there without wildcards; where numbers are compared, also those on, between and beyond the bounds and
 * the texts that are numbers, and another way to write each of these texts.
 */
function valuesNamed(tests: readonly Test[]): readonly unknown[] {
  const texts = tests.flatMap((test) => {
    const literal = test.kind === 'text' ? literalOf(test.pattern) : undefined;
    return literal === undefined ? [] : [literal];
  });
  const bounds = tests.flatMap((test) => (test.kind === 'number' ? [test.bound] : []));
  if (bounds.length === 0) return [...new Set(texts)];
  const named = texts.flatMap((text) => numberOf(text) ?? []);
  const points = [...new Set([...bounds, ...named])].toSorted((a, b) => a - b);
  const between = points.flatMap((point, index) => [point, (point + (points[index + 1] ?? point + 2)) / 2]);
  const numbers = [(points[0] ?? 0) - 1, ...between].map(String);
  const otherwise = named.map((number) => (Number.isInteger(number) ? `${number}.0` : `${number}0`));
  return [...new Set([...texts, ...numbers, ...otherwise])];
}

type OtherJudge = (test: Test) => boolean | undefined;

/** What holds of a value that no item names. */
function otherJudge(tests: readonly Test[]): OtherJudge {
  const hasCased = tests.some((test) => test.kind === 'text' && test.cased);
  const isPlain = tests.every(
    (test) => test.kind === 'number' || (test.kind === 'text' && literalOf(test.pattern) !== undefined),
  );
  return (test) => {
    if (test.kind === 'null') return false;
    if (test.kind === 'exists') return test.present;
    if (test.kind === 'number') return isPlain ? false : undefined;
    if (test.kind !== 'text' || literalOf(test.pattern) === undefined) return undefined;
    return hasCased ? undefined : false;
  };
}

/** Kinds of which one value tells everything. */
const DECIDED: readonly string[] = ['text', 'null', 'exists', 'number', 'regex', 'cidr', 'date'];

function judge(item: Item, possibility: Possibility, otherIs: OtherJudge): boolean | undefined {
  const ask = (test: Test): boolean | undefined => {
    if (test.kind === 'any') return disjunction(test.tests.map(ask));
    if (!DECIDED.includes(test.kind)) return undefined;
    return possibility === 'other' ? otherIs(test) : compileTests([test])(possibility.value);
  };
  const answers = item.tests.map(ask);
  const holds = item.every ? conjunction(answers) : disjunction(answers);
  return holds === undefined ? undefined : holds !== item.negated;
}

function conjunction(answers: readonly (boolean | undefined)[]): boolean | undefined {
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

function disjunction(answers: readonly (boolean | undefined)[]): boolean | undefined {
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

/** Do all values of a closed set meet the item? */
export function namesAll({ field, tests, every, negated }: Item): boolean {
  const values = field !== undefined && isEventField(field) ? EVENT_FIELDS[field].values : undefined;
  if (values === undefined || every || negated) return false;
  const named = new Set(
    tests.flatMap(alternativesOf).flatMap((test) => (test.kind === 'text' ? (literalOf(test.pattern) ?? []) : [])).map(fold),
  );
  return values.every((value) => named.has(value));
}
