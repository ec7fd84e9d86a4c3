import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml';
import { z } from 'zod';
import type { Problem } from '../core/errors.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { nearest } from './nearest.ts';

export type Path = readonly (string | number)[];

/** A YAML file that people write: its plain value, and where each part of it stands. */
export interface YamlFile {
  readonly value: unknown;
  /** An error at the value under `path`, at its key, or, where there is nothing, at the nearest thing around it. */
  problem(path: Path, message: string, at?: 'key' | 'value'): Problem;
}

/** One YAML 1.2 document; an empty one is `{}`. Every error has its place. */
export function readYaml(text: string, file: string): Result<YamlFile, readonly Problem[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const problemAt = (offset: number, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), message, severity: 'error' };
  };
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) return fail(broken.map((error) => problemAt(error.pos[0], explainYaml(error))));
  const plain = toPlain(document);
  if (!plain.ok) return fail([problemAt(0, plain.error)]);
  return ok({
    value: plain.value,
    problem: (path, message, at = 'value') => problemAt(offsetOf(document, path, at), message),
  });
}

/**
 * Reads the file by a strict schema: everything that is wrong is reported at once, with its place; an unknown key with
 * the one that was probably meant.
 */
export function validate<T>(yaml: YamlFile, schema: z.ZodType<T>): Result<T, readonly Problem[]> {
  const parsed = schema.safeParse(yaml.value, { error: explain });
  if (parsed.success) return ok(parsed.data);
  return fail(parsed.error.issues.flatMap((issue) => problemsOf(yaml, schema, issue)));
}

function explainYaml(error: YAMLError): string {
  if (error.code === 'MULTIPLE_DOCS') return 'only one document may stand in this file';
  if (error.code === 'NON_STRING_KEY') return 'a key must be a text: put it in quotes';
  return error.message;
}

function toPlain(document: Document): Result<unknown, string> {
  try {
    return ok(document.toJS({ maxAliasCount: 100 }) ?? {});
  } catch (error) {
    return fail(error instanceof Error ? error.message : 'The file cannot be read');
  }
}

function offsetOf(document: Document, path: Path, at: 'key' | 'value'): number {
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    const next = child(isAlias(node) ? node.resolve(document) : node, step);
    if (next === undefined) return offset;
    const wanted = at === 'key' && depth === path.length - 1 ? next.key : (next.value ?? next.key);
    offset = wanted?.range?.[0] ?? offset;
    node = next.value;
  }
  return offset;
}

interface Child {
  readonly key?: Node | null | undefined;
  readonly value: Node | null | undefined;
}

function child(node: Node | null | undefined, step: string | number): Child | undefined {
  if (isSeq<Node>(node)) {
    const value = node.items[Number(step)];
    return value === undefined ? undefined : { key: value, value };
  }
  if (!isMap<Node, Node>(node)) return undefined;
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
}

type Issue = z.core.$ZodIssue;

function problemsOf(yaml: YamlFile, schema: z.ZodType, issue: Issue): readonly Problem[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'invalid_key')
    return [yaml.problem(path, sentence(path, issue.issues[0]?.message ?? issue.message), 'key')];
  if (issue.code !== 'unrecognized_keys') return [yaml.problem(path, sentence(path, issue.message))];
  return issue.keys.map((key) => {
    const meant = nearest(key, keysAt(schema, path));
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
    return yaml.problem([...path, key], `unknown key "${key}"${hint}`, 'key');
  });
}

function sentence(path: Path, message: string): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}

/** Messages for people who write the file; zod's own speak of inputs and types. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  const isMissing =
    issue.code === 'invalid_type' || (issue.code === 'invalid_union' && issue.discriminator === undefined);
  if (isMissing && issue.input === undefined) return 'is missing';
  if (issue.code === 'invalid_type') return `must be ${NOUNS[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_union' && Array.isArray(issue['options'])) {
    return `must be one of ${issue['options'].filter((option) => typeof option === 'string').join(', ')}`;
  }
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small' && issue.origin === 'array') return 'must not be empty: leave the key out instead';
  if (issue.code === 'too_small' && issue.origin === 'number') return `must be ${issue.minimum} at least`;
  return undefined;
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a set of keys',
  record: 'a set of keys',
};

/** The keys that the schema knows at a place. */
function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  const found = path.reduce((schemas, step) => schemas.flatMap((inner) => stepInto(inner, step)), unwrap(schema));
  return found.flatMap((inner) => (inner instanceof z.ZodObject ? Object.keys(inner.shape) : []));
}

function stepInto(schema: unknown, step: string | number): readonly unknown[] {
  if (schema instanceof z.ZodObject) {
    const shape: Readonly<Record<string, unknown>> = schema.shape;
    return Object.hasOwn(shape, step) ? unwrap(shape[step]) : [];
  }
  if (schema instanceof z.ZodRecord) return unwrap(schema.valueType);
  if (schema instanceof z.ZodArray) return unwrap(schema.element);
  return [];
}

/** What stands behind optional, default, a transformation; each of a union. */
function unwrap(schema: unknown): readonly unknown[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return unwrap(schema.unwrap());
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(unwrap);
  return [schema];
}
