import type { RawRecord, Rejection } from '../core/record.ts';

/** What a framer gave, by its place in the file: records and rejections are in that order each for itself. */
export function* inOrder(
  records: readonly RawRecord[],
  rejections: readonly Rejection[],
): Generator<RawRecord | Rejection, void, undefined> {
  let next = 0;
  for (const record of records) {
    for (let rejection = rejections[next]; rejection !== undefined; rejection = rejections[++next]) {
      if (placeOf(rejection) > placeOf(record)) break;
      yield rejection;
    }
    yield record;
  }
  yield* rejections.slice(next);
}

function placeOf({ origin }: RawRecord | Rejection): number {
  return origin.offset ?? 0;
}
