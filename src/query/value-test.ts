import { fail, ok, type Result } from '../core/result.ts';
import { parseAddress, parseCidr } from '../lib/cidr.ts';
import { nearest } from '../lib/nearest.ts';
import { timeSpan } from './time-span.ts';
import type { QueryField } from './query-field.ts';
import type { Comparison, ValueTest } from './syntax.ts';

/** A value as it is written: what stands between its wildcards. */
export interface WrittenValue {
  readonly parts: readonly string[];
  readonly isQuoted: boolean;
}

/** `field: value`. The error says what the field takes. */
export function equalityTest(
  field: QueryField,
  { parts, isQuoted }: WrittenValue,
  nowMs: number,
): Result<ValueTest, string> {
  const [text = ''] = parts;
  if (parts.length > 1) return wildcardTest(field, parts);
  switch (field.type) {
    case 'boolean':
      if (text !== 'true' && text !== 'false') return fail(`\`${field.name}\` is true or false`);
      return ok({ kind: 'boolean', value: text === 'true' });
    case 'number':
      return numberTest(field, text, (value) => ({ kind: 'number', value }));
    case 'date': {
      const span = timeSpan(text, nowMs);
      return span === undefined ? fail(noTime(text)) : ok({ kind: 'time', fromUs: span[0], toUs: span[1] });
    }
    case 'address':
      if (parseCidr(text) === undefined) return fail(noAddress(text, isQuoted));
      return ok({ kind: 'network', network: text });
    case 'keyword':
    case 'keywords':
      return textTest(field, text);
    case 'vendor':
      return ok({ kind: 'text', text });
  }
}

/** `field >= value`. */
export function comparisonTest(
  field: QueryField,
  comparison: Comparison,
  { parts }: WrittenValue,
  nowMs: number,
): Result<ValueTest, string> {
  const [text = ''] = parts;
  if (parts.length > 1) return fail('what is compared has no wildcards');
  switch (field.type) {
    case 'boolean':
      return fail(`\`${field.name}\` is true or false, and neither is more than the other`);
    case 'number':
      return numberTest(field, text, (bound) => ({ kind: 'compareNumber', comparison, bound }));
    case 'date': {
      const span = timeSpan(text, nowMs);
      return span === undefined ? fail(noTime(text)) : ok({ kind: 'time', ...boundsOf(comparison, span) });
    }
    case 'address':
      if (parseAddress(text) === undefined) return fail(noAddress(text, true));
      return ok({ kind: 'compareAddress', comparison, bound: text });
    case 'keyword':
    case 'keywords':
    case 'vendor':
      return ok({ kind: 'compareText', comparison, bound: text });
  }
}

function wildcardTest(field: QueryField, parts: readonly string[]): Result<ValueTest, string> {
  if (parts.every((part) => part === '')) return ok({ kind: 'exists' });
  if (field.type === 'boolean' || field.type === 'number' || field.type === 'date') {
    return fail(`\`${field.name}\` takes no wildcards but \`*\` alone`);
  }
  return ok({ kind: 'wildcard', parts });
}

function textTest({ name, values }: QueryField, text: string): Result<ValueTest, string> {
  if (values === undefined || values.includes(text)) return ok({ kind: 'text', text });
  const meant = nearest(text, values);
  const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
  return fail(`\`${name}\` is never \`${text}\`, only ${values.join(', ')}${hint}`);
}

function numberTest(field: QueryField, text: string, make: (value: number) => ValueTest): Result<ValueTest, string> {
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? fail(`\`${field.name}\` is a number`) : ok(make(value));
}

/** A day is the whole day: after it is after its end. */
function boundsOf(comparison: Comparison, [fromUs, toUs]: readonly [number, number]): { fromUs: number; toUs: number } {
  switch (comparison) {
    case 'lt':
      return { fromUs: Number.MIN_SAFE_INTEGER, toUs: fromUs - 1 };
    case 'lte':
      return { fromUs: Number.MIN_SAFE_INTEGER, toUs };
    case 'gt':
      return { fromUs: toUs + 1, toUs: Number.MAX_SAFE_INTEGER };
    case 'gte':
      return { fromUs, toUs: Number.MAX_SAFE_INTEGER };
  }
}

function noTime(text: string): string {
  return `\`${text}\` is no time: write "2025-03-15T02:34Z", 2025-03-15 (UTC) or now-2h`;
}

function noAddress(text: string, isQuoted: boolean): string {
  const hint = isQuoted ? '' : '; put IPv6 addresses in quotation marks';
  return `\`${text}\` is no address and no network like 10.0.0.0/8${hint}`;
}
