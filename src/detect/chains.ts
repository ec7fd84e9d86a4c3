import type { Correlation } from '../core/rule.ts';

/** Indices of the rules in an order in which those that others count come before them. */
export function childrenFirst(rules: readonly Correlation[]): readonly number[] {
  const indices = new Map(rules.map(({ meta }, index) => [meta.key, index]));
  const order: number[] = [];
  const seen = new Set<number>();
  const visit = (index: number): void => {
    if (seen.has(index)) return;
    seen.add(index);
    for (const key of rules[index]?.chained ?? []) {
      const child = indices.get(key);
      if (child !== undefined) visit(child);
    }
    order.push(index);
  };
  for (const index of rules.keys()) visit(index);
  return order;
}
