import type { AccessKind } from '../../core/event.ts';
import { administration, kindOfOperation, named, type Access } from './named.ts';
import type { Target } from './target.ts';

/** KV version 2 says in the first segment what is done; anything else is a secret of version 1. */
export function kvAccess(target: Target, operation: string): Access {
  const slash = target.path.indexOf('/');
  const head = slash === -1 ? target.path : target.path.slice(0, slash);
  const name = slash === -1 ? '' : target.path.slice(slash + 1);
  switch (head) {
    case 'data':
      return named(target, name, kindOfOperation(operation));
    case 'metadata':
    case 'detailed-metadata':
      return named(target, name, operation === 'read' ? 'list' : kindOfOperation(operation));
    case 'subkeys':
      return named(target, name, 'list');
    case 'delete':
    case 'destroy':
      return operation === 'update' && name !== '' ? named(target, name, 'delete') : kv1Access(target, operation);
    case 'undelete':
      return operation === 'update' && name !== '' ? named(target, name, 'write') : kv1Access(target, operation);
    case 'config':
      return name === '' ? administration(operation) : kv1Access(target, operation);
    default:
      return kv1Access(target, operation);
  }
}

export function kv1Access(target: Target, operation: string): Access {
  return named(target, target.path, kindOfOperation(operation));
}

/** Encrypting, signing and verifying use a key without giving anything away: the key is named, no access counted. */
export function transitAccess(target: Target, operation: string): Access {
  const [head = '', first = '', second = ''] = target.path.split('/', 3);
  if (head === 'keys') return keyAccess(target, first, second, operation);
  if (TRANSIT_USES.has(head)) return ofKey(target, first, undefined);
  const kind = TRANSIT.get(head);
  if (kind === undefined) return TRANSIT_SETTINGS.has(head) ? administration(operation) : {};
  return ofKey(target, TRANSIT_VARIANT.has(head) ? second : first, kind);
}

function keyAccess(target: Target, key: string, part: string, operation: string): Access {
  if (part !== '') return ofKey(target, key, 'admin');
  return ofKey(target, key, operation === 'read' ? 'list' : kindOfOperation(operation));
}

function ofKey(target: Target, key: string, kind: AccessKind | undefined): Access {
  return named(target, key === '' ? '' : `keys/${key}`, kind, 'key');
}

/** First segments that stand before a key's name, and what they do with the key. */
const TRANSIT: ReadonlyMap<string, AccessKind> = new Map([
  ['decrypt', 'read'],
  ['datakey', 'read'],
  ['export', 'read'],
  ['byok-export', 'read'],
  ['backup', 'read'],
  ['restore', 'write'],
]);
const TRANSIT_USES = new Set(['encrypt', 'rewrap', 'hmac', 'sign', 'verify']);
const TRANSIT_SETTINGS = new Set(['config', 'cache-config']);
/** `datakey/plaintext/NAME`, `export/encryption-key/NAME[/VERSION]`. */
const TRANSIT_VARIANT = new Set(['datakey', 'export', 'byok-export']);

/** The dynamic engines (database, aws, azure, gcp, ssh, pki, totp, ldap, kubernetes ...): what hands out a credential. */
export function engineAccess(target: Target, operation: string): Access {
  const { path, engine } = target;
  const takes = operation === 'read' || operation === 'update' || operation === 'create';
  if (takes && (CREDENTIAL.test(path) || EXPORTED.test(path) || (engine === 'gcp' && GCP_OLD.test(path)))) {
    return named(target, path, 'read', engine === 'pki' ? 'certificate' : 'credential');
  }
  if (takes && SIGNING.test(path)) return named(target, path, 'read', 'certificate');
  return administration(operation);
}

const CREDENTIAL =
  /^(?:creds|static-creds|static-cred|sts|issue|issuer\/[^/]+\/issue|code|library\/[^/]+\/check-out|scope\/[^/]+\/role\/[^/]+\/credential\/generate|(?:roleset|static-account|impersonated-account)\/[^/]+\/(?:key|token))(?:\/|$)/;
const GCP_OLD = /^(?:key|token)\//;
/** A certificate authority's own key, made so that it leaves the engine. */
const EXPORTED = /^(?:(?:root|intermediate|issuers|keys)\/generate\/(?:[^/]+\/)?|root\/rotate\/)exported$/;
/** `ssh/sign/ROLE` gives a credential for a key that the caller brings. */
const SIGNING = /^(?:issuer\/[^/]+\/)?sign(?:-verbatim)?(?:\/[^/]+)?$/;
