import type { ActorKind, Observation } from '../core/event.ts';
import { formatTimeUs } from '../lib/time.ts';
import { guessEnvironment, type EnvironmentGuess } from './guess-environment.ts';

/** What history showed of one identity: of what succeeded, because a refusal is no evidence of what is normal. */
export interface ObservedActor {
  readonly id: string;
  readonly kind: ActorKind;
  readonly accesses: number;
  /** IP address -> times seen. */
  readonly addresses: ReadonlyMap<string, number>;
  /** Environment -> reads. */
  readonly environments: ReadonlyMap<string, number>;
  /** UTC day (`2026-11-09`) -> quarters of an hour in which it did something, 0 to 95. */
  readonly quarters: ReadonlyMap<string, ReadonlySet<number>>;
}

/** A pattern over secrets that seems to be an environment, and how many secrets it covers. */
export interface ObservedEnvironment extends EnvironmentGuess {
  readonly secrets: number;
}

export interface Observed {
  readonly events: number;
  /** UTC days on which anything happened, ascending. */
  readonly days: readonly string[];
  readonly actors: readonly ObservedActor[];
  readonly environments: readonly ObservedEnvironment[];
}

/** Beyond these, history is summed up from what came first: a draft has to stay readable. */
const ACTORS_LIMIT = 10_000;
const ADDRESSES_LIMIT = 1_000;
const SECRETS_LIMIT = 100_000;

/** Gathers what is normal from normalized events, in any order. Root identities are never normal. */
export class Observer {
  readonly #actors = new Map<string, MutableActor>();
  readonly #days = new Set<string>();
  readonly #environments = new Map<string, { readonly guess: EnvironmentGuess; secrets: number }>();
  readonly #guesses = new Map<string, EnvironmentGuess | undefined>();
  #events = 0;

  add({ event, timeUs }: Observation): void {
    const { actor, access, secret } = event.whosaw;
    this.#events += 1;
    const [day = '', time = ''] = formatTimeUs(timeUs).split('T');
    this.#days.add(day);
    if (actor === undefined || actor.kind === 'root' || event.event.outcome !== 'success') return;
    const known = this.#actor(actor.id, actor.kind);
    if (known === undefined) return;
    known.accesses += 1;
    count(known.addresses, event.source?.ip, ADDRESSES_LIMIT);
    if (access.kind !== undefined) quartersOf(known, day).add(quarterOf(time));
    if (access.kind !== 'read' || secret === undefined) return;
    count(known.environments, this.#environment(secret.id), ADDRESSES_LIMIT);
  }

  get observed(): Observed {
    return {
      events: this.#events,
      days: [...this.#days].toSorted(),
      actors: [...this.#actors.values()].toSorted((one, other) => (one.id < other.id ? -1 : 1)),
      environments: [...this.#environments.values()].map(({ guess, secrets }) => ({ ...guess, secrets })),
    };
  }

  #actor(id: string, kind: ActorKind): MutableActor | undefined {
    const known = this.#actors.get(id);
    if (known !== undefined || this.#actors.size >= ACTORS_LIMIT) return known;
    const fresh = { id, kind, accesses: 0, addresses: new Map(), environments: new Map(), quarters: new Map() };
    this.#actors.set(id, fresh);
    return fresh;
  }

  #environment(id: string): string | undefined {
    if (this.#guesses.has(id)) return this.#guesses.get(id)?.environment;
    const guess = guessEnvironment(id);
    if (this.#guesses.size >= SECRETS_LIMIT) return guess?.environment;
    this.#guesses.set(id, guess);
    if (guess === undefined) return undefined;
    const known = this.#environments.get(guess.pattern);
    if (known === undefined) this.#environments.set(guess.pattern, { guess, secrets: 1 });
    else known.secrets += 1;
    return guess.environment;
  }
}

interface MutableActor extends ObservedActor {
  accesses: number;
  readonly addresses: Map<string, number>;
  readonly environments: Map<string, number>;
  readonly quarters: Map<string, Set<number>>;
}

function count(counts: Map<string, number>, key: string | undefined, limit: number): void {
  if (key === undefined || (counts.size >= limit && !counts.has(key))) return;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function quartersOf({ quarters }: MutableActor, day: string): Set<number> {
  const known = quarters.get(day) ?? new Set();
  quarters.set(day, known);
  return known;
}

/** `03:12:00Z` -> 12 */
function quarterOf(time: string): number {
  return Number(time.slice(0, 2)) * 4 + Math.floor(Number(time.slice(3, 5)) / 15);
}
