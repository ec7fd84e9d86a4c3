import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textLines } from '../../src/lib/text-lines.ts';

describe('textLines', () => {
  it('does not depend on how the text is cut', async () => {
    const piece = fc.constantFrom('a', '\n', '\r', '\u2028', '\u2029', '\u0085', 'bc', '');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(piece).map((some) => some.join(''))), async (chunks) => {
        const lines: string[] = [];
        for await (const line of textLines(cut(chunks))) lines.push(line);
        expect(lines).toStrictEqual(chunks.join('').split('\n').slice(0, -1));
      }),
    );
  });
});

async function* cut(chunks: readonly string[]): AsyncGenerator<string> {
  yield* chunks;
}
