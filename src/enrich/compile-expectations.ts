import type { AuditEvent, Observation, SecretFields, WhosawFields } from '../core/event.ts';
import { networkSet } from '../lib/cidr.ts';
import { memoize } from '../lib/memoize.ts';
import { actorsOf, type ActorFacts } from './actors.ts';
import type { Expectations, Role } from './expectations.ts';

/** Adds to events what the organisation declared. Pure: the same event is given the same facts, whatever came before. */
export interface Enricher {
  /** Goes into every event as `whosaw.expectations_version`. */
  readonly version: string;
  /** Fields that can be there at all: a rule that tests another one is inert. */
  readonly declared: ReadonlySet<string>;
  /**
   * The event with its facts filled; the argument is left as it is. A fact that is not declared for this event is
   * absent. An identity that belongs to a person becomes the person. Facts of an earlier version are replaced.
   */
  enrich(observation: Observation): Observation;
}

export function compileExpectations(expectations: Expectations): Enricher {
  const { version } = expectations;
  const secretOf = memoize(SECRETS_LIMIT, (id: string) => secretFacts(expectations, id));
  const actorOf = actorsOf(expectations);
  const listsOf = suspiciousLists(expectations);
  return {
    version,
    declared: declaredFacts(expectations),
    enrich(observation) {
      const event = withoutFacts(observation.event);
      const { actor, secret } = event.whosaw;
      const whosaw: Mutable<WhosawFields> = { ...event.whosaw, expectations_version: version };
      const suspicious = listsOf(event.source?.ip);
      if (suspicious.length > 0) whosaw.suspicious = suspicious;
      if (secret !== undefined) {
        const facts = secretOf(secret.id);
        if (facts.environment !== undefined) whosaw.environment = facts.environment;
        if (facts.fields !== undefined) whosaw.secret = { ...secret, ...facts.fields };
      }
      if (actor !== undefined) {
        const facts = actorOf(actor.id);
        if (facts.fields !== undefined) whosaw.actor = { ...actor, ...facts.fields };
        const expected = expectedOf(facts, event.source?.ip, whosaw.environment, observation.timeUs / 1000);
        if (expected !== undefined) whosaw.expected = expected;
      }
      return { ...observation, event: { ...event, whosaw } };
    },
  };
}

const SECRETS_LIMIT = 16_384;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Expected = NonNullable<WhosawFields['expected']>;

/** Names of the lists that hold an address. */
function suspiciousLists({ suspicious }: Expectations): (ip: string | undefined) => readonly string[] {
  const lists = suspicious.map(({ name, cidrs }) => ({ name, set: networkSet(cidrs, 1) }));
  if (lists.length === 0) return () => NO_LISTS;
  const listsOf = memoize(ADDRESSES_LIMIT, (ip: string) =>
    lists.filter(({ set }) => set.has(ip) === true).map(({ name }) => name),
  );
  return (ip) => (ip === undefined ? NO_LISTS : listsOf(ip));
}

const NO_LISTS: readonly string[] = [];
const ADDRESSES_LIMIT = 16_384;

interface SecretFacts {
  readonly environment?: string;
  /** Absent: none. */
  readonly fields?: SecretDeclared;
}

type SecretDeclared = Pick<SecretFields, 'owner' | 'criticality' | 'canary'>;

function secretFacts({ environments, secrets }: Expectations, id: string): SecretFacts {
  const environment = environments.find(({ covers }) => covers(id))?.environment;
  const fields: Mutable<SecretDeclared> = {};
  for (const { covers, owner, criticality, canary } of secrets) {
    if (!covers(id)) continue;
    if (owner !== undefined) fields.owner = owner;
    if (criticality !== undefined) fields.criticality = criticality;
    if (canary === true) fields.canary = true;
    else if (canary === false) delete fields.canary;
  }
  return {
    ...(environment === undefined ? {} : { environment }),
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
  };
}

function expectedOf(
  { networks, roles }: ActorFacts,
  ip: string | undefined,
  environment: string | undefined,
  timeMs: number,
): Expected | undefined {
  const network = ip === undefined ? undefined : networks?.has(ip);
  const role = environment === undefined ? undefined : expectedRole(roles, environment);
  const schedule = expectedSchedule(roles, environment, timeMs);
  if (network === undefined && role === undefined && schedule === undefined) return undefined;
  const expected: Mutable<Expected> = {};
  if (network !== undefined) expected.network = network;
  if (role !== undefined) expected.role = role;
  if (schedule !== undefined) expected.schedule = schedule;
  return expected;
}

/** Does any role cover the environment? Roles that name no environments say nothing. */
function expectedRole(roles: readonly Role[], environment: string): boolean | undefined {
  let declared = false;
  for (const { environments } of roles) {
    if (environments === undefined) continue;
    if (environments.includes(environment)) return true;
    declared = true;
  }
  return declared ? false : undefined;
}

/**
 * The roles that are asked are those that cover the environment, and those that name none. Inside a window of any of
 * them: true. Outside: false where all of them have windows; where one works at any time, nothing is said, because the
 * event is neither planned nor out of hours.
 */
function expectedSchedule(
  roles: readonly Role[],
  environment: string | undefined,
  timeMs: number,
): boolean | undefined {
  let declared: false | undefined;
  let always = false;
  for (const { environments, windows } of roles) {
    if (environments !== undefined && (environment === undefined || !environments.includes(environment))) continue;
    if (windows === undefined) always = true;
    else if (windows.some((window) => window.isOpen(timeMs))) return true;
    else declared = false;
  }
  return always ? undefined : declared;
}

/** As the source wrote it, but for the identity: which one stood there before is not kept. */
function withoutFacts(event: AuditEvent): AuditEvent {
  if (event.whosaw.expectations_version === undefined) return event;
  const { environment: _, expected: __, expectations_version: ___, suspicious: ____, ...whosaw } = event.whosaw;
  const { actor, secret } = whosaw;
  return {
    ...event,
    whosaw: {
      ...whosaw,
      ...(actor === undefined ? {} : { actor: { id: actor.id, kind: actor.kind } }),
      ...(secret === undefined ? {} : { secret: withoutSecretFacts(secret) }),
    },
  };
}

function withoutSecretFacts(secret: SecretFields): SecretFields {
  const { owner: _, criticality: __, canary: ___, ...rest } = secret;
  return rest;
}

function declaredFacts({ environments, secrets, suspicious, teams, everyone }: Expectations): ReadonlySet<string> {
  const roles = teams.flatMap((team) => team.roles);
  const claiming = teams.filter((team) => team.roles.length > 0);
  const facts: Readonly<Record<string, boolean>> = {
    'whosaw.environment': environments.length > 0,
    'whosaw.secret.owner': secrets.some(({ owner }) => owner !== undefined),
    'whosaw.secret.criticality': secrets.some(({ criticality }) => criticality !== undefined),
    'whosaw.secret.canary': secrets.some(({ canary }) => canary === true),
    'whosaw.suspicious': suspicious.some(({ cidrs }) => cidrs.length > 0),
    'whosaw.actor.team': claiming.length > 0,
    'whosaw.expected.network': everyone !== undefined || claiming.some(({ networks }) => networks !== undefined),
    'whosaw.expected.role': environments.length > 0 && roles.some((role) => role.environments !== undefined),
    'whosaw.expected.schedule': roles.some(({ windows }) => windows !== undefined),
  };
  return new Set(Object.keys(facts).filter((fact) => facts[fact]));
}
