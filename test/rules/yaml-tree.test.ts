import { describe, expect, it } from 'vitest';
import { readDocuments, toJson } from '../../src/rules/yaml-tree.ts';

function read(text: string): { readonly documents: readonly unknown[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const documents = readDocuments(text, ({ line, column }, message) => problems.push(`${line}:${column} ${message}`));
  return { documents: documents.map(toJson), problems };
}

describe('a YAML file', () => {
  it('is read as its documents, empty ones left out', () => {
    expect(read('---\na: 1\n---\n---\n# nothing\n---\n[x, null, true, 1.5]\n...\n')).toEqual({
      documents: [{ a: 1 }, ['x', null, true, 1.5]],
      problems: [],
    });
  });

  it('keeps numbers as they are written where printing would change them', () => {
    expect(read('[007, 12345678901234567890, 0x1F, 1e3, +5, .inf]').documents).toEqual([
      ['007', '12345678901234567890', 31, 1000, 5, '.inf'],
    ]);
  });

  it('may use anchors', () => {
    expect(read('a: &x [1, 2]\nb: *x').documents).toEqual([{ a: [1, 2], b: [1, 2] }]);
  });

  it('keeps keys plain', () => {
    const [document] = read('__proto__: { polluted: 1 }\nconstructor: 2').documents;
    expect(Object.keys(document as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('a YAML file that rules can not be', () => {
  it.each([
    ['a: 1\nb: 2\na: 3', '3:1 `a` is there twice; only one would count'],
    ['? [a]\n: b', '1:3 a key must be a text'],
    ['a: &x [*x]', '1:7 nested too deeply'],
    ['a: *x', '1:4 there is no anchor `&x` before this'],
    ['a: !!binary aGVsbG8=', '1:13 not supported: this type of YAML value; write a text'],
    ['a: !secret x', '1:4 Unresolved tag: !secret'],
    ['<<: { a: 1 }', '1:1 not supported: merge keys (`<<`); write the keys out'],
    ['%YAML 7\n---\na: 1', '1:7 Unsupported YAML version 7'],
    ['%YAML 1.1\n---\na: 2024-01-01', '3:4 not supported: this type of YAML value; write a text'],
    ['a: "\\q"', '1:5 Invalid escape sequence \\q'],
  ])('%j says where and why', (text, problem) => {
    expect(read(text).problems).toContain(problem);
  });

  it('repeats itself by aliases', () => {
    const lines = Array.from(
      { length: 9 },
      (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(9)}]`,
    );
    expect(read(['a0: &a0 x', ...lines].join('\n')).problems).toEqual([
      expect.stringContaining('too much: aliases repeat more than a rule file can hold'),
    ]);
  });

  it.each(['[', '- ', '{a: '])('nests without end: %s', (text) => {
    expect(read(text.repeat(20_000)).problems).toEqual([expect.stringContaining('nested too deeply')]);
  });

  it('is huge', () => {
    expect(read(`a: ${'x'.repeat(1_100_000)}`).problems).toEqual(['1:1 the file is larger than 1024 KiB; split it']);
  });

  it('has more errors than anybody reads', () => {
    expect(read('"'.repeat(2_000)).problems).toHaveLength(10);
  });
});
