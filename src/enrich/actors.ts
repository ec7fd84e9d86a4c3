import type { WhosawFields } from '../core/event.ts';
import { networkSet, type Cidr, type NetworkSet } from '../lib/cidr.ts';
import { memoize } from '../lib/memoize.ts';
import type { Expectations, Role, Team } from './expectations.ts';

/** What is declared of an identity. */
export interface ActorFacts {
  /** What the event's actor becomes; absent: nothing. */
  readonly fields?: Partial<NonNullable<WhosawFields['actor']>>;
  /** Where it is expected to come from; absent: nothing is declared. */
  readonly networks?: NetworkSet;
  /** All roles that it has, in all teams. */
  readonly roles: readonly Role[];
}

/**
 * Facts by actor id. A person has the roles of all their names. An identity that several teams claim has the networks
 * and roles of all of them, and is shown with the first. One that a team claims without declaring networks is expected
 * nowhere in particular: `everyone` is for those whom no team claims.
 */
export function actorsOf(expectations: Expectations): (id: string) => ActorFacts {
  const { people, teams, everyone } = expectations;
  const names = namesOf(people);
  const elsewhere = everyone === undefined ? undefined : networkSet(everyone, ADDRESSES_LIMIT);
  const networksOf = shareByTeams((claiming) => {
    const declared = claiming.map(({ networks }) => networks).filter((networks) => networks !== undefined);
    return declared.length === 0 ? undefined : networkSet(declared.flat(), ADDRESSES_LIMIT);
  });
  return memoize(ACTORS_LIMIT, (id: string): ActorFacts => {
    const person = people.get(id);
    const claims = claimsOf(teams, names.get(person ?? id) ?? [id]);
    const networks = claims.length === 0 ? elsewhere : networksOf(claims.map(({ team }) => team));
    const fields = { ...personFields(person), ...teamFields(claims) };
    return {
      roles: claims.flatMap(({ roles }) => roles),
      ...(networks === undefined ? {} : { networks }),
      ...(Object.keys(fields).length === 0 ? {} : { fields }),
    };
  });
}

/** The networks that an identity is expected to come from, as they are written; undefined where nothing is declared. */
export function networksFor({ people, teams, everyone }: Expectations, id: string): readonly Cidr[] | undefined {
  const claims = claimsOf(teams, namesOf(people).get(people.get(id) ?? id) ?? [id]);
  if (claims.length === 0) return everyone;
  const declared = claims.flatMap(({ team }) => team.networks ?? []);
  return declared.length === 0 ? undefined : declared;
}

function claimsOf(teams: readonly Team[], names: readonly string[]): readonly Claim[] {
  return teams.map((team) => claim(team, names)).filter(({ roles }) => roles.length > 0);
}

const ACTORS_LIMIT = 16_384;
const ADDRESSES_LIMIT = 8_192;

interface Claim {
  readonly team: Team;
  readonly roles: readonly Role[];
}

function claim(team: Team, names: readonly string[]): Claim {
  return { team, roles: team.roles.filter(({ members }) => members.some((covers) => names.some(covers))) };
}

function personFields(person: string | undefined): ActorFacts['fields'] {
  return person === undefined ? {} : { id: person, kind: 'person' };
}

function teamFields(claims: readonly Claim[]): ActorFacts['fields'] {
  const [first] = claims;
  if (first === undefined) return {};
  return { team: first.team.name, roles: [...new Set(claims.flatMap(({ roles }) => roles.map(({ name }) => name)))] };
}

/** Person -> the person and all their other names. */
function namesOf(people: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const [alias, person] of people) {
    const known = names.get(person) ?? [person];
    known.push(alias);
    names.set(person, known);
  }
  return names;
}

/** One answer for each combination of teams, so that what is remembered of addresses is shared by their members. */
function shareByTeams(
  compute: (teams: readonly Team[]) => NetworkSet | undefined,
): (teams: readonly Team[]) => NetworkSet | undefined {
  const shared = new Map<string, NetworkSet | undefined>();
  return (teams) => {
    const key = teams.map(({ name }) => name).join('\n');
    if (!shared.has(key)) shared.set(key, compute(teams));
    return shared.get(key);
  };
}
