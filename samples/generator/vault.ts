import { hmac, idOf, type Random } from './random.ts';
import { fraction, seconds } from './time.ts';

/** Who signs in to Vault, and what their token may do. */
export interface VaultIdentity {
  readonly method: 'approle' | 'userpass' | 'root';
  readonly name: string;
  readonly policies: readonly string[];
  readonly address: string;
}

export interface Token {
  readonly owner: VaultIdentity;
  readonly label: string;
  readonly issued: number;
}

interface Call {
  readonly at: number;
  readonly operation: string;
  readonly mount: keyof typeof MOUNTS;
  readonly path: string;
  readonly address: string;
  /** Absent: a request without a token. */
  readonly token?: Token | undefined;
  readonly data?: Readonly<Record<string, string>>;
  readonly response?: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

const MOUNTS = {
  'secret/': { type: 'kv', accessor: 'kv_5b1c7e20', class: 'secret' },
  'sys/': { type: 'system', accessor: 'system_0d3f9a41', class: 'secret' },
  'auth/approle/': { type: 'approle', accessor: 'auth_approle_7c40e1b2', class: 'auth' },
  'auth/userpass/': { type: 'userpass', accessor: 'auth_userpass_2e95d0f3', class: 'auth' },
  'auth/token/': { type: 'token', accessor: 'auth_token_94ab18c6', class: 'auth' },
} as const;

const DENIED = '1 error occurred:\n\t* permission denied\n\n';

/** An audit file of Vault: each request with its response, as the file device writes them. */
export class VaultLog {
  readonly #random: Random;
  readonly #lines: { readonly at: number; readonly text: string }[] = [];
  #tokens = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  text(): string {
    const sorted = this.#lines.toSorted((one, other) => one.at - other.at);
    return sorted.map(({ text }) => `${text}\n`).join('');
  }

