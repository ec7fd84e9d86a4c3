import { fold } from './pattern.ts';
import type { Test } from './syntax.ts';
import { someValue, textOf } from './value-text.ts';

type Reference = Extract<Test, { kind: 'reference' }>;

/** Values of the other field beyond this many are not looked at: each is compared with each value of the field. */
const VALUES_LIMIT = 1_000;

/** Compares a field with another one of the same event: true where any value of the one is like any value of the other. */
export function compileReference<T>(
  test: Reference,
  read: (subject: T) => unknown,
  readOther: (subject: T) => unknown,
): (subject: T) => boolean {
  const compare = comparison(test);
  const normal = test.cased ? (text: string) => text : fold;
  return (subject) => {
    const others = textsOf(readOther(subject), normal);
    if (others.length === 0) return false;
    return someValue(read(subject), (value) => {
      const text = textOf(value);
      if (text === undefined) return false;
      const own = normal(text);
      return others.some((other) => compare(own, other));
    });
  };
}

function comparison({ before, after }: Reference): (own: string, other: string) => boolean {
  if (before && after) return (own, other) => own.includes(other);
  if (after) return (own, other) => own.startsWith(other);
  return before ? (own, other) => own.endsWith(other) : (own, other) => own === other;
}

function textsOf(value: unknown, normal: (text: string) => string): readonly string[] {
  const texts: string[] = [];
  someValue(value, (element) => {
    const text = textOf(element);
    if (text !== undefined) texts.push(normal(text));
    return texts.length >= VALUES_LIMIT;
  });
  return texts;
}
