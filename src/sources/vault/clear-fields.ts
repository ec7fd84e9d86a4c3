/**
 * What Vault and OpenBao say in clear in an audit entry, as their source declares it (audit/types.go,
 * audit/entry_formatter.go); a field that is not listed counts as a value.
 * `clear`: stays, scrubbed. `headers`, `metadata`: stay but for what is called like a credential. `url`: without its
 * query. `answer`: values but for what says how the answer came out. A table: the object's own fields.
 */
export type Field = 'clear' | 'headers' | 'metadata' | 'url' | 'answer' | Fields;
export type Fields = ReadonlyMap<string, Field>;

const MOUNT = [
  'mount_accessor',
  'mount_class',
  'mount_is_external_plugin',
  'mount_point',
  'mount_running_plugin_version',
  'mount_running_sha256',
  'mount_running_version',
  'mount_type',
];

const AUTH: Fields = new Map<string, Field>([
  ...clear([
    'display_name',
    'entity_created',
    'entity_id',
    'external_namespace_policies',
    'identity_policies',
    'no_default_policy',
    'num_uses',
    'policies',
    'policy_results',
    'remaining_uses',
    'token_issue_time',
    'token_policies',
    'token_ttl',
    'token_type',
  ]),
  ['metadata', 'metadata'],
]);

const REQUEST: Fields = new Map<string, Field>([
  ...clear([
    'client_certificate_serial_number',
    'client_id',
    'id',
    'namespace',
    'operation',
    'path',
    'policy_override',
    'remote_address',
    'remote_port',
    'replication_cluster',
    'wrap_ttl',
    ...MOUNT,
  ]),
  ['headers', 'headers'],
  ['request_uri', 'url'],
]);

const RESPONSE: Fields = new Map<string, Field>([
  ...clear(['warnings', ...MOUNT]),
  ['auth', AUTH],
  ['data', 'answer'],
  ['headers', 'headers'],
  ['redirect', 'url'],
  ['secret', clear(['lease_id'])],
  ['wrap_info', clear(['creation_path', 'creation_time', 'ttl'])],
]);

export const ENTRY: Fields = new Map<string, Field>([
  ...clear(['error', 'forwarded_from', 'time', 'type']),
  ['auth', AUTH],
  ['request', REQUEST],
  ['response', RESPONSE],
]);

function clear(names: readonly string[]): Fields {
  return new Map(names.map((name) => [name, 'clear']));
}
