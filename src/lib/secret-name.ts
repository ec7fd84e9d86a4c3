/** A name that says that its value is a credential, in any spelling: `SecretString`, `secret_string`, `secret-string`. */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return SECRET.test(plain) && !IDS.has(plain);
}

/** The last letters of every such name, for a first look at a text. */
export const SECRET_ENDS =
  'd|phrase|text|token|secret|string|binary|key|code|otp|[12]|authorization|cookie|sig|signature|assertion|response|material|data|pem|value';

const SECRET = new RegExp(
  [
    '(?:password|passwd|passphrase|plaintext|token|secret(?:string|binary|value|key|accesskey)|privatekey|apikey|(?:client|shared)secret)$',
    '^(?:secret|pwd|passcode|otp|mfacode|tokencode|authenticationcode[12]|authorizationcode|base32stringseed)$',
    '^(?:(?:proxy)?authorization|(?:set)?cookie|(?:xamz)?sig(?:nature)?|(?:client|saml)?assertion|samlresponse)$',
    '^(?:accountkey|sharedaccesskey|connectionstring|keymaterial|userdata|privatekeypem)$',
  ].join('|'),
);

/** Ids that a caller makes up so that a call is not done twice, and switches. */
const IDS: ReadonlySet<string> = new Set([
  'clientrequesttoken',
  'clienttoken',
  'clientidempotencytoken',
  'creationtoken',
  'idempotencytoken',
  'allowuserstochangepassword',
  'managemasteruserpassword',
]);
