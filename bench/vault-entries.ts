import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { createHash } from 'node:crypto';

const MADE = 10_000;
/** Longer ones are rare, and tell of the disk only. */
const LONGEST_BYTES = 16_384;

/** Lines of an audit log, or as many made-up ones of the same size: a request and its response in turn. */
export async function vaultEntries(log: string | undefined): Promise<readonly Buffer[]> {
  if (log === undefined) return Array.from({ length: MADE }, (_, index) => Buffer.from(`${made(index)}\n`));
  const bytes = await readFile(log);
  const text = (log.endsWith('.gz') ? await promisify(gunzip)(bytes) : bytes).toString('utf8');
  const lines = text.split('\n').filter((line) => line !== '' && line.length <= LONGEST_BYTES);
  return lines.map((line) => Buffer.from(`${line}\n`));
}

function made(index: number): string {
  const pair = Math.floor(index / 2);
  const hmac = (what: string): string =>
    `hmac-sha256:${createHash('sha256')
      .update(`${what}${pair % 50}`)
      .digest('hex')}`;
  const isResponse = index % 2 === 1;
  const mount = { mount_point: 'secret/', mount_type: 'kv', mount_accessor: 'kv_0a1b2c3d', mount_class: 'secret' };
  return JSON.stringify({
    time: new Date(Date.parse('2026-11-23T10:00:00Z') + index).toISOString(),
    type: isResponse ? 'response' : 'request',
    auth: {
      client_token: hmac('token'),
      accessor: hmac('accessor'),
      display_name: `approle-service-${pair % 50}`,
      policies: ['default', 'read-production'],
      token_policies: ['default', 'read-production'],
      policy_results: {
        allowed: true,
        granting_policies: [{ name: 'read-production', namespace_id: 'root', type: 'acl' }],
      },
      metadata: { role_name: `service-${pair % 50}` },
      entity_id: '3f2c1b0a-1111-2222-3333-444455556666',
      token_type: 'service',
      token_issue_time: '2026-11-23T09:00:00Z',
    },
    request: {
      id: `00000000-0000-4000-8000-${String(pair).padStart(12, '0')}`,
      client_id: '3f2c1b0a-1111-2222-3333-444455556666',
      operation: 'read',
      ...mount,
      client_token: hmac('token'),
      client_token_accessor: hmac('accessor'),
      namespace: { id: 'root' },
      path: `secret/data/production/service-${pair % 97}/database`,
      remote_address: `10.0.${pair % 16}.${pair % 251}`,
      remote_port: 40_000 + (pair % 20_000),
    },
    ...(isResponse
      ? {
          response: {
            ...mount,
            data: {
              data: { password: hmac('p'), username: hmac('u') },
              metadata: { version: 3, created_time: hmac('c') },
            },
          },
        }
      : {}),
  });
}
