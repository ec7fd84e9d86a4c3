import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { displayWidth } from '../../src/lib/display-width.ts';

it('is what string-width says, of plain text and of any other', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('a', '~', ' ', '·', '█', '▏', '▊', '─', '│', 'é', '界', '\t') }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(displayWidth(text)).toBe(stringWidth(text));
    }),
  );
});
