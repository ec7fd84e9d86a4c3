import type { Observation } from '../core/event.ts';
import { networkSet, parseCidr } from '../lib/cidr.ts';
import { guessEnvironment } from './guess-environment.ts';
import { networksOf } from './networks.ts';

/** What was there, though the expectations do not declare it; most frequent first within each. */
export interface Difference {
  readonly events: number;
  /** Identities in no team. */
  readonly identities: readonly Counted[];
  /** Secrets, or patterns over them, in no environment. */
  readonly secrets: readonly Counted[];
  /** By team, or identity without one: networks that it came from. */
  readonly networks: readonly (Counted & { readonly by: string })[];
  /** Identities that read an environment which no role of theirs covers. */
  readonly roles: readonly (Counted & { readonly by: string })[];
  /** Identities that did something while none of their change windows was open. */
  readonly windows: readonly Counted[];
}

export interface Counted {
  readonly what: string;
  /** Accesses. */
  readonly count: number;
}

/** Compares events with what is declared: they come enriched by the expectations in question. */
export class DifferenceObserver {
  readonly #identities = new Tallies();
  readonly #secrets = new Tallies();
  readonly #addresses = new Map<string, Tallies>();
  readonly #roles = new Map<string, Tallies>();
  readonly #windows = new Tallies();
  #events = 0;

  /** Of what succeeded: a refusal is no evidence of what is normal. Root identities are never normal. */
  add({ event }: Observation): void {
    this.#events += 1;
    const { actor, access, secret, environment, expected } = event.whosaw;
    if (actor === undefined || actor.kind === 'root' || event.event.outcome !== 'success') return;
    if (access.kind === undefined) return;
    if (actor.team === undefined) this.#identities.add(actor.id);
    if (secret !== undefined && environment === undefined) this.#secrets.add(patternOf(secret.id));
    if (expected?.network === false) talliesOf(this.#addresses, actor.team ?? actor.id).add(event.source?.ip ?? '');
    if (expected?.role === false) talliesOf(this.#roles, actor.id).add(environment ?? '');
    if (expected?.schedule === false) this.#windows.add(actor.id);
  }

  get difference(): Difference {
    return {
      events: this.#events,
      identities: this.#identities.sorted(),
      secrets: this.#secrets.sorted(),
      networks: Array.from(this.#addresses, ([by, addresses]) => inNetworks(addresses.sorted(), by)).flat(),
      roles: Array.from(this.#roles, ([by, environments]) =>
        environments.sorted().map((one) => ({ ...one, by })),
      ).flat(),
      windows: this.#windows.sorted(),
    };
  }
}

/** Beyond this only what is known already is counted: a list has to stay readable. */
const LIMIT = 10_000;

class Tallies {
  readonly #counts = new Map<string, number>();

  add(what: string): void {
    const count = this.#counts.get(what) ?? 0;
    if (count > 0 || this.#counts.size < LIMIT) this.#counts.set(what, count + 1);
  }

  sorted(): readonly Counted[] {
    return Array.from(this.#counts, ([what, count]) => ({ what, count })).toSorted(
      (a, b) => b.count - a.count || (a.what < b.what ? -1 : 1),
    );
  }
}

function talliesOf(map: Map<string, Tallies>, key: string): Tallies {
  const known = map.get(key) ?? new Tallies();
  map.set(key, known);
  return known;
}

/** Where its name tells an environment, the pattern that would declare it. */
function patternOf(secret: string): string {
  return guessEnvironment(secret)?.pattern ?? secret;
}

function inNetworks(addresses: readonly Counted[], by: string): Difference['networks'] {
  const networks = networksOf(addresses.map(({ what }) => what));
  return networks.map((what) => {
    const cidr = parseCidr(what);
    const inside = networkSet(cidr === undefined ? [] : [cidr]);
    const count = addresses.reduce((sum, address) => sum + (inside.has(address.what) === true ? address.count : 0), 0);
    return { what, by, count };
  });
}
