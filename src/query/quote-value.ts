/** A value as a query names it, whatever it holds. */
export function quoteValue(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
