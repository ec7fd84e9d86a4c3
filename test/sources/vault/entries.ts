import type { JsonObject } from '../../../src/core/json.ts';

/** An HMAC as an audit device writes it. */
export function hmac(seed: number): string {
  return `hmac-sha256:${seed.toString(16).padStart(64, '0')}`;
}

const AUTH: JsonObject = {
  client_token: hmac(1),
  accessor: hmac(2),
  display_name: 'userpass-bob',
  policies: ['default', 'dev'],
  metadata: { username: 'bob' },
  token_type: 'service',
};

export interface EntryOptions {
  readonly id?: string;
  readonly time?: string;
  readonly operation?: string;
  readonly path?: string;
}

export function request(options: EntryOptions = {}): JsonObject {
  const { id = 'r-1', time = '2025-03-15T02:34:12Z', operation = 'read', path = 'secret/data/app/db' } = options;
  return {
    time,
    type: 'request',
    auth: AUTH,
    request: {
      id,
      operation,
      mount_point: 'secret/',
      mount_type: 'kv',
      client_token: hmac(1),
      client_token_accessor: hmac(2),
      namespace: { id: 'root' },
      path,
      remote_address: '192.0.2.10',
      remote_port: 40_123,
    },
  };
}

export function response(options: EntryOptions = {}): JsonObject {
  return {
    ...request(options),
    type: 'response',
    response: { mount_type: 'kv', data: { data: { password: hmac(3) }, metadata: { destroyed: false, version: 2 } } },
  };
}

/** A copy with another value at a dotted path; objects on the way are made. */
export function withValue(entry: JsonObject, path: string, value: unknown): JsonObject {
  const [step = '', ...rest] = path.split('.');
  const inner = entry[step];
  const below = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as JsonObject) : {};
  const next = rest.length === 0 ? value : withValue(below, rest.join('.'), value);
  return { ...entry, [step]: next } as JsonObject;
}
