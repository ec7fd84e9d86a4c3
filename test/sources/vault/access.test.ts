import { describe, expect, test } from 'vitest';
import { accessOf } from '../../../src/sources/vault/access.ts';

/** `mount_type mount_point operation path` -> `kind secret kind-of-secret`; `-` where there is none. */
const CASES: readonly (readonly [string, string])[] = [
  ['kv secret/ read secret/data/app/db', 'read secret/app/db secret'],
  ['kv secret/ create secret/data/app/db', 'write secret/app/db secret'],
  ['kv secret/ update secret/data/app/db', 'write secret/app/db secret'],
  ['kv secret/ patch secret/data/app/db', 'write secret/app/db secret'],
  ['kv secret/ recover secret/data/app/db', 'write secret/app/db secret'],
  ['kv secret/ delete secret/data/app/db', 'delete secret/app/db secret'],
  ['kv secret/ read secret/metadata/app/db', 'list secret/app/db secret'],
  ['kv secret/ list secret/metadata/app/', 'list - -'],
  ['kv secret/ scan secret/metadata/', 'list - -'],
  ['kv secret/ list secret/detailed-metadata/app/', 'list - -'],
  ['kv secret/ patch secret/metadata/app/db', 'write secret/app/db secret'],
  ['kv secret/ delete secret/metadata/app/db', 'delete secret/app/db secret'],
  ['kv secret/ read secret/subkeys/app/db', 'list secret/app/db secret'],
  ['kv secret/ update secret/delete/app/db', 'delete secret/app/db secret'],
  ['kv secret/ update secret/destroy/app/db', 'delete secret/app/db secret'],
  ['kv secret/ update secret/undelete/app/db', 'write secret/app/db secret'],
  ['kv secret/ read secret/config', 'list - -'],
  ['kv secret/ update secret/config', 'admin - -'],
  ['kv secret/ read secret/data/', 'read - -'],
  ['kv secret/ read secret/data', 'read - -'],
  ['kv deep/mount/ read deep/mount/data/app', 'read deep/mount/app secret'],
  // Version 1.
  ['kv kv1/ read kv1/app/db', 'read kv1/app/db secret'],
  ['kv kv1/ read kv1/delete/x', 'read kv1/delete/x secret'],
  ['kv kv1/ read kv1/config/x', 'read kv1/config/x secret'],
  ['kv kv1/ list kv1/app/', 'list - -'],
  ['generic old/ read old/data/x', 'read old/data/x secret'],
  ['cubbyhole cubbyhole/ read cubbyhole/data/x', 'read cubbyhole/data/x secret'],
  ['ns_cubbyhole cubbyhole/ delete cubbyhole/x', 'delete cubbyhole/x secret'],
  // Without mount fields.
  ['- - read secret/data/app/db', 'read secret/app/db secret'],
  ['- - read secret', 'read - -'],
  ['- - update auth/userpass/login/bob', 'login - -'],
  ['- - read sys/mounts', 'list - -'],
  ['- - update identity/group', 'admin - -'],
  // A mount point that does not fit.
  ['kv elsewhere/ read secret/data/app', 'read secret/app secret'],
  ['transit transit/ update transit/decrypt/app', 'read transit/keys/app key'],
  ['transit transit/ update transit/datakey/plaintext/app', 'read transit/keys/app key'],
  ['transit transit/ read transit/export/encryption-key/app/3', 'read transit/keys/app key'],
  ['transit transit/ read transit/byok-export/target/app', 'read transit/keys/app key'],
  ['transit transit/ read transit/backup/app', 'read transit/keys/app key'],
  ['transit transit/ update transit/restore/app', 'write transit/keys/app key'],
  ['transit transit/ update transit/restore', 'write - -'],
  ['transit transit/ update transit/encrypt/app', '- transit/keys/app key'],
  ['transit transit/ update transit/sign/app/sha2-256', '- transit/keys/app key'],
  ['transit transit/ update transit/random/32', '- - -'],
  ['transit transit/ update transit/hash/sha2-256', '- - -'],
  ['transit transit/ update transit/constructor/app', '- - -'],
  ['transit transit/ read transit/keys/app', 'list transit/keys/app key'],
  ['transit transit/ create transit/keys/app', 'write transit/keys/app key'],
  ['transit transit/ update transit/keys/app/rotate', 'admin transit/keys/app key'],
  ['transit transit/ delete transit/keys/app', 'delete transit/keys/app key'],
  ['transit transit/ list transit/keys/', 'list - -'],
  ['transit transit/ update transit/cache-config', 'admin - -'],
  ['pki pki/ update pki/issue/web', 'read pki/issue/web certificate'],
  ['pki pki/ update pki/issuer/main/issue/web', 'read pki/issuer/main/issue/web certificate'],
  ['pki pki/ update pki/sign/web', 'read pki/sign/web certificate'],
  ['pki pki/ update pki/root/generate/exported', 'read pki/root/generate/exported certificate'],
  [
    'pki pki/ update pki/issuers/generate/intermediate/exported',
    'read pki/issuers/generate/intermediate/exported certificate',
  ],
  ['pki pki/ update pki/root/rotate/exported', 'read pki/root/rotate/exported certificate'],
  ['pki pki/ update pki/root/generate/internal', 'admin - -'],
  ['pki pki/ read pki/ca/pem', 'list - -'],
  ['pki pki/ update pki/roles/issue', 'admin - -'],
  ['ssh ssh/ update ssh/sign/ops', 'read ssh/sign/ops certificate'],
  ['ssh ssh/ update ssh/creds/ops', 'read ssh/creds/ops credential'],
  ['ssh ssh/ list ssh/sign/', 'list - -'],
  ['database db/ read db/creds/readonly', 'read db/creds/readonly credential'],
  ['database db/ read db/static-creds/app', 'read db/static-creds/app credential'],
  ['database db/ update db/config/pg', 'admin - -'],
  ['aws aws/ update aws/sts/deploy', 'read aws/sts/deploy credential'],
  ['azure azure/ read azure/creds/deploy', 'read azure/creds/deploy credential'],
  ['gcp gcp/ read gcp/key/deploy', 'read gcp/key/deploy credential'],
  ['gcp gcp/ read gcp/roleset/deploy/token', 'read gcp/roleset/deploy/token credential'],
  ['keymgmt keymgmt/ read keymgmt/key/app', 'list - -'],
  ['totp totp/ read totp/code/bob', 'read totp/code/bob credential'],
  ['totp totp/ read totp/keys/bob', 'list - -'],
  ['ldap ldap/ update ldap/library/ops/check-out', 'read ldap/library/ops/check-out credential'],
  ['kubernetes k8s/ update k8s/creds/deploy', 'read k8s/creds/deploy credential'],
  [
    'kmip kmip/ update kmip/scope/a/role/b/credential/generate',
    'read kmip/scope/a/role/b/credential/generate credential',
  ],
  ['system sys/ update sys/audit/file', 'audit - -'],
  ['system sys/ delete sys/audit/file', 'audit - -'],
  ['system sys/ read sys/audit', 'audit - -'],
  ['system sys/ update sys/audit-hash/file', 'audit - -'],
  ['system sys/ update sys/config/auditing/request-headers/x', 'audit - -'],
  ['system sys/ update sys/auditor', 'admin - -'],
  ['system sys/ update sys/wrapping/unwrap', 'read - -'],
  ['system sys/ update sys/wrapping/lookup', '- - -'],
  ['system sys/ update sys/mfa/validate', 'login - -'],
  ['system sys/ read sys/raw/logical/x', 'read sys/raw/logical/x secret'],
  ['system sys/ update sys/seal', 'admin - -'],
  ['system sys/ update sys/capabilities-self', '- - -'],
  ['system sys/ update sys/leases/renew', '- - -'],
  ['system sys/ update sys/leases/revoke', 'admin - -'],
  ['system sys/ read sys/policies/acl/dev', 'list - -'],
  ['approle auth/approle/ update auth/approle/login', 'login - -'],
  ['approle auth/approle/ update auth/approle/role/ci/secret-id', 'read auth/approle/role/ci/secret-id credential'],
  [
    'approle auth/approle/ update auth/approle/role/ci/custom-secret-id',
    'read auth/approle/role/ci/custom-secret-id credential',
  ],
  ['approle auth/approle/ list auth/approle/role/ci/secret-id', 'list - -'],
  ['approle auth/approle/ update auth/approle/role/ci/secret-id/lookup', 'list - -'],
  ['approle auth/approle/ update auth/approle/role/ci/secret-id-accessor/destroy', 'admin - -'],
  ['userpass auth/userpass/ update auth/userpass/login/bob', 'login - -'],
  ['userpass auth/userpass/ update auth/userpass/users/login', 'admin - -'],
  ['oidc auth/oidc/ read auth/oidc/oidc/callback', 'login - -'],
  ['oidc auth/oidc/ update auth/oidc/oidc/auth_url', '- - -'],
  ['token auth/token/ update auth/token/create', 'login - -'],
  ['token auth/token/ update auth/token/create-orphan', 'login - -'],
  ['token auth/token/ read auth/token/lookup-self', '- - -'],
  ['token auth/token/ update auth/token/revoke', 'admin - -'],
  ['identity identity/ read identity/oidc/token/web', 'read identity/oidc/token/web token'],
  ['identity identity/ update identity/lookup/entity', 'list - -'],
  ['identity identity/ update identity/entity', 'admin - -'],
  ['kv secret/ help secret/data/app', '- - -'],
  ['kv secret/ constructor secret/data/app', '- secret/app secret'],
  ['constructor odd/ __proto__ odd/creds/x', '- - -'],
];

describe('the access of a request', () => {
  test.each(CASES)('%s: %s', (text, expected) => {
    const [type = '', point = '', operation = '', ...path] = text.split(' ');
    const mount = type === '-' ? {} : { mount_type: type, mount_point: point };
    const { kind, secret, secretKind } = accessOf({ ...mount, operation, path: path.join(' ') });
    expect([kind, secret, secretKind].map((part) => part ?? '-').join(' ')).toBe(expected);
  });

  test.each([
    [{ mount_point: 'team-a/secret/', mount_type: 'kv' }],
    [{ mount_point: 'secret/', mount_type: 'kv' }],
    [{}],
  ])('in a namespace, with mount fields %j', (mount) => {
    const namespace = { id: 'x', path: 'team-a/' };
    const access = accessOf({ ...mount, namespace, operation: 'read', path: 'secret/data/app' });
    expect(access).toEqual({ kind: 'read', secret: 'team-a/secret/app', secretKind: 'secret' });
    const system = accessOf({ namespace, operation: 'update', path: 'sys/audit/file', mount_type: 'ns_system' });
    expect(system).toEqual({ kind: 'audit' });
  });

  test('nothing at all', () => {
    expect(accessOf({})).toEqual({});
  });
});
