import type { SecretFields, SecretKind } from '../../core/event.ts';
import type { VaultCall } from './raw-shape.ts';

export interface Target {
  /** In lower case: names of vaults and objects don't tell cases apart. */
  readonly vault: string | undefined;
  readonly secret: SecretFields | undefined;
}

/**
 * The vault and the object that a call is about: of `properties.id`, else of the request's path, else the vault of the
 * resource. Calls for a whole vault name no object.
 */
export function targetOf(call: VaultCall): Target {
  const id = splitUri(call.objectId);
  const uri = splitUri(call.requestUri);
  const vault = id?.vault ?? uri?.vault ?? vaultOf(call.resourceId);
  if (vault === undefined) return { vault, secret: undefined };
  return { vault, secret: secretOf(vault, id) ?? secretOf(vault, uri) };
}

interface Uri {
  /** Absent where the host is no vault's: calls of the control plane go to a service for all vaults. */
  readonly vault: string | undefined;
  readonly segments: readonly string[];
}

function splitUri(uri: string | undefined): Uri | undefined {
  const match = uri === undefined ? null : URI.exec(uri);
  if (match === null) return undefined;
  const [, host = '', path = ''] = match;
  const vault = VAULT_HOST.exec(host)?.[1]?.toLowerCase();
  return { vault, segments: path.split('/', SEGMENTS_LIMIT) };
}

/** Without the query, which holds a version and a cache buster. */
const URI = /^https?:\/\/([^/?#]{1,255})\/?([^?#]*)/i;
/** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#dns-suffixes-for-object-identifiers */
const VAULT_HOST = /^([a-z0-9-]{1,127})\.(?:vault|managedhsm)\.[a-z.]{1,64}(?::\d+)?$/i;
const SEGMENTS_LIMIT = 8;

const TYPES: ReadonlyMap<string, { readonly type: string; readonly kind: SecretKind }> = new Map([
  ['secrets', { type: 'secrets', kind: 'secret' }],
  ['deletedsecrets', { type: 'secrets', kind: 'secret' }],
  ['keys', { type: 'keys', kind: 'key' }],
  ['deletedkeys', { type: 'keys', kind: 'key' }],
  ['certificates', { type: 'certificates', kind: 'certificate' }],
  ['deletedcertificates', { type: 'certificates', kind: 'certificate' }],
]);

/** `/secrets/NAME[/VERSION][/what to do]`. */
function secretOf(vault: string, uri: Uri | undefined): SecretFields | undefined {
  if (uri?.vault === undefined) return undefined;
  const [collection = '', encoded = '', version = ''] = uri.segments;
  const found = TYPES.get(collection.toLowerCase());
  if (found === undefined || encoded === '' || NO_NAMES.has(`${collection}/${encoded}`.toLowerCase())) return undefined;
  const name = decode(encoded).toLowerCase();
  const fields = { id: `azure:${vault}/${found.type}/${name}`, name };
  const kind = { store: 'azure', kind: found.kind } as const;
  return VERSION.test(version) ? { ...fields, version: version.toLowerCase(), ...kind } : { ...fields, ...kind };
}

/** Parts of the interface that stand where names do. */
const NO_NAMES: ReadonlySet<string> = new Set([
  'secrets/restore',
  'keys/restore',
  'certificates/restore',
  'certificates/contacts',
  'certificates/issuers',
]);
const VERSION = /^[0-9a-f]{32}$/i;

/** `%64b` is `db`, and a caller may write it so. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** `/SUBSCRIPTIONS/.../PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/NAME` */
function vaultOf(resourceId: string | undefined): string | undefined {
  return resourceId === undefined ? undefined : RESOURCE.exec(resourceId)?.[1]?.toLowerCase();
}

const RESOURCE = /\/(?:vaults|managedhsms)\/([^/]{1,127})/i;
