import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLError,
  type YAMLMap,
  type YAMLWarning,
} from 'yaml';
import type { JsonValue } from '../core/json.ts';
import type { Place, Report } from './syntax.ts';

/** YAML as rules use it: text, numbers, booleans and null in maps and lists, each with its place. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** The value as text; a number as it was written where printing it would lose something (`0123`, 20 digits). */
  readonly text: string;
  readonly place: Place;
  /** Where the character at `index` of `text` stands; the scalar's own place where that isn't known. */
  readonly placeAt: (index: number) => Place;
}

export interface YamlList {
  readonly kind: 'list';
  readonly place: Place;
  readonly items: readonly YamlNode[];
}

export interface YamlMap {
  readonly kind: 'map';
  readonly place: Place;
  readonly entries: ReadonlyMap<string, YamlEntry>;
}

export interface YamlEntry {
  readonly key: string;
  readonly place: Place;
  readonly value: YamlNode;
}

/** A rule file is a page or two; far more is somebody else's file, or an attack on the reader. */
export const FILE_LIMIT = 1024 * 1024;
const NODE_LIMIT = 50_000;
const DEPTH_LIMIT = 40;
const SYNTAX_ERRORS_SHOWN = 10;

/**
 * The documents of a file (YAML 1.2 core schema) that are readable; empty ones are left out. What is wrong is reported
 * with its place: syntax, duplicate keys, what nests or repeats by aliases beyond reason, and types that rules don't have.
 */
export function readDocuments(text: string, report: Report): readonly YamlNode[] {
  if (text.length > FILE_LIMIT) {
    report({ line: 1, column: 1 }, `the file is larger than ${FILE_LIMIT / 1024} KiB; split it`);
    return [];
  }
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const reader = new Reader(text, lines, report);
  if ('empty' in parsed) reader.reportSyntax([...parsed.errors, ...parsed.warnings]);
  return [...parsed].flatMap((document) => reader.readDocument(document) ?? []);
}

/** The plain value; maps lose nothing but their places. */
export function toJson(node: YamlNode): JsonValue {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'number' && String(node.value) !== node.text ? node.text : node.value;
    case 'list':
      return node.items.map(toJson);
    case 'map':
      return Object.fromEntries(Array.from(node.entries.values(), ({ key, value }) => [key, toJson(value)]));
  }
}

class Reader {
  readonly #text: string;
  readonly #lines: LineCounter;
  readonly #report: Report;
  #left = NODE_LIMIT;

  constructor(text: string, lines: LineCounter, report: Report) {
    this.#text = text;
    this.#lines = lines;
    this.#report = report;
  }

  readDocument(document: Document): YamlNode | undefined {
    const { contents, errors, warnings } = document;
    if (this.reportSyntax([...errors, ...warnings]) || contents === null) return undefined;
    if (isScalar(contents) && contents.value === null) return undefined;
    return this.#read(contents, document, 0);
  }

  /** Whether there was anything wrong. */
  reportSyntax(broken: readonly (YAMLError | YAMLWarning)[]): boolean {
    const exhausted = broken.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
    if (exhausted !== undefined) {
      this.#report(this.#place(exhausted.pos[0]), 'nested too deeply');
      return true;
    }
    for (const { pos, message } of broken.slice(0, SYNTAX_ERRORS_SHOWN)) this.#report(this.#place(pos[0]), message);
    return broken.length > 0;
  }

  #read(node: Node | null, document: Document, depth: number): YamlNode | undefined {
    const offset = node?.range?.[0] ?? 0;
    this.#left -= 1;
    if (this.#left === 0) this.#report(this.#place(offset), 'too much: aliases repeat more than a rule file can hold');
    if (this.#left <= 0) return undefined;
    if (depth > DEPTH_LIMIT) return this.#refuse(offset, 'nested too deeply');
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (target === undefined) return this.#refuse(offset, `there is no anchor \`&${node.source}\` before this`);
      return this.#read(target, document, depth + 1);
    }
    if (isMap<Node, Node | null>(node)) return this.#readMap(node, document, depth);
    if (isSeq<Node | null>(node)) {
      const items = node.items.flatMap((item) => this.#read(item, document, depth + 1) ?? []);
      return { kind: 'list', place: this.#place(offset), items };
    }
    return isScalar(node) ? this.#readScalar(node) : this.#refuse(offset, 'a value is missing');
  }

  #readMap(node: YAMLMap<Node, Node | null>, document: Document, depth: number): YamlMap {
    const entries = new Map<string, YamlEntry>();
    for (const pair of node.items) {
      const entry = this.#readEntry(pair, document, depth);
      if (entry === undefined) continue;
      if (entries.has(entry.key)) this.#report(entry.place, `\`${entry.key}\` is there twice; only one would count`);
      else entries.set(entry.key, entry);
    }
    return { kind: 'map', place: this.#place(node.range?.[0] ?? 0), entries };
  }

  #readEntry({ key, value }: Pair<Node, Node | null>, document: Document, depth: number): YamlEntry | undefined {
    const read = this.#read(key, document, depth + 1);
    if (read?.kind !== 'scalar') return read && this.#refuse(key.range?.[0] ?? 0, 'a key must be a text');
    if (read.text === '<<')
      return this.#refuse(key.range?.[0] ?? 0, 'not supported: merge keys (`<<`); write the keys out');
    const place = read.place;
    if (value === null) return { key: read.text, place, value: nothing(place) };
    const node = this.#read(value, document, depth + 1);
    return node && { key: read.text, place, value: node };
  }

  #readScalar(node: Scalar): YamlScalar | undefined {
    const offset = node.range?.[0] ?? 0;
    const { value } = node;
    const place = this.#place(offset);
    if (value === null) return nothing(place);
    if (typeof value === 'boolean') return { kind: 'scalar', value, text: String(value), place, placeAt: () => place };
    if (typeof value === 'number') {
      const written = node.source ?? String(value);
      const exact = Number.isFinite(value) && !/^[-+]?0\d|\d{16}/.test(written);
      return { kind: 'scalar', value, text: exact ? String(value) : written, place, placeAt: () => place };
    }
    if (typeof value !== 'string') return this.#refuse(offset, 'not supported: this type of YAML value; write a text');
    return { kind: 'scalar', value, text: value, place, placeAt: this.#placesOf(node, value, place) };
  }

  /** Exact for plain and quoted text on one line without escapes. */
  #placesOf(node: Scalar, value: string, place: Place): (index: number) => Place {
    const offset = node.range?.[0] ?? 0;
    const start = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? offset + 1 : offset;
    if (!this.#text.startsWith(value, start)) return () => place;
    return (index) => this.#place(start + index);
  }

  #refuse(offset: number, message: string): undefined {
    this.#report(this.#place(offset), message);
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

function nothing(place: Place): YamlScalar {
  return { kind: 'scalar', value: null, text: '', place, placeAt: () => place };
}
