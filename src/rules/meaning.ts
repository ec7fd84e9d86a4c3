import type { Expression } from './syntax.ts';

/** Equal for expressions that ask the same: names and spelling aside. */
export function meaningOf(expression: Expression): string {
  return JSON.stringify(expression, (key, value: unknown) => {
    if (key === 'text' || key === 'name') return undefined;
    return typeof value === 'bigint' ? String(value) : value;
  });
}
