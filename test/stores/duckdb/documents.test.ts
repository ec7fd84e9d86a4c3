import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BlockPacker, unpackBlock } from '../../../src/stores/duckdb/documents.ts';

it('gives back what was packed, block after block', () => {
  const packer = new BlockPacker();
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 80 }), (documents) => {
      expect(unpackBlock(packer.pack(documents)).map((document) => new Uint8Array(document))).toStrictEqual(documents);
    }),
  );
});

it('makes documents that are alike small', () => {
  const documents = Array.from({ length: 512 }, (_, index) =>
    Buffer.from(JSON.stringify({ index, text: 'x'.repeat(900) })),
  );
  expect(new BlockPacker().pack(documents).length).toBeLessThan(512 * 20);
});
