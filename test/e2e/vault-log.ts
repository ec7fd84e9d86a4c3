export interface VaultRead {
  /** RFC 3339. */
  readonly time: string;
  readonly id: string;
  readonly path?: string;
  readonly user?: string;
  readonly address?: string;
  readonly policies?: readonly string[];
  readonly operation?: string;
  readonly error?: string;
}

/** One response line of a Vault file audit device: a read of a KV v2 secret by an AppRole. */
export function vaultRead({
  time,
  id,
  path = 'secret/data/production/db-password',
  user = 'payments-api',
  address = '10.0.1.42',
  policies = ['default'],
  operation = 'read',
  error,
}: VaultRead): string {
  return `${JSON.stringify({
    time,
    type: 'response',
    auth: {
      client_token: 'hmac-sha256:0a',
      accessor: 'hmac-sha256:0b',
      display_name: `approle-${user}`,
      policies,
      metadata: { role_name: user },
      token_type: 'service',
    },
    request: {
      id,
      operation,
      mount_point: 'secret/',
      mount_type: 'kv',
      client_token: 'hmac-sha256:0a',
      path,
      remote_address: address,
    },
    response: { mount_type: 'kv', data: { data: { password: 'hmac-sha256:0c' }, metadata: { version: 3 } } },
    ...(error === undefined ? {} : { error }),
  })}\n`;
}

/** Eight reads of one secret by one identity, a second apart, the last at `endMs`: the shipped pack alerts once. */
export function harvest(endMs: number, more: Partial<VaultRead> & { readonly run: string }): string {
  const { run, ...rest } = more;
  return Array.from({ length: 8 }, (_, index) =>
    vaultRead({ time: new Date(endMs - (7 - index) * 1_000).toISOString(), id: `${run}-${index}`, ...rest }),
  ).join('');
}
