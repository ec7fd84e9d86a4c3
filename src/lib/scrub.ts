import { isSecretName, SECRET_ENDS } from './secret-name.ts';

export const REDACTED = '[redacted]';

/**
 * Takes credentials out of a text that people or programs wrote: bearer and basic credentials, JSON web tokens, private
 * keys, Vault tokens, passwords in URLs, and the values of `password=`, `"token":` and their kin, also percent-encoded.
 * `hmac-sha256:` values stay. Scrubbing twice changes nothing more. Linear in the length of the text.
 */
export function scrubText(text: string): string {
  if (!mayNeedScrubbing(text) && !(text.includes('"') && QUOTED.test(text))) return text;
  let clean = text;
  for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
  return scrubNamed(scrubNamed(clean, MEMBER, MEMBER_VALUE), ASSIGNED, ASSIGNED_VALUE);
}

/**
 * false: `scrubText` would change no string inside this JSON text. A cheap look, on the path of every record: most
 * checks search for one rare character or literal, because that is several times faster than one regular expression.
 */
export function mayNeedScrubbing(json: string): boolean {
  return (
    // Escapes may hide anything: JSON inside a string, or an ASCII letter written as \u0041.
    json.includes('\\') ||
    hasAssignment(json) ||
    (json.includes("'") && APOSTROPHE_NAME.test(json)) ||
    (json.includes('@') && USERINFO.test(json)) ||
    json.includes('PRIVATE KEY') ||
    hasWebToken(json) ||
    json.includes('earer ') ||
    json.includes('Basic ') ||
    hasVaultToken(json)
  );
}

/** A name that may be a secret's, and a value: a quote right behind the `=` (base64 ends so) ends the string. */
function hasAssignment(json: string): boolean {
  for (let at = json.indexOf('='); at !== -1; at = json.indexOf('=', at + 1)) {
    if (json.charCodeAt(at + 1) !== QUOTE && SECRET_END.test(json.slice(Math.max(0, at - LONGEST_END), at)))
      return true;
  }
  return json.includes('%') && ENCODED_NAME.test(json);
}

function hasVaultToken(text: string): boolean {
  for (let at = text.indexOf('.'); at !== -1; at = text.indexOf('.', at + 1)) {
    const kind = text.charCodeAt(at - 1);
    if ((kind === LOWER_S || kind === LOWER_B || kind === LOWER_R) && TOKEN.test(text.slice(at + 1, at + 21)))
      return true;
  }
  return false;
}

/** `eyJ`, found by its rarest letter. */
function hasWebToken(text: string): boolean {
  for (let at = text.indexOf('J'); at !== -1; at = text.indexOf('J', at + 1)) {
    if (text.charCodeAt(at - 1) === 0x79 && text.charCodeAt(at - 2) === 0x65) return true;
  }
  return false;
}

const QUOTE = 0x22;
const LOWER_B = 0x62;
const LOWER_R = 0x72;
const LOWER_S = 0x73;
const SECRET_END = new RegExp(`(?:${SECRET_ENDS})$`, 'i');
const LONGEST_END = Math.max(...SECRET_ENDS.split('|').map(({ length }) => length));
const ENCODED_NAME = new RegExp(`(?:${SECRET_ENDS})%3d`, 'i');
/** What quotes in the text itself are for. */
const QUOTED = new RegExp(`[\\w.-]\\\\*["']\\s*:|(?:${SECRET_ENDS})="`, 'i');
const APOSTROPHE_NAME = /[\w.-]\\*'\s*:/;
const USERINFO = /:\\?\/\\?\/[^\s/@]*@/;
const TOKEN = /^[\w-]{20}$/;

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
  [/(:\/\/[^\s/:@]{0,200}:)(?!\[redacted\]@)[^\s/]+@/g, `$1${REDACTED}@`],
];

/** A name and what stands before its value: in JSON, also inside a string of a string, or as in a query. */
const MEMBER = /["']([\w.-]{1,80})\\{0,8}["']\s{0,8}:\s{0,8}/g;
const ASSIGNED = /([\w.-]{1,80})(?:=|%3d)/gi;

const KEEP = '(?!hmac-sha256:|\\[redacted\\])';
/** A JSON value, with its escapes; inside a string of a string its quotes have backslashes of their own. */
const MEMBER_VALUE = [
  `(\\\\{1,8}")${KEEP}(?:[^"\\\\]|\\\\+[^"\\\\])+`,
  `(")${KEEP}(?:[^"\\\\]|\\\\[^])+`,
  `(')${KEEP}(?:[^'\\\\]|\\\\[^])+`,
  `${KEEP}[^\\s,}\\]"'\\\\]+`,
].join('|');
/** A value in quotes, or up to what ends one in a query, a connection string or a sentence. */
const ASSIGNED_VALUE = `(")${KEEP}[^"]+|(')${KEEP}[^']+|${KEEP}(?:[^\\s&;"'\\\\]|\\\\(?!["']))+`;

/** Values are only looked at behind a secret's name: a value that stays may hold another name. */
function scrubNamed(text: string, heads: RegExp, valuePattern: string): string {
  const valueAt = new RegExp(valuePattern, 'y');
  let clean = '';
  let from = 0;
  for (const head of text.matchAll(heads)) {
    valueAt.lastIndex = head.index + head[0].length;
    if (head.index < from || !isSecretHead(text, head.index, head[1] ?? '')) continue;
    const value = valueAt.exec(text);
    if (value === null) continue;
    clean += text.slice(from, value.index) + (value[1] ?? value[2] ?? value[3] ?? '') + REDACTED;
    from = value.index + value[0].length;
  }
  return from === 0 ? text : clean + text.slice(from);
}

/** `code` is an authorization code in a query, and an error code elsewhere. */
function isSecretHead(text: string, at: number, found: string): boolean {
  const name = found.replace(ENCODED_SEPARATOR, '');
  if (isSecretName(name)) return true;
  return name.toLowerCase() === 'code' && (name !== found || at === 0 || '?&;'.includes(text.charAt(at - 1)));
}

/** What is left of `%26`, `%3F` and `\u0026` at the begin of a name. */
const ENCODED_SEPARATOR = /^(?:26|3f|u0026)/i;
