/**
 * Writes src/lib/json-walk-code.ts from src/lib/json-walk.wat and what an assembler made of it:
 *
 *     npx -p wabt@1.0.36 wat2wasm src/lib/json-walk.wat --output=json-walk.wasm && node scripts/json-walk.ts json-walk.wasm
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../src/lib/hash.ts';

const file = (name: string): string => fileURLToPath(new URL(`../src/lib/${name}`, import.meta.url));
const code = readFileSync(process.argv[2] ?? 'json-walk.wasm').toString('base64');
const source = sha256(readFileSync(file('json-walk.wat')));

writeFileSync(
  file('json-walk-code.ts'),
  `/** json-walk.wat, assembled by scripts/json-walk.ts; not to be edited. */
export const JSON_WALK =
  ${code
    .match(/.{1,110}/g)
    ?.map((part) => `'${part}'`)
    .join(' +\n  ')};

/** SHA-256 of the text that it was made from. */
export const JSON_WALK_SOURCE = '${source}';
`,
);
