import { PRODUCTION, STAGING, type AwsIdentity } from './cloudtrail.ts';
import type { AzureIdentity } from './key-vault.ts';
import type { VaultIdentity } from './vault.ts';

const OFFICE = '203.0.113.24';
const VPN = '198.51.100.31';
/** Where the clusters' calls to the clouds come from. */
const EGRESS = '198.51.100.140';
/** Nobody at Acme works from here. */
export const INTRUDER = '192.0.2.77';

export const VAULT = {
  paymentsApi: approle('payments-api', '10.0.16.21'),
  ledger: approle('ledger', '10.0.16.34'),
  storefront: approle('storefront', '10.0.17.8'),
  paymentsApiStaging: approle('payments-api-staging', '10.0.32.21'),
  deployBot: approle('deploy-bot', '10.0.8.14'),
  ana: userpass('ana', ['default', 'payments-on-call'], OFFICE),
  sam: userpass('sam', ['default', 'payments-dev'], OFFICE),
  bob: userpass('bob', ['default', 'payments-dev'], VPN),
  mia: userpass('mia', ['default', 'payments-dev'], OFFICE),
} as const;

export const AWS = {
  paymentsApi: role('payments-api', PRODUCTION),
  ledger: role('ledger', PRODUCTION),
  reportJob: role('report-job', PRODUCTION),
  deployBot: { ...role('deploy-bot', PRODUCTION), address: '10.0.8.14' },
  worker: role('payments-worker', STAGING),
  ana: { type: 'user', name: 'ana.lopez', account: PRODUCTION, address: OFFICE },
  terraform: { type: 'user', name: 'terraform', account: PRODUCTION, address: EGRESS },
  sam: sso('sam@payments.acme.example', OFFICE),
  bob: sso('bob@payments.acme.example', VPN),
} as const satisfies Readonly<Record<string, AwsIdentity>>;

export const AZURE = {
  storefront: app('storefront', '3b9d5c10-6e2f-4a71-8c3d-5f0a1b2c3d4e'),
  ledger: app('ledger', '7c1e8f20-4d3a-4b62-9e5f-6a1b2c3d4e5f'),
  paymentsStaging: app('payments-staging', '9d2f7a30-5e4b-4c53-a06a-7b2c3d4e5f60'),
  storefrontStaging: app('storefront-staging', 'a03e6b40-6f5c-4d44-b17b-8c3d4e5f6071'),
  ana: { name: 'ana@payments.acme.example', address: OFFICE },
  sam: { name: 'sam@payments.acme.example', address: OFFICE },
  mia: { name: 'mia@payments.acme.example', address: VPN },
} as const satisfies Readonly<Record<string, AzureIdentity>>;

/** The same identity, from somewhere else. */
export function from<T extends { readonly address: string }>(who: T, address: string): T {
  return { ...who, address };
}

function approle(name: string, address: string): VaultIdentity {
  return { method: 'approle', name, policies: ['default', name], address };
}

function userpass(name: string, policies: readonly string[], address: string): VaultIdentity {
  return { method: 'userpass', name, policies, address };
}

function role(name: string, account: string): AwsIdentity {
  return { type: 'role', name, account, address: EGRESS };
}

function sso(name: string, address: string): AwsIdentity {
  return { type: 'sso', name, account: STAGING, address };
}

function app(name: string, appId: string): AzureIdentity {
  return { name, appId, address: EGRESS };
}