  login(at: number, owner: VaultIdentity): Token {
    this.#tokens += 1;
    const token = { owner, label: `token ${this.#tokens}`, issued: at };
    const mount = owner.method === 'approle' ? 'auth/approle/' : 'auth/userpass/';
    this.#call({
      at,
      operation: 'update',
      mount,
      path: owner.method === 'approle' ? `${mount}login` : `${mount}login/${owner.name}`,
      address: owner.address,
      data:
        owner.method === 'approle'
          ? { role_id: hmac(`role ${owner.name}`), secret_id: hmac(`secret id ${owner.name}`) }
          : { password: hmac(`password of ${owner.name}`) },
      response: { auth: { ...tokenFields(token), token_ttl: 43_200 } },
    });
    return token;
  }

  mistypedPassword(at: number, name: string, address: string): void {
    this.#call({
      at,
      operation: 'update',
      mount: 'auth/userpass/',
      path: `auth/userpass/login/${name}`,
      address,
      data: { password: hmac(`guess ${this.#random.int(0, 1_000_000)}`) },
      response: { data: { error: hmac('invalid username or password') } },
      error: 'invalid username or password',
    });
  }

  renew(at: number, token: Token): void {
    const answer = { auth: { ...tokenFields(token), token_ttl: 43_200 } };
    const { address } = token.owner;
    this.#call({
      at,
      operation: 'update',
      mount: 'auth/token/',
      path: 'auth/token/renew-self',
      address,
      token,
      response: answer,
    });
  }

  read(at: number, token: Token, name: string, version = 3): void {
    const data = { password: hmac(`${name} ${version} password`), username: hmac(`${name} username`) };
    const created = seconds(token.issued - 5_000_000_000 + version * 1_000_000_000);
    const metadata = { created_time: created, custom_metadata: null, deletion_time: '', destroyed: false, version };
    this.#secret(at, token, 'read', `secret/data/${name}`, { response: { data: { data, metadata } } });
  }

  deniedRead(at: number, token: Token, name: string): void {
    const response = { data: { error: hmac('permission denied') } };
    this.#secret(at, token, 'read', `secret/data/${name}`, { response, error: DENIED });
  }

  list(at: number, token: Token, folder: string, names: readonly string[]): void {
    this.#secret(at, token, 'list', `secret/metadata/${folder}`, { response: { data: { keys: names } } });
  }

  removeAuditDevice(at: number, token: Token, device: string, isAllowed: boolean): void {
    const answer = isAllowed ? { response: {} } : { response: {}, error: DENIED };
    const { address } = token.owner;
    this.#call({ at, operation: 'delete', mount: 'sys/', path: `sys/audit/${device}`, address, token, ...answer });
  }

  /** A root token out of key shares: nobody signs in for that. */
  generateRoot(at: number, step: 'attempt' | 'update', address: string, progress: number): void {
    this.#call({
      at,
      operation: 'update',
      mount: 'sys/',
      path: `sys/generate-root/${step}`,
      address,
      ...(step === 'update' ? { data: { key: hmac(`share ${progress}`), nonce: hmac('nonce') } } : {}),
      response: { data: { complete: progress === 3, progress, required: 3, started: progress < 3 } },
    });
  }

  rootToken(at: number, address: string): Token {
    return { owner: { method: 'root', name: 'root', policies: ['root'], address }, label: 'root token', issued: at };
  }

  #secret(at: number, token: Token, operation: string, path: string, rest: Partial<Call>): void {
    this.#call({ at, operation, mount: 'secret/', path, address: token.owner.address, token, ...rest });
  }

  #call(call: Call): void {
    const { at, token, error } = call;
    const request = this.#request(call);
    const auth = token === undefined ? { token_type: 'default' } : authOf(token, error === undefined);
    const refused = error === DENIED ? { error: 'permission denied' } : {};
    this.#add(at, { type: 'request', auth, request, ...refused });
    const mount = MOUNTS[call.mount];
    const where = {
      mount_point: call.mount,
      mount_type: mount.type,
      mount_accessor: mount.accessor,
      mount_class: mount.class,
    };
    const response = { ...where, ...call.response };
    const later = at + this.#random.int(2, 40);
    this.#add(later, { type: 'response', auth, request, response, ...(error === undefined ? {} : { error }) });
  }

  #request({ operation, mount, path, address, token, data }: Call): Readonly<Record<string, unknown>> {
    const { type, accessor, class: mountClass } = MOUNTS[mount];
    return {
      id: this.#random.uuid(),
      ...(token === undefined ? {} : { client_id: idOf(`client ${token.owner.name}`) }),
      operation,
      mount_point: mount,
      mount_type: type,
      mount_accessor: accessor,
      mount_running_version: 'v2.0.0+builtin',
      mount_class: mountClass,
      ...(token === undefined ? {} : tokenOfRequest(token)),
      namespace: { id: 'root' },
      path,
      ...(data === undefined ? {} : { data }),
      remote_address: address,
      remote_port: this.#random.int(32_768, 60_999),
    };
  }

  #add(at: number, entry: Readonly<Record<string, unknown>>): void {
    this.#lines.push({ at, text: JSON.stringify({ time: fraction(at, 9, this.#random), ...entry }) });
  }
}

function tokenOfRequest({ label }: Token): Readonly<Record<string, string>> {
  return { client_token: hmac(label), client_token_accessor: hmac(`accessor of ${label}`) };
}

function authOf(token: Token, isAllowed: boolean): Readonly<Record<string, unknown>> {
  const granting = token.owner.policies.slice(-1).map((name) => ({ name, namespace_id: 'root', type: 'acl' }));
  const results = isAllowed ? { allowed: true, granting_policies: granting } : { allowed: false };
  return { ...tokenFields(token), policy_results: results };
}

function tokenFields({ owner, label, issued }: Token): Readonly<Record<string, unknown>> {
  const { method, name, policies } = owner;
  return {
    client_token: hmac(label),
    accessor: hmac(`accessor of ${label}`),
    display_name: method === 'userpass' ? `userpass-${name}` : method,
    policies,
    token_policies: policies,
    ...(method === 'root' ? {} : { metadata: { [method === 'approle' ? 'role_name' : 'username']: name } }),
    ...(method === 'root' ? {} : { entity_id: idOf(`entity ${name}`) }),
    token_type: 'service',
    token_issue_time: seconds(issued),
  };
}
