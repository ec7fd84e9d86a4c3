export const REDACTED = '[redacted]';

/**
 * Takes credentials out of a text that people or programs wrote: bearer and basic credentials, JSON web tokens, private
 * keys, Vault tokens, passwords in URLs, and the values of `password=`, `"token":` and their kin, also percent-encoded.
 * `hmac-sha256:` values stay. Scrubbing twice changes nothing more. Linear in the length of the text.
 */
export function scrubText(text: string): string {
  if (!mayNeedScrubbing(text) && !(text.includes('"') && QUOTED_NAME.test(text))) return text;
  let clean = text;
  for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
  return clean;
}

/**
 * false: `scrubText` would change no string inside this JSON text. A cheap look, on the path of every record: most
 * checks search for one rare character or literal, because that is several times faster than one regular expression.
 */
export function mayNeedScrubbing(json: string): boolean {
  return (
    // Escapes may hide anything: JSON inside a string, or an ASCII letter written as \u0041.
    json.includes('\\') ||
    ((json.includes('=') || json.includes('%')) && ASSIGNED_NAME.test(json)) ||
    (json.includes("'") && QUOTED_NAME.test(json)) ||
    (json.includes('@') && USERINFO.test(json)) ||
    json.includes('PRIVATE KEY') ||
    hasWebToken(json) ||
    json.includes('Bearer ') ||
    json.includes('bearer ') ||
    json.includes('Basic ') ||
    VAULT_TOKEN.test(json)
  );
}

/** `eyJ`, found by its rarest letter. */
function hasWebToken(text: string): boolean {
  for (let at = text.indexOf('J'); at !== -1; at = text.indexOf('J', at + 1)) {
    if (text.charCodeAt(at - 1) === 0x79 && text.charCodeAt(at - 2) === 0x65) return true;
  }
  return false;
}

/** Names whose value is a credential, whatever word stands before them (`DB_PASSWORD`). */
const ANY_PREFIX = 'passw(?:or)?d|passphrase';
/** Names that must be whole: `clientRequestToken` is an id. */
const WHOLE = [
  'pwd|secret|secret[_-]?string|client[_-]?secret|(?:aws[_-]?)?secret[_-]?access[_-]?key|secret[_-]?key|private[_-]?key',
  'token|(?:access|id|refresh|session|security|auth|client|vault)[_-]?token|x-amz-security-token|x-vault-token',
  'sig|signature|x-amz-signature|(?:client[_-]?)?assertion|samlresponse|authorization|cookie',
  '(?:x-)?api[_-]?key|account[_-]?key|shared[_-]?access[_-]?key',
].join('|');
/** No letter or digit before, but for an encoded `&` or `?`. */
const START = '(?:(?<![A-Za-z0-9])|(?<=%26|%3f|u0026))';
const KEEP = '(?!hmac-sha256:|\\[redacted\\])';
const EQUALS = '(?:=|%3d)';
/** A value in quotes, or up to what ends one in a query, a connection string or a sentence. */
const VALUE = `(?:(")${KEEP}[^"]+|(')${KEEP}[^']+|${KEEP}(?:[^\\s&;"'\\\\]|\\\\(?!["']))+)`;
/** A JSON value, with its escapes; inside a string of a string its quotes have backslashes of their own. */
const JSON_VALUE = [
  `(\\\\{1,8}")${KEEP}(?:[^"\\\\]|\\\\+[^"\\\\])+`,
  `(")${KEEP}(?:[^"\\\\]|\\\\[^])+`,
  `(')${KEEP}(?:[^'\\\\]|\\\\[^])+`,
  `${KEEP}[^\\s,}\\]"'\\\\]+`,
].join('|');

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^]*?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|[^]*)/g,
    REDACTED,
  ],
  [/(?<![\w-])eyJ[\w-]{8,}(?:\.[\w-]+){1,4}/g, REDACTED],
  [/(?<![\w-])(?:hv[sbr]\.[\w-]{20,}|[sbr]\.[A-Za-z0-9]{24,})/g, REDACTED],
  [/(?<![\w-])([Bb]earer) {1,8}[\w.~+/-]{8,}={0,2}/g, `$1 ${REDACTED}`],
  [/(?<![\w-])Basic {1,8}(?=[a-z]*[A-Z0-9+/=])[A-Za-z0-9+/]{8,}={0,2}/g, `Basic ${REDACTED}`],
  // https://user:password@host
  [/(:\/\/[^\s/:@]{0,200}:)(?!\[redacted\]@)[^\s/@]+@/g, `$1${REDACTED}@`],
  // "password": "..."
  [
    new RegExp(`(["'](?:[\\w-]{0,60}(?:${ANY_PREFIX})|${WHOLE})\\\\{0,8}["']\\s{0,8}:\\s{0,8})(?:${JSON_VALUE})`, 'gi'),
    `$1$2$3$4${REDACTED}`,
  ],
  [new RegExp(`((?:${ANY_PREFIX}|${START}(?:${WHOLE}))${EQUALS})${VALUE}`, 'gi'), `$1$2$3${REDACTED}`],
  // An authorization code, and never an error code.
  [new RegExp(`((?:[?&;]|%26|%3f|u0026|^)code${EQUALS})${VALUE}`, 'gi'), `$1$2$3${REDACTED}`],
];

/** What the patterns need, less exactly. */
const LAST_WORDS = 'd|phrase|secret|string|key|token|sig|signature|assertion|response|authorization|cookie|code';
const ASSIGNED_NAME = new RegExp(`(?:${LAST_WORDS})${EQUALS}`, 'i');
const QUOTED_NAME = new RegExp(`(?:${LAST_WORDS})\\\\*["']\\s*:`, 'i');
const USERINFO = /:\\?\/\\?\/[^\s/@]*@/;
const VAULT_TOKEN = /[sbr]\.[\w-]{20}/;
