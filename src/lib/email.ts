/** No spaces, separators, or characters that are not seen (controls, marks that reorder text, lone surrogates). */
const EMAIL = /^[^\s@/<>"\p{C}]{1,64}@[^\s@/<>"\p{C}]{1,255}$/u;

/** The text in lower case where it is shaped like an email address. */
export function asEmail(text: string | undefined): string | undefined {
  return text !== undefined && text.includes('@') && EMAIL.test(text) ? text.toLowerCase() : undefined;
}
