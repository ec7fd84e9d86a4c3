import type { Observation } from '../core/event.ts';
import { id128 } from '../lib/hash.ts';

/** Every event of a run by its id, with what a second sight of it must agree on: about 60 bytes each. */
export class SeenEvents {
  readonly #seen = new Map<bigint, number>();

  add(observation: Observation): 'new' | 'known' | 'conflict' {
    const key = BigInt(`0x${observation.event.event.id.slice(0, 16)}`);
    const content = contentOfEvent(observation);
    const known = this.#seen.get(key);
    if (known === undefined) this.#seen.set(key, content);
    else return known === content ? 'known' : 'conflict';
    return 'new';
  }
}

/** 28 bits of a hash over actor, secret and outcome. */
export function contentOfEvent({ event }: Observation): number {
  const { actor, secret } = event.whosaw;
  return Number.parseInt(id128(actor?.id ?? '', secret?.id ?? '', event.event.outcome).slice(0, 7), 16);
}
