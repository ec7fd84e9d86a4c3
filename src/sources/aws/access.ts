import type { AccessKind } from '../../core/event.ts';

/**
 * What a call does to secrets, to identities or to the audit trail itself; undefined for everything else. A KMS call
 * that decrypts a secret is the companion of a read that is logged on its own, and no access.
 */
export function accessKindOf(eventSource: string, eventName: string): AccessKind | undefined {
  if (eventSource === 'iam.amazonaws.com') return IAM_QUESTION.test(eventName) ? undefined : 'admin';
  return KINDS.get(eventSource)?.get(eventName);
}

/** Calls of IAM that change nothing. */
const IAM_QUESTION = /^(?:Get|List|Simulate|Generate)/;

const KINDS = table({
  'secretsmanager.amazonaws.com': {
    read: 'GetSecretValue BatchGetSecretValue',
    list: 'ListSecrets DescribeSecret GetResourcePolicy ListSecretVersionIds ValidateResourcePolicy',
    write: 'CreateSecret PutSecretValue UpdateSecret UpdateSecretVersionStage RestoreSecret',
    delete: 'DeleteSecret EndSecretVersionDelete SecretVersionDeletion',
    admin:
      'PutResourcePolicy DeleteResourcePolicy TagResource UntagResource ' +
      'RotateSecret CancelRotateSecret RotationStarted RotationSucceeded RotationFailed RotationAbandoned ' +
      'TestRotationStarted TestRotationSucceeded TestRotationFailed ' +
      'ReplicateSecretToRegions RemoveRegionsFromReplication StopReplicationToReplica ' +
      'ReplicationStarted ReplicationSucceeded ReplicationFailed ' +
      'StartSecretVersionDelete CancelSecretVersionDelete',
  },
  'sts.amazonaws.com': {
    login: 'AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetFederationToken GetSessionToken',
  },
  'signin.amazonaws.com': { login: 'ConsoleLogin UserAuthentication SwitchRole' },
  'sso.amazonaws.com': { login: 'Authenticate Federate' },
  'cloudtrail.amazonaws.com': {
    audit:
      'StartLogging StopLogging CreateTrail UpdateTrail DeleteTrail PutEventSelectors PutInsightSelectors ' +
      'CreateEventDataStore UpdateEventDataStore DeleteEventDataStore RestoreEventDataStore ' +
      'StartEventDataStoreIngestion StopEventDataStoreIngestion CreateChannel UpdateChannel DeleteChannel ' +
      'PutResourcePolicy DeleteResourcePolicy PutEventConfiguration ' +
      'RegisterOrganizationDelegatedAdmin DeregisterOrganizationDelegatedAdmin',
  },
  'config.amazonaws.com': {
    audit: 'StopConfigurationRecorder DeleteConfigurationRecorder PutConfigurationRecorder DeleteDeliveryChannel',
  },
  'guardduty.amazonaws.com': {
    audit: 'DeleteDetector UpdateDetector DisassociateFromMasterAccount StopMonitoringMembers',
  },
});

/** Maps, and not objects: names come from the log, and `constructor` must find nothing. */
function table(
  sources: Readonly<Record<string, Partial<Record<AccessKind, string>>>>,
): ReadonlyMap<string, ReadonlyMap<string, AccessKind>> {
  const kinds = (names: Partial<Record<AccessKind, string>>): ReadonlyMap<string, AccessKind> =>
    new Map(
      Object.entries(names).flatMap(([kind, list]) =>
        list.split(' ').map((name) => [name, kind as AccessKind] as const),
      ),
    );
  return new Map(Object.entries(sources).map(([source, names]) => [source, kinds(names)]));
}
