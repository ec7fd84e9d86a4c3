import { stringify } from 'yaml';
import { z } from 'zod';

/**
 * A config schema as a YAML text with every key, its default and its meaning. Keys without a default, and the kinds of
 * entries that a list of named things can have, stand there as comments.
 */
export function describeSchema(schema: z.ZodType, indent = ''): string {
  const shape = shapeOf(schema);
  return Object.entries(shape)
    .map(([key, field]) => describeField(key, field, indent))
    .join('');
}

function describeField(key: string, field: z.ZodType, indent: string): string {
  const meaning = descriptionOf(field);
  const comment = meaning === undefined ? '' : `${indent}# ${meaning}\n`;
  const inner = unwrap(field);
  if (inner instanceof z.ZodObject && isOptional(field)) return `${comment}${asComment(key, inner, indent)}`;
  if (inner instanceof z.ZodObject) return `${comment}${indent}${key}:\n${describeSchema(inner, `${indent}  `)}`;
  const kinds = kindsOf(inner);
  if (kinds.length > 0) return `${comment}${indent}${key}:\n${describeKinds(kinds, `${indent}  `)}`;
  const fallback = defaultOf(field);
  const entries = inner instanceof z.ZodRecord ? describeEntries(inner, indent) : '';
  if (fallback === undefined) return `${comment}${indent}# ${key}: ${typeOf(inner)}\n${entries}`;
  return `${comment}${indent}${print(key, fallback, indent)}${entries}`;
}

/** What is only there when it is set. */
function asComment(key: string, inner: z.ZodType, indent: string): string {
  return `${key}:\n${describeSchema(inner, '  ')}`.replaceAll(/^(?=.)/gm, `${indent}# `);
}

function isOptional(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodOptional) return true;
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return false;
  const inner = step(schema);
  return inner !== undefined && isOptional(inner);
}

function print(key: string, value: unknown, indent: string): string {
  return stringify({ [key]: value }, { flowCollectionPadding: true, collectionStyle: 'flow' })
    .replace(/^\{ /, '')
    .replace(/ \}\n$/, '\n')
    .replaceAll(/\n(?=.)/g, `\n${indent}`);
}

/** The first kind is what holds by default; the others are comments. */
function describeKinds([first, ...others]: readonly z.ZodType[], indent: string): string {
  const texts = others.map((kind) => `# or:\n${describeSchema(kind).replaceAll(/^# (?=[a-z_]+: )/gm, '')}`);
  const comments = texts.map((text) => text.replaceAll(/^(?!# or:)(?=.)/gm, '#   ').replaceAll(/^(?=.)/gm, indent));
  return `${first === undefined ? '' : describeSchema(first, indent)}${comments.join('')}`;
}

/** Of a set of keys that is one of several kinds. */
function kindsOf(schema: z.ZodType): readonly z.ZodType[] {
  return schema instanceof z.ZodDiscriminatedUnion ? schema.options.map((option) => option as z.ZodType) : [];
}

/** The kinds of entries of a record, each as a commented example. */
function describeEntries(record: z.ZodRecord, indent: string): string {
  const value = unwrap(record.valueType as z.ZodType);
  const kinds = value instanceof z.ZodUnion ? value.options.map((option) => unwrap(option as z.ZodType)) : [value];
  return kinds
    .filter((kind) => kind instanceof z.ZodObject)
    .map((kind) => {
      const text = describeSchema(kind, '').replaceAll(/^# (?=[a-z_]+: )/gm, '');
      return `${indent}#   NAME:\n${text.replaceAll(/^(?=.)/gm, `${indent}#     `)}`;
    })
    .join('');
}

function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  const inner = unwrap(schema);
  return inner instanceof z.ZodObject ? inner.shape : {};
}

function descriptionOf(schema: z.ZodType): string | undefined {
  if (schema.description !== undefined) return schema.description;
  const inner = step(schema);
  return inner === undefined ? undefined : descriptionOf(inner);
}

function defaultOf(schema: z.ZodType): unknown {
  if (schema instanceof z.ZodDefault) return schema.def.defaultValue;
  if (schema instanceof z.ZodLiteral) return schema.value;
  const inner = step(schema);
  return inner === undefined ? undefined : defaultOf(inner);
}

function unwrap(schema: z.ZodType): z.ZodType {
  const inner = step(schema);
  return inner === undefined ? schema : unwrap(inner);
}

function step(schema: z.ZodType): z.ZodType | undefined {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) {
    return schema.def.innerType as z.ZodType;
  }
  return schema instanceof z.ZodPipe ? (schema.in as z.ZodType) : undefined;
}

function typeOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodEnum) return schema.options.join(' | ');
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodUnion) return schema.options.map((option) => typeOf(option as z.ZodType)).join(' | ');
  if (schema instanceof z.ZodObject) return `{ ${Object.keys(schema.shape).join(', ')} }`;
  return 'text';
}
