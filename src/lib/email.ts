const EMAIL = /^[^\s@/<>"]{1,64}@[^\s@/<>"]{1,255}$/;

/** The text in lower case where it is shaped like an email address. */
export function asEmail(text: string | undefined): string | undefined {
  return text !== undefined && EMAIL.test(text) ? text.toLowerCase() : undefined;
}
