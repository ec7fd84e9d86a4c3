import type { AccessKind, SecretKind } from '../../core/event.ts';
import type { JsonObject } from '../../core/json.ts';
import { objectAt, stringAt } from '../../core/json.ts';

/** What a request does, and to which secret: read from its mount, path and operation alone. */
export interface Access {
  readonly kind?: AccessKind;
  /** Mount (with its namespace) and path, KV v2 without its `data/`; absent where no secret is named. */
  readonly secret?: string;
  readonly secretKind?: SecretKind;
}

export function accessOf(request: JsonObject): Access {
  const operation = stringAt(request, 'operation') ?? '';
  if (operation === 'help') return {};
  const target = targetOf(request);
  switch (target.engine) {
    case 'system':
      return systemAccess(target.path, operation);
    case 'auth':
      return authAccess(target, operation);
    case 'identity':
      return identityAccess(target, operation);
    case 'transit':
      return transitAccess(target, operation);
    case 'kv':
      return kvAccess(target, operation);
    default:
      return engineAccess(target, operation);
  }
}

interface Target {
  readonly engine: string;
  /** With its namespace, without the trailing slash. */
  readonly mount: string;
  /** Within the mount. */
  readonly path: string;
}

/** Without mount fields (old versions, `exclude`) the first segment of the path is the mount. */
function targetOf(request: JsonObject): Target {
  const namespace = stringAt(objectAt(request, 'namespace'), 'path') ?? '';
  const full = `${namespace}${stringAt(request, 'path') ?? ''}`;
  const point = stringAt(request, 'mount_point') ?? guessMount(full, namespace);
  const path = full.startsWith(point) ? full.slice(point.length) : full.slice(namespace.length);
  const mount = point.endsWith('/') ? point.slice(0, -1) : point;
  return { engine: engineOf(request, mount.slice(namespace.length)), mount, path };
}

function guessMount(full: string, namespace: string): string {
  const segments = full.slice(namespace.length).split('/');
  return `${namespace}${segments.slice(0, segments[0] === 'auth' ? 2 : 1).join('/')}/`;
}

function engineOf(request: JsonObject, mount: string): string {
  if (mount === 'sys') return 'system';
  if (mount === 'auth' || mount.startsWith('auth/') || stringAt(request, 'mount_class') === 'auth') return 'auth';
  const type = stringAt(request, 'mount_type');
  if (type === undefined) return mount === 'identity' ? 'identity' : 'kv';
  return ENGINES[type] ?? type;
}

const ENGINES: Readonly<Record<string, string>> = {
  ns_system: 'system',
  generic: 'kv',
  cubbyhole: 'kv',
  ns_cubbyhole: 'kv',
  ns_identity: 'identity',
};

const byOperation = (operation: string): AccessKind | undefined => PLAIN[operation];
const PLAIN: Readonly<Record<string, AccessKind>> = {
  read: 'read',
  list: 'list',
  scan: 'list',
  create: 'write',
  update: 'write',
  patch: 'write',
  delete: 'delete',
};
const ADMINISTRATION: Readonly<Record<string, AccessKind>> = {
  read: 'list',
  list: 'list',
  scan: 'list',
  create: 'admin',
  update: 'admin',
  patch: 'admin',
  delete: 'admin',
};

function kvAccess(target: Target, operation: string): Access {
  const [head = '', ...rest] = target.path.split('/');
  const name = rest.join('/');
  switch (head) {
    case 'data':
      return named(target, name, byOperation(operation));
    case 'metadata':
    case 'detailed-metadata':
      return named(target, name, operation === 'read' ? 'list' : byOperation(operation));
    case 'subkeys':
      return named(target, name, 'list');
    case 'delete':
    case 'destroy':
      return operation === 'update' && name !== '' ? named(target, name, 'delete') : version1();
    case 'undelete':
      return operation === 'update' && name !== '' ? named(target, name, 'write') : version1();
    case 'config':
      return name === '' ? admin(operation) : version1();
    default:
      return version1();
  }

  function version1(): Access {
    return named(target, target.path, byOperation(operation));
  }
}

function named(target: Target, name: string, kind: AccessKind | undefined, secretKind: SecretKind = 'secret'): Access {
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(name === '' || name.endsWith('/') ? {} : { secret: `${target.mount}/${name}`, secretKind }),
  };
}

