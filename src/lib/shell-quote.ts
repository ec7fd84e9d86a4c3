/** A text (without NUL, which no command line can hold) as one word of a POSIX shell command that people may paste. */
export function shellQuote(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** No `=` at the beginning: zsh takes the word for the name of a command. */
const PLAIN = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/;
