import type { AccessKind, SecretKind } from '../../core/event.ts';
import type { Target } from './target.ts';

/** What a request does, and to which secret: read from its mount, path and operation alone. */
export interface Access {
  readonly kind?: AccessKind;
  /** Mount (with its namespace) and path, KV v2 without its `data/`; absent where no secret is named. */
  readonly secret?: string;
  readonly secretKind?: SecretKind;
}

/** An access to what is called `name` in its mount; the name of a folder, or none, names no secret. */
export function named(
  target: Target,
  name: string,
  kind: AccessKind | undefined,
  secretKind: SecretKind = 'secret',
): Access {
  if (name === '' || name.endsWith('/')) return kind === undefined ? {} : { kind };
  const secret = `${target.mount}/${name}`;
  return kind === undefined ? { secret, secretKind } : { kind, secret, secretKind };
}

/** An access to how things are set up. */
export function administration(operation: string): Access {
  const kind = ADMINISTRATION.get(operation);
  return kind === undefined ? {} : { kind };
}

/** What an operation does to a secret itself. */
export function kindOfOperation(operation: string): AccessKind | undefined {
  return PLAIN.get(operation);
}

const PLAIN: ReadonlyMap<string, AccessKind> = new Map([
  ['read', 'read'],
  ['list', 'list'],
  ['scan', 'list'],
  ['create', 'write'],
  ['update', 'write'],
  ['patch', 'write'],
  ['recover', 'write'],
  ['delete', 'delete'],
]);

const ADMINISTRATION: ReadonlyMap<string, AccessKind> = new Map([
  ['read', 'list'],
  ['list', 'list'],
  ['scan', 'list'],
  ['create', 'admin'],
  ['update', 'admin'],
  ['patch', 'admin'],
  ['recover', 'admin'],
  ['delete', 'admin'],
]);
