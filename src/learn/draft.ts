import { networksOf } from './networks.ts';
import type { Observed, ObservedActor, ObservedEnvironment } from './observed.ts';
import { draftPeople, type DraftPerson } from './people.ts';
import { workingHours, type DraftWindow } from './working-hours.ts';

/** expectations.yaml before it is written: names are made up, everything else was seen. */
export interface Draft {
  readonly environments: readonly DraftEnvironment[];
  readonly networks: readonly DraftNetwork[];
  readonly windows: readonly (DraftWindow & { readonly name: string; readonly days: number })[];
  readonly teams: readonly DraftTeam[];
  readonly people: readonly DraftPerson[];
}

export interface DraftEnvironment {
  readonly name: string;
  readonly patterns: readonly { readonly pattern: string; readonly secrets: number }[];
}

export interface DraftNetwork {
  readonly name: string;
  readonly cidrs: readonly string[];
  readonly identities: number;
}

export interface DraftTeam {
  readonly name: string;
  readonly networks: readonly string[];
  readonly roles: readonly DraftRole[];
}

export interface DraftRole {
  readonly name: string;
  readonly members: readonly ObservedActor[];
  readonly environments: readonly string[];
  readonly windows: readonly string[];
}

/**
 * People who sign in the same way are a team and share its networks; a service is where its own networks are. Within a
 * team, those who read the same environments at the same hours have a role. Only services are given hours: people work
 * late, and a window also says that much reading within it is planned.
 */
export function draftExpectations(observed: Observed): Draft {
  const actors = observed.actors.filter(({ id }) => isPlain(id));
  const people = actors.filter(({ kind }) => kind === 'person');
  const services = actors.filter(({ kind }) => kind !== 'person');
  const names = new Names();
  const groups = [...Map.groupBy(people, ({ id }) => mountOf(id)).values(), ...groupServices(services)];
  const drafts = groups.map((members) => draftTeam(members, observed.days, names));
  return {
    environments: draftEnvironments(observed.environments),
    networks: drafts.flatMap(({ network }) => (network === undefined ? [] : [network])),
    windows: drafts.flatMap(({ windows }) => windows),
    teams: drafts.map(({ team }) => team),
    people: draftPeople(actors.map(({ id }) => id)),
  };
}

/** Ids in patterns stand for themselves; `*` does not. */
function isPlain(id: string): boolean {
  return !id.includes('*') && /^(?:person|vault|aws|azure):/.test(id);
}

function groupServices(services: readonly ObservedActor[]): readonly (readonly ObservedActor[])[] {
  const key = ({ id, addresses }: ObservedActor): string => [mountOf(id), ...networksOf(addresses.keys())].join(' ');
  return [...Map.groupBy(services, key).values()];
}

/** How somebody signs in: `vault:eu/userpass`, `aws:444455556666/role`, `person:acme.example`. */
function mountOf(id: string): string {
  if (id.startsWith('person:')) return `person:${id.slice(id.indexOf('@') + 1)}`;
  return id.includes('/') ? id.slice(0, id.lastIndexOf('/')) : id;
}

interface DraftedTeam {
  readonly team: DraftTeam;
  readonly network: DraftNetwork | undefined;
  readonly windows: Draft['windows'];
}

function draftTeam(members: readonly ObservedActor[], days: readonly string[], names: Names): DraftedTeam {
  const [first] = members;
  const single = members.length === 1 ? (first?.id ?? '') : mountOf(first?.id ?? '');
  const name = names.take('team', lastWord(single));
  const cidrs = networksOf(members.flatMap(({ addresses }) => [...addresses.keys()]));
  const windows: Draft['windows'][number][] = [];
  const roles = [...Map.groupBy(members, (actor) => roleKey(actor, days)).values()].map((holders): DraftRole => {
    const [holder] = holders;
    const environments = holder === undefined ? [] : environmentsOf(holder);
    const hours = holder === undefined ? [] : hoursOf(holder, days);
    const role = names.take(`role of ${name}`, environments.join('-') || 'member');
    const opened = hours.map((window) => ({
      ...window,
      name: names.take('window', name),
      days: Math.max(...holders.map(({ quarters }) => quarters.size)),
    }));
    windows.push(...opened);
    return { name: role, members: holders, environments, windows: opened.map((window) => window.name) };
  });
  const network = cidrs.length === 0 ? undefined : { name, cidrs, identities: members.length };
  return { team: { name, networks: network === undefined ? [] : [name], roles }, network, windows };
}

function roleKey(actor: ObservedActor, days: readonly string[]): string {
  return JSON.stringify([environmentsOf(actor), hoursOf(actor, days)]);
}

function environmentsOf({ environments }: ObservedActor): readonly string[] {
  return [...environments.keys()].toSorted();
}

function hoursOf({ kind, quarters }: ObservedActor, days: readonly string[]): readonly DraftWindow[] {
  return kind === 'service' ? workingHours(quarters, days) : [];
}

function draftEnvironments(observed: readonly ObservedEnvironment[]): readonly DraftEnvironment[] {
  return Array.from(
    Map.groupBy(observed, ({ environment }) => environment),
    ([name, patterns]) => ({
      name,
      patterns: patterns.toSorted((one, other) => (one.pattern < other.pattern ? -1 : 1)),
    }),
  ).toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** `vault:eu/approle/deploy-bot` -> `deploy-bot`, as a name that expectations.yaml takes. */
function lastWord(id: string): string {
  const word = id.slice(Math.max(id.lastIndexOf('/'), id.lastIndexOf(':')) + 1).replaceAll(/[^\w.-]+/g, '-');
  return (/^[A-Za-z]/.test(word) ? word : `team-${word}`).slice(0, 50);
}

/** Names that are taken once in each space, with a number where they would be taken again. */
class Names {
  readonly #taken = new Set<string>();

  take(space: string, wanted: string): string {
    let name = wanted;
    for (let number = 2; this.#taken.has(`${space} ${name}`); number++) name = `${wanted}-${number}`;
    this.#taken.add(`${space} ${name}`);
    return name;
  }
}
