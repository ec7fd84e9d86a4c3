import type { AuditEvent } from './event.ts';

export interface EventField {
  readonly type: 'keyword' | 'keywords' | 'boolean' | 'number' | 'date';
  readonly description: string;
  /** A closed set: nothing else is ever in the field. */
  readonly values?: readonly string[];
  readonly read: (event: AuditEvent) => unknown;
  /** The field that it follows from: rules may ask for it, but no document holds it. */
  readonly from?: string;
}

/** Dotted name of every leaf of the event document, and of what follows from one. */
export type EventFieldName = Leaves<AuditEvent> | 'whosaw.secret.folder';

/**
 * The fields of our event document, as rules name them. Rules, documentation and lint go by this table; the compiler
 * holds it together with AuditEvent. A rule's name that is not here is the vendor's own.
 */
export const EVENT_FIELDS: Readonly<Record<EventFieldName, EventField>> = {
  '@timestamp': {
    type: 'date',
    description: 'When it happened, by the clock of the source.',
    read: (event) => event['@timestamp'],
  },
  'ecs.version': {
    type: 'keyword',
    description: 'Version of the Elastic Common Schema that the document follows.',
    read: (event) => event.ecs.version,
  },
  'event.id': {
    type: 'keyword',
    description: 'Identity of the event: the same access is the same id, however often it is seen.',
    read: (event) => event.event.id,
  },
  'event.kind': { type: 'keyword', description: 'Always `event`.', read: (event) => event.event.kind },
  'event.category': {
    type: 'keywords',
    description: 'ECS categories, as `authentication` or `iam`.',
    read: (event) => event.event.category,
  },
  'event.type': {
    type: 'keywords',
    description: 'ECS types, as `access` or `denied`.',
    read: (event) => event.event.type,
  },
  'event.action': {
    type: 'keyword',
    description: "The vendor's word: `read`, `GetSecretValue`, `SecretGet`.",
    read: (event) => event.event.action,
  },
  'event.outcome': {
    type: 'keyword',
    values: ['success', 'failure', 'unknown'],
    description: '`unknown`: the store never said.',
    read: (event) => event.event.outcome,
  },
  'event.reason': {
    type: 'keyword',
    description: 'Why it was denied or failed.',
    read: (event) => event.event.reason,
  },
  'event.provider': { type: 'keyword', description: 'Who wrote the record.', read: (event) => event.event.provider },
  'event.module': {
    type: 'keyword',
    description: 'The store: `vault`, `aws`, `azure`.',
    read: (event) => event.event.module,
  },
  'event.dataset': {
    type: 'keyword',
    description: 'The stream that it came by, as `vault.audit`.',
    read: (event) => event.event.dataset,
  },
  'event.created': { type: 'date', description: 'When whosaw saw it.', read: (event) => event.event.created },
  'event.original_hash': {
    type: 'keyword',
    description: 'SHA-256 of the redacted record, hexadecimal.',
    read: (event) => event.event.original_hash,
  },
  'event.duration': { type: 'number', description: 'Nanoseconds.', read: (event) => event.event.duration },
  'error.code': { type: 'keyword', description: "The vendor's error code.", read: (event) => event.error?.code },
  'error.message': { type: 'keyword', description: "The vendor's error text.", read: (event) => event.error?.message },
  'user.id': { type: 'keyword', description: "The vendor's id of the identity.", read: (event) => event.user?.id },
  'user.name': {
    type: 'keyword',
    description: 'The name that the store knows it by.',
    read: (event) => event.user?.name,
  },
  'user.email': {
    type: 'keyword',
    description: 'In lower case, where it is known.',
    read: (event) => event.user?.email,
  },
  'user.roles': {
    type: 'keywords',
    description: 'Vault: policies. AWS: the role.',
    read: (event) => event.user?.roles,
  },
  'source.address': {
    type: 'keyword',
    description: 'Where the request came from, as the source wrote it.',
    read: (event) => event.source?.address,
  },
  'source.ip': {
    type: 'keyword',
    description: 'The same where it is an IP address, `::ffff:` unwrapped.',
    read: (event) => event.source?.ip,
  },
  'source.port': { type: 'number', description: 'Port of the client.', read: (event) => event.source?.port },
  'user_agent.original': {
    type: 'keyword',
    description: 'What the client called itself.',
    read: (event) => event.user_agent?.original,
  },
  'url.path': { type: 'keyword', description: 'Path of the request.', read: (event) => event.url?.path },
  'cloud.provider': { type: 'keyword', description: '`aws` or `azure`.', read: (event) => event.cloud?.provider },
  'cloud.account.id': {
    type: 'keyword',
    description: 'AWS account or Azure subscription.',
    read: (event) => event.cloud?.account?.id,
  },
  'cloud.region': { type: 'keyword', description: 'Region of the store.', read: (event) => event.cloud?.region },
  'whosaw.access.id': {
    type: 'keyword',
    description: 'What is counted: one call may be logged in two accounts.',
    read: (event) => event.whosaw.access.id,
  },
  'whosaw.access.kind': {
    type: 'keyword',
    values: ['read', 'list', 'write', 'delete', 'login', 'admin', 'audit'],
    description: 'What was done, in one vocabulary for all stores; absent for companions of an access.',
    read: (event) => event.whosaw.access.kind,
  },
  'whosaw.actor.id': {
    type: 'keyword',
    description: 'Who: `person:<email>`, `vault:<cluster>/<mount>/<name>`, `aws:<account>/...`, `azure:<tenant>/...`.',
    read: (event) => event.whosaw.actor?.id,
  },
  'whosaw.actor.kind': {
    type: 'keyword',
    values: ['person', 'service', 'root', 'unknown'],
    description: '`root`: a Vault root token, or the root user of an AWS account.',
    read: (event) => event.whosaw.actor?.kind,
  },
  'whosaw.actor.team': {
    type: 'keyword',
    description: 'The team that claims the identity in the expectations.',
    read: (event) => event.whosaw.actor?.team,
  },
  'whosaw.actor.roles': {
    type: 'keywords',
    description: 'The roles that the expectations give it.',
    read: (event) => event.whosaw.actor?.roles,
  },
  'whosaw.secret.id': {
    type: 'keyword',
    description:
      'Which secret: `vault:<cluster>/<mount>/<path>`, `aws:<account>/<region>/<name>`, `azure:<vault>/<type>/<name>`.',
    read: (event) => event.whosaw.secret?.id,
  },
  'whosaw.secret.name': {
    type: 'keyword',
    description: 'Its name in the store.',
    read: (event) => event.whosaw.secret?.name,
  },
  'whosaw.secret.folder': {
    type: 'keyword',
    description:
      'Its id without the last segment: the folder, account and region, or vault that it lies in; follows from the id.',
    read: (event) => folderOf(event.whosaw.secret?.id),
    from: 'whosaw.secret.id',
  },
  'whosaw.secret.version': {
    type: 'keyword',
    description: 'The version that was asked for or given.',
    read: (event) => event.whosaw.secret?.version,
  },
  'whosaw.secret.store': {
    type: 'keyword',
    values: ['vault', 'aws', 'azure'],
    description: 'Where it is kept.',
    read: (event) => event.whosaw.secret?.store,
  },
  'whosaw.secret.kind': {
    type: 'keyword',
    values: ['secret', 'key', 'certificate', 'credential', 'token'],
    description: 'What it is; `credential` is made when it is read.',
    read: (event) => event.whosaw.secret?.kind,
  },
  'whosaw.secret.owner': {
    type: 'keyword',
    description: 'Owner by the expectations.',
    read: (event) => event.whosaw.secret?.owner,
  },
  'whosaw.secret.criticality': {
    type: 'keyword',
    values: ['low', 'medium', 'high', 'critical'],
    description: 'Criticality by the expectations.',
    read: (event) => event.whosaw.secret?.criticality,
  },
  'whosaw.secret.canary': {
    type: 'boolean',
    description: 'True where the expectations declare it as bait; otherwise absent.',
    read: (event) => event.whosaw.secret?.canary,
  },
  'whosaw.environment': {
    type: 'keyword',
    description: 'Environment of the secret by the expectations, as `production`.',
    read: (event) => event.whosaw.environment,
  },
  'whosaw.expected.network': {
    type: 'boolean',
    description: 'Did it come from a network that is declared for the identity? Absent where none is.',
    read: (event) => event.whosaw.expected?.network,
  },
  'whosaw.expected.role': {
    type: 'boolean',
    description: 'Does a role of the identity cover the environment? Absent where none is declared.',
    read: (event) => event.whosaw.expected?.role,
  },
  'whosaw.expected.schedule': {
    type: 'boolean',
    description: 'Was a change window of the identity open? Absent where none is declared.',
    read: (event) => event.whosaw.expected?.schedule,
  },
  'whosaw.suspicious': {
    type: 'keywords',
    description: 'Names of the lists of suspicious addresses in the expectations that hold `source.ip`; absent: none.',
    read: (event) => event.whosaw.suspicious,
  },
  'whosaw.wrap.token': {
    type: 'keyword',
    description: 'Vault: HMAC of the wrapping token, which joins a wrapped read with its unwrap.',
    read: (event) => event.whosaw.wrap?.token,
  },
  'whosaw.unanswered': {
    type: 'boolean',
    description: 'Vault: the response did not come.',
    read: (event) => event.whosaw.unanswered,
  },
  'whosaw.batch.secrets': {
    type: 'keywords',
    description: 'Ids of the secrets that one call names; each read of them is an event of its own.',
    read: (event) => event.whosaw.batch?.secrets,
  },
  'whosaw.origin.source': {
    type: 'keyword',
    description: "The source's name in the configuration.",
    read: (event) => event.whosaw.origin.source,
  },
  'whosaw.origin.file': {
    type: 'keyword',
    description: 'The file that the record stands in.',
    read: (event) => event.whosaw.origin.file,
  },
  'whosaw.origin.peer': {
    type: 'keyword',
    description: 'The address that sent the record to a listener.',
    read: (event) => event.whosaw.origin.peer,
  },
  'whosaw.origin.offset': {
    type: 'number',
    description: 'Offset of its first byte in the uncompressed file, or in all that a listener took in.',
    read: (event) => event.whosaw.origin.offset,
  },
  'whosaw.rules': {
    type: 'keywords',
    description: 'Keys of the rules that it hit; written after matching, so no rule can ask for it.',
    read: (event) => event.whosaw.rules,
  },
  'whosaw.rules_version': {
    type: 'keyword',
    description: 'Version of the rules that were asked.',
    read: (event) => event.whosaw.rules_version,
  },
  'whosaw.expectations_version': {
    type: 'keyword',
    description: 'Version of the expectations that were asked.',
    read: (event) => event.whosaw.expectations_version,
  },
};

function folderOf(id: string | undefined): string | undefined {
  const slash = id?.lastIndexOf('/') ?? -1;
  return slash === -1 ? undefined : id?.slice(0, slash);
}

export function isEventField(name: string): name is EventFieldName {
  return Object.hasOwn(EVENT_FIELDS, name);
}

type Leaf = string | number | boolean | readonly string[];
type Leaves<T> = {
  [K in keyof T & string]-?: NonNullable<T[K]> extends Leaf ? K : `${K}.${Leaves<NonNullable<T[K]>>}`;
}[keyof T & string];
