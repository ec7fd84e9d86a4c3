import type { Observation } from '../core/event.ts';
import { compileExpression, type Matcher } from './compile-expression.ts';
import { alternativesOf } from './compile-test.ts';
import { indexDetections, type DetectionIndex, type Indexed } from './detection-index.ts';
import { OBSERVATION_FIELDS } from './fields.ts';
import { meaningOf } from './meaning.ts';
import { necessaryWays } from './necessary.ts';
import { isAlways, specialize } from './specialize.ts';
import type { Expression, Item } from './syntax.ts';

export interface Numbered {
  readonly number: number;
  readonly expression: Expression;
  readonly holds: Matcher<Observation>;
}

/** Nearly every rule asks for these, and few different values are ever in them. */
const KINDS: readonly (string | undefined)[] = ['whosaw.access.kind', 'event.outcome', 'whosaw.actor.kind'];

/**
 * An index for each combination of what was done, by what kind of identity, and how it came out: that decides most rules,
 * or what is left to ask of them is alike. Each is made when the first such event comes; there are 120 combinations at most.
 */
export function indexByKind(entries: readonly Numbered[]): DetectionIndex<Observation> {
  const indexes = new Map<string, DetectionIndex<Observation>>();
  return (observation) => {
    const { event, whosaw } = observation.event;
    const key = `${whosaw.access.kind} ${event.outcome} ${whosaw.actor?.kind}`;
    let index = indexes.get(key);
    if (index === undefined) {
      index = indexAlike(entries.flatMap((entry) => leftOf(entry, observation)));
      indexes.set(key, index);
    }
    return index(observation);
  };
}

function leftOf(entry: Numbered, observation: Observation): readonly Numbered[] {
  const decide = (item: Item): boolean | undefined =>
    isDecided(item) ? compileExpression(item, OBSERVATION_FIELDS)(observation) : undefined;
  const expression = specialize(entry.expression, decide);
  if (expression === entry.expression) return [entry];
  if (isAlways(expression, false)) return [];
  return [{ number: entry.number, expression, holds: compileExpression(expression, OBSERVATION_FIELDS) }];
}

function isDecided({ field, tests }: Item): boolean {
  return KINDS.includes(field) && !tests.flatMap(alternativesOf).some(({ kind }) => kind === 'reference');
}

/** What is alike is asked once. */
function indexAlike(entries: readonly Numbered[]): DetectionIndex<Observation> {
  const alike = Array.from(Map.groupBy(entries, ({ expression }) => meaningOf(expression)).values());
  const others: (readonly number[] | undefined)[] = [];
  const firsts = alike.flatMap(([first, ...more]): readonly Indexed<Observation>[] => {
    if (first === undefined) return [];
    const { number, expression, holds: matches } = first;
    if (more.length > 0) others[number] = more.map((other) => other.number);
    return necessaryWays(expression).map((necessary) => ({ number, necessary, matches }));
  });
  const index = indexDetections(firsts, OBSERVATION_FIELDS);
  return others.length === 0 ? index : (observation) => withOthers(index(observation), others);
}

function withOthers(found: readonly number[], others: readonly (readonly number[] | undefined)[]): readonly number[] {
  let all: number[] | undefined;
  for (const number of found) {
    const more = others[number];
    if (more === undefined) continue;
    all ??= found.slice();
    for (const other of more) all.push(other);
  }
  return all === undefined ? found : all.sort((a, b) => a - b);
}
