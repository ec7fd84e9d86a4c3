/** Whose trail is read: that of the credentials' own account, or of one whose role is assumed. */
export interface AwsIdentity {
  /** `arn:aws:iam::111122223333:role/whosaw-reader`; absent: the standard credential chain's own. */
  readonly role?: string | undefined;
  readonly externalId?: string | undefined;
}

/** The account of a role, for messages and origins; the chain's own is not known without asking. */
export function accountOf({ role }: AwsIdentity): string {
  return /^arn:[\w-]+:iam::(\d{12}):role\//.exec(role ?? '')?.[1] ?? 'own account';
}