function admin(operation: string): Access {
  const kind = ADMINISTRATION[operation];
  return kind === undefined ? {} : { kind };
}

/** Paths of transit that end in a key's name, and what they do with the key. */
const TRANSIT: Readonly<Record<string, AccessKind | undefined>> = {
  decrypt: 'read',
  datakey: 'read',
  export: 'read',
  'byok-export': 'read',
  backup: 'read',
  restore: 'write',
};

/** Encrypting, signing and verifying use a key without giving anything away: the key is named, no access counted. */
function transitAccess(target: Target, operation: string): Access {
  const [head = '', ...rest] = target.path.split('/');
  const name = rest.length > 1 && TRANSIT_VARIANT.has(head) ? (rest[1] ?? '') : (rest[0] ?? '');
  if (head === 'keys') {
    const kind = rest.length > 1 ? 'admin' : operation === 'read' ? 'list' : byOperation(operation);
    return named(target, name === '' ? '' : `keys/${name}`, kind, 'key');
  }
  if (head === 'cache-config' || head === 'config') return admin(operation);
  return named(target, name === '' ? '' : `keys/${name}`, TRANSIT[head], 'key');
}

/** `datakey/plaintext/NAME`, `export/encryption-key/NAME[/VERSION]`. */
const TRANSIT_VARIANT = new Set(['datakey', 'export', 'byok-export']);

/** What hands out a credential in the dynamic engines (database, aws, azure, gcp, ssh, pki, totp, ldap, kubernetes ...). */
const CREDENTIAL = /^(?:creds|static-creds|static-cred|sts|issue|issuer\/[^/]+\/issue|code|token|key|library\/[^/]+\/check-out|(?:roleset|static-account|impersonated-account)\/[^/]+\/(?:key|token))(?:\/|$)/;
/** A certificate authority's own key, made so that it leaves the engine. */
const EXPORTED = /^(?:root|intermediate|issuers|keys)\/generate\/(?:[^/]+\/)?exported$/;

function engineAccess(target: Target, operation: string): Access {
  const { path } = target;
  const takes = operation === 'read' || operation === 'update' || operation === 'create';
  if (takes && (CREDENTIAL.test(path) || EXPORTED.test(path))) {
    return named(target, path.replace(/\/(?:check-out)$/, ''), 'read', target.engine === 'pki' ? 'certificate' : 'credential');
  }
  if (SIGNING.test(path)) return named(target, path, 'read', 'certificate');
  return admin(operation);
}

/** `ssh/sign/ROLE` gives a credential for a key that the caller brings. */
const SIGNING = /^sign\/[^/]+$/;

function systemAccess(path: string, operation: string): Access {
  if (/^(?:audit|audit-hash|config\/auditing)(?:\/|$)/.test(path)) return { kind: 'audit' };
  if (path === 'wrapping/unwrap') return { kind: 'read' };
  if (NEITHER.test(path)) return {};
  return admin(operation);
}

/** Asks about oneself or keeps something alive: neither reads a secret nor changes the system. */
const NEITHER =
  /^(?:capabilities(?:-self|-accessor)?|leases\/(?:renew|lookup)|renew|wrapping\/(?:lookup|wrap|rewrap)|tools|internal|metrics|health|monitor|pprof)(?:\/|$)/;

function authAccess(target: Target, operation: string): Access {
  const { path } = target;
  if (/^(?:login|cli\/login|oidc\/callback|jwt\/login)(?:\/|$)/.test(path) || /^login/.test(path)) return { kind: 'login' };
  if (target.mount.endsWith('auth/token')) {
    if (/^create/.test(path)) return { kind: 'login' };
    if (/^(?:lookup|renew|revoke-self)/.test(path)) return {};
  }
  if (/^oidc\/auth_url$/.test(path)) return {};
  if (/^role\/[^/]+\/(?:custom-)?secret-id$/.test(path) && operation !== 'list') {
    return named(target, path, 'read', 'credential');
  }
  return admin(operation);
}

function identityAccess(target: Target, operation: string): Access {
  if (operation === 'read' && /^oidc\/token\/[^/]+$/.test(target.path)) return named(target, target.path, 'read', 'token');
  return /^lookup\//.test(target.path) ? { kind: 'list' } : admin(operation);
}
