import stringWidth from 'string-width';

/** What is one column wide, of the characters that are shown most: asking for each cluster of them takes its time. */
const PLAIN = /^[ -~·█-▏─]*$/;

/** Columns of a terminal that a text takes. */
export function displayWidth(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}
