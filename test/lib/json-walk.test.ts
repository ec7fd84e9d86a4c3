import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/lib/hash.ts';
import { JSON_WALK_SOURCE } from '../../src/lib/json-walk-code.ts';
import { JsonWalk } from '../../src/lib/json-walk.ts';

const walk = new JsonWalk([
  { path: ['name'], kind: 'text' },
  { path: ['user'], kind: 'object' },
  { path: ['user', 'type'], kind: 'text' },
  { path: ['Records'], kind: 'forbidden' },
]);

describe('a walk', () => {
  it.each([
    ['{"name":"a","user":{"type":"b"},"c":[1,-0.5e+3,true,false,null,{},[]]}', 'a', 'b'],
    [' { "name" : "a" ,\r\n"user":\t{ } }', 'a', undefined],
    ['{"name":null,"x":"\\u00e9\\n","user":{"a":{"type":"no"}}}', undefined, undefined],
    ['{}', undefined, undefined],
  ])('ends where the object does, and finds members: %s', (text, name, type) => {
    const data = Buffer.from(`${text},{"name":"other"}`);
    walk.look(data);
    expect(walk.walk(text.indexOf('{'))).toBe(text.length);
    expect([0, 2].map((member) => (walk.has(member) ? walk.textOf(member) : undefined))).toEqual([name, type]);
  });

  it.each([
    '{"name":"a"',
    '{"name":"a",}',
    '{"a":01}',
    '{"a":1.}',
    '{"a":tru}',
    '{"a":"\\x"}',
    '{"a":"\\u12g4"}',
    '{"a":"\n"}',
    '{"a":[1,]}',
    '{"a":[1}',
    '{"a" "b"}',
    '{"name":"a","name":"b"}',
    '{"name":1}',
    '{"name":"\\u0061"}',
    '{"user":[]}',
    '{"Records":[]}',
    `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`,
  ])('leaves %s alone', (text) => {
    walk.look(Buffer.from(text));
    expect(walk.walk(0)).toBe(-1);
  });

  it('takes nothing that JSON.parse would not, and says of members what it says, whatever the bytes', () => {
    const key = fc.constantFrom('name', 'user', 'type', 'Records', 'x', 'é', '__proto__');
    const leaf = fc.oneof(fc.string(), fc.double(), fc.integer(), fc.constantFrom('a', 'é', true, false, null));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 5 }),
      ),
    }));
    const harmful = Array.from('{}[],:"\\ \n09-e.tn\u0000é');
    const damage = fc.option(fc.tuple(fc.nat(), fc.constantFrom(...harmful)));
    let taken = 0;
    fc.assert(
      fc.property(
        fc.dictionary(key, value, { maxKeys: 6 }),
        fc.constantFrom(undefined, 1),
        damage,
        (object, indent, harm) => {
          const printed = JSON.stringify(object, undefined, indent);
          const at = harm === null ? 0 : harm[0] % printed.length;
          const data = Buffer.from(harm === null ? printed : printed.slice(0, at) + harm[1] + printed.slice(at + 1));
          walk.look(data);
          if (data[0] !== 0x7b) return;
          const end = walk.walk(0);
          if (end === -1) return;
          taken += 1;
          const parsed = JSON.parse(data.toString('utf8', 0, end)) as { name?: unknown; user?: { type?: unknown } };
          const found = [0, 2].map((member) =>
            walk.has(member) ? Buffer.from(walk.textOf(member), 'latin1').toString() : null,
          );
          expect(found).toEqual([parsed.name ?? null, parsed.user?.type ?? null]);
        },
      ),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(200);
  });

  it('remembers texts of a member, until there are too many', () => {
    for (let number = 0; number < 20_000; number++) {
      walk.look(Buffer.from(JSON.stringify({ name: `name-${number % 10_000}` })));
      walk.walk(0);
      const known = walk.recall(0);
      if (known === -1) walk.remember(0, number % 10_000);
      else expect(known).toBe(number % 10_000);
    }
  });
});

it('is assembled from its text: see scripts/json-walk.ts', () => {
  expect(sha256(readFileSync(new URL('../../src/lib/json-walk.wat', import.meta.url)))).toBe(JSON_WALK_SOURCE);
});
