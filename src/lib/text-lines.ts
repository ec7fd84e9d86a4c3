/**
 * The lines of a stream of text, without their ends; one that has no end is not given. Only a line feed ends a line:
 * node:readline would also end them at U+2028, which JSON does not escape.
 */
export async function* textLines(chunks: AsyncIterable<string>): AsyncGenerator<string, undefined, undefined> {
  let pending: string[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      yield pending.join('') + chunk.slice(start, end);
      pending = [];
      start = end + 1;
    }
    if (start < chunk.length) pending.push(chunk.slice(start));
  }
  return undefined;
}
