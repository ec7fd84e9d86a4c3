import type { AwsCredentialIdentityProvider } from '@aws-sdk/types';
import type { AwsIdentity } from './identity.ts';

/**
 * The standard chain (environment, profile, SSO, web identity, container, instance), and behind it a role where one is
 * given. Renews what expires; `region` is where STS is asked.
 */
export async function credentialsOf(identity: AwsIdentity, region: string): Promise<AwsCredentialIdentityProvider> {
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const { role, externalId } = identity;
  if (role === undefined) return fromNodeProviderChain({ clientConfig: { region } });
  return fromTemporaryCredentials({
    masterCredentials: fromNodeProviderChain({ clientConfig: { region } }),
    clientConfig: { region },
    params: {
      RoleArn: role,
      RoleSessionName: 'whosaw',
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    },
  });
}
