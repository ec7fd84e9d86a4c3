import type { JsonObject } from '../../core/json.ts';
import { stringAt } from '../../core/json.ts';
import { engineAccess, kv1Access, kvAccess, transitAccess } from './engines.ts';
import { administration, named, type Access } from './named.ts';
import { targetOf, type Target } from './target.ts';

export type { Access };

/** What a request does, and to which secret: read from its mount, path and operation alone. */
export function accessOf(request: JsonObject): Access {
  const operation = stringAt(request, 'operation') ?? '';
  if (operation === 'help') return {};
  const target = targetOf(request);
  switch (target.engine) {
    case 'system':
      return systemAccess(target, operation);
    case 'auth':
      return authAccess(target, operation);
    case 'identity':
      return identityAccess(target, operation);
    case 'transit':
      return transitAccess(target, operation);
    case 'kv':
      return kvAccess(target, operation);
    case 'kv1':
      return kv1Access(target, operation);
    default:
      return engineAccess(target, operation);
  }
}

function systemAccess(target: Target, operation: string): Access {
  const { path } = target;
  if (AUDIT.test(path)) return { kind: 'audit' };
  if (path === 'wrapping/unwrap') return { kind: 'read' };
  if (path === 'mfa/validate') return { kind: 'login' };
  if (path.startsWith('raw/') && operation === 'read') return named(target, path, 'read');
  return NEITHER.test(path) ? {} : administration(operation);
}

const AUDIT = /^(?:audit|audit-hash|config\/auditing)(?:\/|$)/;
/** Asks about oneself or keeps something alive: neither reads a secret nor changes the system. */
const NEITHER =
  /^(?:capabilities(?:-self|-accessor)?|leases\/(?:renew|lookup)|renew|wrapping\/(?:lookup|wrap|rewrap)|tools|internal|metrics|health|monitor|pprof)(?:\/|$)/;

function authAccess(target: Target, operation: string): Access {
  const { path, mount } = target;
  if (LOGIN.test(path)) return { kind: 'login' };
  if (mount.endsWith('auth/token')) {
    if (path.startsWith('create')) return { kind: 'login' };
    if (/^(?:lookup|renew|revoke-self)/.test(path)) return {};
  }
  if (path === 'oidc/auth_url') return {};
  if (path.endsWith('/lookup')) return { kind: 'list' };
  if (SECRET_ID.test(path) && operation !== 'list') return named(target, path, 'read', 'credential');
  return administration(operation);
}

const LOGIN = /^(?:login|cli\/login|jwt\/login|oidc\/callback)(?:\/|$)/;
const SECRET_ID = /^role\/[^/]+\/(?:custom-)?secret-id$/;

function identityAccess(target: Target, operation: string): Access {
  const { path } = target;
  if (operation === 'read' && /^oidc\/token\/[^/]+$/.test(path)) return named(target, path, 'read', 'token');
  return path.startsWith('lookup/') ? { kind: 'list' } : administration(operation);
}
