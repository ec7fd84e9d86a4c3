import type { Origin, SourceType } from './record.ts';
import type { JsonObject } from './json.ts';

/** What was done, in one vocabulary for all stores. */
export type AccessKind = 'read' | 'list' | 'write' | 'delete' | 'login' | 'admin' | 'audit';
export type Outcome = 'success' | 'failure' | 'unknown';
export type ActorKind = 'person' | 'service' | 'root' | 'unknown';
export type SecretKind = 'secret' | 'key' | 'certificate' | 'credential' | 'token';
export type Criticality = 'low' | 'medium' | 'high' | 'critical';

/**
 * One audit event as an Elastic Common Schema document (ECS 9), nested as it is stored and shown.
 * Absent means unknown or not declared; nothing is ever guessed. `whosaw` is the last key (see encodeEvent).
 */
export interface AuditEvent {
  /** RFC 3339, UTC, with the source's own precision up to nanoseconds. */
  readonly '@timestamp': string;
  readonly ecs: { readonly version: string };
  readonly event: {
    /** 32 hex digits; see event-id.ts. */
    readonly id: string;
    readonly kind: 'event';
    readonly category: readonly string[];
    readonly type: readonly string[];
    /** The vendor's word: `read`, `GetSecretValue`, `SecretGet`. */
    readonly action: string;
    readonly outcome: Outcome;
    /** Why it was denied or failed. */
    readonly reason?: string;
    readonly provider: string;
    readonly module: string;
    readonly dataset: string;
    /** When whosaw saw it. */
    readonly created: string;
    /** SHA-256 of the redacted record, hex. */
    readonly original_hash: string;
    readonly duration?: number;
  };
  readonly error?: { readonly code?: string; readonly message?: string };
  readonly user?: {
    readonly id?: string;
    readonly name?: string;
    readonly email?: string;
    readonly roles?: readonly string[];
  };
  readonly source?: { readonly address: string; readonly ip?: string; readonly port?: number };
  readonly user_agent?: { readonly original: string };
  readonly url?: { readonly path: string };
  readonly cloud?: {
    readonly provider: string;
    readonly account?: { readonly id: string };
    readonly region?: string;
  };
  readonly whosaw: WhosawFields;
}

export interface WhosawFields {
  /** What is counted. `kind` is absent for companions (KMS) and what is no access. */
  readonly access: { readonly id: string; readonly kind?: AccessKind };
  readonly actor?: {
    readonly id: string;
    readonly kind: ActorKind;
    readonly team?: string;
    readonly roles?: readonly string[];
  };
  readonly secret?: SecretFields;
  readonly environment?: string;
  /** True, false, or absent where nothing is declared. */
  readonly expected?: { readonly network?: boolean; readonly role?: boolean; readonly schedule?: boolean };
  /** Names of the lists of suspicious addresses that hold `source.ip`. */
  readonly suspicious?: readonly string[];
  /** Vault: HMAC of the wrapping token, which joins a wrapped read with its unwrap. */
  readonly wrap?: { readonly token: string };
  /** Vault: the response did not come; access.id is then the id that the response's event has or would have. */
  readonly unanswered?: boolean;
  /** A call that names several secrets at once: their ids. Not counted, because each read is logged on its own. */
  readonly batch?: { readonly secrets: readonly string[] };
  readonly origin: Origin;
  /** Keys of the rules that this event hit, and the version of the rules that were asked. */
  readonly rules?: readonly string[];
  readonly rules_version?: string;
  readonly expectations_version?: string;
}

export interface SecretFields {
  /** `vault:<cluster>/<mount>/<path>`, `aws:<account>/<region>/<name>`, `azure:<vault>/<type>/<name>`. */
  readonly id: string;
  readonly name: string;
  readonly version?: string;
  readonly store: 'vault' | 'aws' | 'azure';
  readonly kind: SecretKind;
  readonly owner?: string;
  readonly criticality?: Criticality;
  /** Bait: nobody has a reason to touch it. */
  readonly canary?: boolean;
}

/** An event on its way through the stages: the document, and what only the stages need. */
export interface Observation {
  readonly type: SourceType;
  readonly event: AuditEvent;
  /** The vendor's redacted record: rules read its fields under the vendor's own names. */
  readonly record: JsonObject;
  /** The same as JSON text, so that nobody has to print it again. */
  readonly text: string;
  /** `@timestamp` in microseconds since 1970; below that, order is by event id. */
  readonly timeUs: number;
}
