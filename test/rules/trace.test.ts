import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { compileExpression } from '../../src/rules/compile-expression.ts';
import { JSON_FIELDS } from '../../src/rules/fields.ts';
import { trace, turnsOf, type Trace } from '../../src/rules/trace.ts';
import type { Expression } from '../../src/rules/syntax.ts';
import { parse, rule } from './rule-text.ts';

function expressionOf(detection: string): Expression {
  const [found] = parse(rule(detection)).detections;
  if (found === undefined) throw new Error('the rule can not be read');
  return found.expression;
}

function linesOf({ holds, text, found, terms }: Trace, depth = 0): readonly string[] {
  const value = found === undefined ? '' : ` (${found})`;
  return [`${' '.repeat(depth)}${holds ? '+' : '-'} ${text}${value}`, ...terms.flatMap((term) => linesOf(term, depth + 1))];
}

describe('a trace', () => {
  const expression = expressionOf(
    'a:\n  x: 1\n  y|contains: [b, c]\nb:\n  - z: 2\n  - word\nf:\n  x: 9\ncondition: a and (b or not f) and not 1 of f*',
  );

  it('says of each line whether it holds, and what is there', () => {
    expect(linesOf(trace(expression, JSON_FIELDS, { x: 1, y: ['ab', 'd'], w: 'a word' }))).toEqual([
      '+ all of',
      ' + a',
      '  + x: 1 (1)',
      '  + y|contains: b, c (["ab","d"])',
      ' + one of',
      '  + b',
      '   + one of',
      '    - z: 2 (absent)',
      '    + word ()',
      '  + not f',
      '   - x: 9 (1)',
      ' + not f',
      '  - x: 9 (1)',
    ]);
  });

  it('names the lines of which one alone would be enough', () => {
    const turns = (document: JsonObject): readonly string[] =>
      turnsOf(expression, JSON_FIELDS, document).map(({ item, becomes }) => `${item.text} ${becomes}`);
    expect(turns({ x: 1, y: 'b' })).toEqual(['x: 1 false', 'y|contains: b, c false', 'x: 9 true']);
    expect(turns({ x: 1 })).toEqual(['y|contains: b, c true']);
    expect(turns({})).toEqual([]);
  });

  it('cuts long values off', () => {
    const [, line] = linesOf(trace(expressionOf('a:\n  x: 1\ncondition: a'), JSON_FIELDS, { x: 'v'.repeat(500) }));
    expect(line?.length).toBeLessThan(120);
  });
});

const line = fc.tuple(fc.constantFrom('x', 'y', 'z'), fc.constantFrom('1', '2', 'null')).map(([field, value]) => `${field}: ${value}`);
const condition = fc.letrec<{ term: string }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('a', 'b', 'c', '1 of them', 'all of them'),
    tie('term').map((term) => `not (${term})`),
    fc.tuple(tie('term'), fc.constantFrom('and', 'or'), tie('term')).map(([a, word, b]) => `(${a} ${word} ${b})`),
  ),
})).term;

it('a trace decides as the matcher does, and what it turns turns the outcome', () => {
  const document = fc.record({ x: fc.constantFrom(1, 2, null), y: fc.constantFrom(1, 2, null), z: fc.constantFrom(1, 2, null) });
  fc.assert(
    fc.property(line, line, line, condition, document, (a, b, c, text, fields) => {
      const expression = expressionOf(`a:\n  ${a}\nb:\n  ${b}\nc:\n  ${c}\ncondition: ${text}`);
      const holds = compileExpression(expression, JSON_FIELDS)(fields);
      expect(trace(expression, JSON_FIELDS, fields).holds).toBe(holds);
      for (const { item, becomes } of turnsOf(expression, JSON_FIELDS, fields)) {
        const turned = JSON.parse(JSON.stringify(expression), (_key, value: unknown) =>
          isItem(value, item.text, item.place?.line) ? { kind: becomes === 'true' ? 'all' : 'any', terms: [] } : value,
        ) as Expression;
        expect(compileExpression(turned, JSON_FIELDS)(fields)).toBe(!holds);
      }
    }),
    { numRuns: 500 },
  );
});

function isItem(value: unknown, text: string, lineNumber: number | undefined): boolean {
  const item = value as Partial<Extract<Expression, { kind: 'item' }>> | null;
  return item?.kind === 'item' && item.text === text && item.place?.line === lineNumber;
}
