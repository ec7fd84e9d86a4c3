import type { AccessKind } from '../../core/event.ts';

/**
 * What an operation does. Reading is what brings a secret out or uses a key: public halves of keys and certificates
 * are listed. Handshakes (`Authentication`) and reminders (`...NearExpiry...`) are no access.
 * Source: https://learn.microsoft.com/azure/key-vault/general/logging#interpret-your-key-vault-logs
 */
export function accessKindOf(operation: string): AccessKind | undefined {
  return KINDS.get(operation) ?? (DIAGNOSTICS.test(operation) ? 'audit' : managementKind(operation));
}

/** Operations of the Activity Log are told by what stands behind the last slash; case varies. */
function managementKind(operation: string): AccessKind | undefined {
  const [, what = '', verb = ''] = /^microsoft\.keyvault\/(.+)\/(\w+)$/i.exec(operation) ?? [];
  if (/^(?:vaults|managedhsms)\/(?:secrets|keys)$/i.test(what))
    return verb.toLowerCase() === 'write' ? 'write' : undefined;
  if (/deleted(?:vaults|managedhsms)\/purge$/i.test(what)) return 'delete';
  if (!/^(?:vaults|managedhsms)/i.test(what)) return undefined;
  if (/^delete$/i.test(verb)) return /^(?:vaults|managedhsms)$/i.test(what) ? 'delete' : 'admin';
  return /^(?:write|action)$/i.test(verb) ? 'admin' : undefined;
}

/** Who changes diagnostic settings decides what is logged. */
const DIAGNOSTICS = /^microsoft\.insights\/diagnosticsettings\/(?:write|delete)$/i;

const OPERATIONS: Readonly<Partial<Record<AccessKind, string>>> = {
  read:
    'SecretGet SecretBackup KeyBackup CertificateBackup ' +
    'KeyDecrypt KeyUnwrap KeySign KeyEncrypt KeyWrap KeyVerify KeyRelease',
  list:
    'SecretList SecretListVersions SecretListDeleted SecretGetDeleted ' +
    'KeyGet KeyList KeyListVersions KeyListDeleted KeyGetDeleted KeyRotationPolicyGet ' +
    'CertificateGet CertificateList CertificateListVersions CertificateListDeleted CertificateGetDeleted ' +
    'CertificatePolicyGet CertificateContactsGet CertificateIssuerGet CertificateIssuersList CertificatePendingGet ' +
    'VaultGet',
  write:
    'SecretSet SecretUpdate SecretRestore SecretRecover ' +
    'KeyCreate KeyImport KeyUpdate KeyRestore KeyRecover KeyRotate KeyRotateIfDue ' +
    'CertificateCreate CertificateImport CertificateUpdate CertificateRestore CertificateRecover ' +
    'CertificateEnroll CertificateRenew CertificatePendingMerge CertificatePendingUpdate',
  delete:
    'SecretDelete SecretPurge KeyDelete KeyPurge CertificateDelete CertificatePurge CertificatePendingDelete ' +
    'VaultDelete VaultPurge',
  admin:
    'VaultPut VaultPatch VaultRecover VaultAccessPolicyChange VaultAccessPolicyChangedEventGridNotification ' +
    'KeyRotationPolicySet CertificatePolicyUpdate CertificatePolicySet CertificateContactsSet CertificateContactsDelete ' +
    'CertificateIssuerSet CertificateIssuerUpdate CertificateIssuerDelete',
};

const KINDS: ReadonlyMap<string, AccessKind> = new Map(
  Object.entries(OPERATIONS).flatMap(([kind, names]) =>
    names.split(' ').map((name) => [name, kind as AccessKind] as const),
  ),
);
