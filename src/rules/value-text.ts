import { isObject } from '../core/json.ts';

/** What nests deeper has no text, and is not looked into: printing it could exhaust the stack. */
const DEPTH_LIMIT = 64;

/**
 * A value as rules compare it: a text; a number or boolean as JSON prints it; an object as compact JSON. Null, arrays
 * (which are asked element by element) and what nests too deeply have none.
 */
export function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
      return String(value);
    default:
      return isObject(value) && isShallow(value, DEPTH_LIMIT) ? JSON.stringify(value) : undefined;
  }
}

/** Does `holds` hold of the value, or of an element where it is an array? */
export function someValue(value: unknown, holds: (value: unknown) => boolean, depth = 0): boolean {
  if (!Array.isArray(value)) return holds(value);
  if (depth > DEPTH_LIMIT) return false;
  for (const element of value) if (someValue(element, holds, depth + 1)) return true;
  return false;
}

/** Does `holds` hold of any text at any depth? Keys are not values. */
export function someText(value: unknown, holds: (text: string) => boolean, depth = 0): boolean {
  if (typeof value === 'object' && value !== null) {
    if (depth > DEPTH_LIMIT) return false;
    for (const child of Object.values(value)) if (someText(child, holds, depth + 1)) return true;
    return false;
  }
  const text = textOf(value);
  return text !== undefined && holds(text);
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((child) => isShallow(child, depth - 1));
}
