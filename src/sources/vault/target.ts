import type { JsonObject } from '../../core/json.ts';
import { objectAt, stringAt } from '../../core/json.ts';

/** Where a request goes: to which engine, where that is mounted, and to what in it. */
export interface Target {
  /** The mount's type, in one word for its variants; `kv1` is a KV engine that is known to be version 1. */
  readonly engine: string;
  /** With its namespace, without the trailing slash. */
  readonly mount: string;
  /** Within the mount. */
  readonly path: string;
}

/** Without mount fields (old versions, `exclude`) the first segment of the path is the mount, of a KV engine. */
export function targetOf(request: JsonObject): Target {
  const namespace = stringAt(objectAt(request, 'namespace'), 'path') ?? '';
  const path = stringAt(request, 'path') ?? '';
  const point = mountPoint(stringAt(request, 'mount_point'), namespace, path);
  const mount = point.endsWith('/') ? point.slice(0, -1) : point;
  return { engine: engineOf(request, mount), mount: namespace + mount, path: path.slice(point.length) };
}

/** The mount within its namespace. `mount_point` includes the namespace, `path` does not. */
function mountPoint(point: string | undefined, namespace: string, path: string): string {
  if (point === undefined) return guessMount(path);
  if (point.startsWith(namespace) && path.startsWith(point.slice(namespace.length)))
    return point.slice(namespace.length);
  return path.startsWith(point) ? point : guessMount(path);
}

function guessMount(path: string): string {
  const start = path.startsWith('auth/') ? 'auth/'.length : 0;
  const end = path.indexOf('/', start);
  return end === -1 ? path : path.slice(0, end + 1);
}

function engineOf(request: JsonObject, mount: string): string {
  if (mount === 'sys') return 'system';
  if (mount === 'auth' || mount.startsWith('auth/') || stringAt(request, 'mount_class') === 'auth') return 'auth';
  const type = stringAt(request, 'mount_type');
  if (type === undefined) return mount === 'identity' ? 'identity' : 'kv';
  return ENGINES.get(type) ?? type;
}

const ENGINES: ReadonlyMap<string, string> = new Map([
  ['ns_system', 'system'],
  ['generic', 'kv1'],
  ['cubbyhole', 'kv1'],
  ['ns_cubbyhole', 'kv1'],
  ['ns_identity', 'identity'],
]);
