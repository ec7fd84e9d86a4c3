import type { TokenCredential } from '@azure/identity';

/** The standard chain: environment, workload identity, managed identity, Azure CLI and its kin. */
export async function azureCredential(): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential();
}
