import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { JsonEvaluation, type Firing } from '../../src/detect/evaluate-json.ts';
import { compileJsonRules } from '../../src/rules/json-rules.ts';
import { parseRules } from '../../src/rules/parse-rules.ts';
import { describeConformance, type ConformanceCase, type CorrelationCase } from './conformance-cases.ts';

/** docs/sigma.md says of each why. */
const DISPUTED = ['regr-a7c3e5f2-8b1d-4e9a-b6c2-3d7f5e8a9b4c'];

/** What `whosaw rules eval` says of the events; undefined where it refuses the rules. */
function fire(
  text: string,
  events: readonly JsonObject[],
  lists: ConformanceCase['placeholders'] = {},
): readonly Firing[] | undefined {
  const placeholders = new Map(Object.entries(lists));
  const parsed = parseRules([{ file: 'rule.yml', text, folder: 0 }], { placeholders, idsAreOptional: true });
  if (parsed.problems.some(({ severity }) => severity === 'error')) return undefined;
  const evaluation = new JsonEvaluation(compileJsonRules(parsed));
  return [...events.flatMap((event) => evaluation.add(event)), ...evaluation.finish()];
}

function judge({ rule, event, placeholders }: ConformanceCase): ConformanceCase['expected'] {
  const firings = fire(rule, [event], placeholders);
  return firings === undefined ? 'error' : firings.length > 0;
}

function isRight({ rules, events, expected, expected_groups }: CorrelationCase): boolean {
  const firings = fire(rules, events);
  if (firings === undefined) return false;
  const fired = (title: string): readonly Firing[] => firings.filter((firing) => firing.title === title);
  const titles = Object.keys(expected);
  if (!titles.every((title) => fired(title).length > 0 === expected[title])) return false;
  const groups = titles.flatMap(fired).map(({ group }) => Object.values(group));
  return !expected_groups || isSame(groups, expected_groups);
}

function isSame(one: readonly (readonly string[])[], other: readonly (readonly string[])[]): boolean {
  const printed = (groups: typeof one): string => JSON.stringify(groups.map((group) => group.join(' ')).toSorted());
  return printed(one) === printed(other);
}

describeConformance('Sigma conformance', (read) => {
  for (const file of ['sigma.json', 'sigma-real.json']) {
    const { cases, correlations = [] } = read(file);
    const sections = Map.groupBy(
      cases.filter(({ id }) => !DISPUTED.includes(id)),
      ({ section }) => section,
    );

    it.each([...sections])(`${file}: %s`, (_section, some) => {
      const wrong = some.filter((one) => judge(one) !== one.expected);
      expect(wrong.map(({ id, expected, why }) => `${id} should be ${String(expected)}: ${why}`)).toEqual([]);
    });

    it(`${file}: disputed cases are still answered otherwise`, () => {
      const disputed = cases.filter(({ id }) => DISPUTED.includes(id));
      expect(disputed.filter((one) => judge(one) === one.expected).map(({ id }) => id)).toEqual([]);
    });

    const types = Map.groupBy(correlations, ({ rules }) => /^ +type: (\w+)$/m.exec(rules)?.[1] ?? '');
    it.each([...types])(`${file}: correlations of type %s`, (_type, some) => {
      const wrong = some.filter((one) => !isRight(one));
      expect(wrong.map(({ id, why }) => `${id}: ${why}`)).toEqual([]);
    });
  }
});
