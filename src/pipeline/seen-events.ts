import type { Observation } from '../core/event.ts';
import { id128 } from '../lib/hash.ts';

/** Every event of a run by its id, with what a second sight of it must agree on: about 60 bytes each. */
export class SeenEvents {
  readonly #seen = new Map<bigint, number>();

  add({ event }: Observation): 'new' | 'known' | 'conflict' {
    const key = BigInt(`0x${event.event.id.slice(0, 16)}`);
    const { actor, secret } = event.whosaw;
    const content = Number.parseInt(id128(actor?.id ?? '', secret?.id ?? '', event.event.outcome).slice(0, 7), 16);
    const known = this.#seen.get(key);
    if (known === undefined) this.#seen.set(key, content);
    else return known === content ? 'known' : 'conflict';
    return 'new';
  }
}
