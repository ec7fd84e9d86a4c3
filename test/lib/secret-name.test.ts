import { describe, expect, it } from 'vitest';
import { isSecretName } from '../../src/lib/secret-name.ts';

describe('isSecretName', () => {
  const SECRET =
    'password Password PASSWD db_password masterUserPassword secretString secret-binary SecretBinary plaintext privateKey private_key ' +
    'sessionToken session_token nextToken authToken token secretAccessKey Authorization X-Amz-Security-Token x-vault-token cookie ' +
    'x-api-key clientSecret tokenCode samlAssertion accountKey passphrase secret pwd';
  it.each(SECRET.split(' '))('%s is a secret', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  const PLAIN =
    'secretId secretIdList SecretARN secretVersionId accessKeyId clientRequestToken clientToken maxResults eventName versionStage ' +
    'forceOverwriteReplicaSecret passwordLastChanged tokenType publicKey keyId sAMLAssertionID allowUsersToChangePassword name value';
  it.each(PLAIN.split(' '))('%s is none', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});
