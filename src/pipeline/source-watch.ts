import type { AccessReader, SourceFacts } from '../core/access-reader.ts';
import { parseTimeUs } from '../lib/time.ts';

/** `seenTo`: all that it had written until then is stored; undefined: there is more to come. */
export type OnHeard = (source: string, seenTo: string | undefined, newestUs: number | undefined) => void;

const EVERY_MS = 5_000;

/** Looks into the store now and then for how far the sources are. */
export class SourceWatch {
  readonly #store: Pick<AccessReader, 'sources'>;
  readonly #known = new Map<string, SourceFacts>();
  readonly #listeners = new Set<OnHeard>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(store: Pick<AccessReader, 'sources'>) {
    this.#store = store;
  }

  /** Told at once of what is known. */
  add(listener: OnHeard): void {
    this.#listeners.add(listener);
    for (const facts of this.#known.values()) tell(listener, facts, facts.seenTo);
    this.#timer ??= setInterval(() => void this.#look(), EVERY_MS);
  }

  remove(listener: OnHeard): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    // A store that is away says nothing: whoever writes to it says that.
    const found = await this.#store.sources().catch(() => []);
    this.#isLooking = false;
    for (const facts of found) {
      const known = this.#known.get(facts.source);
      const isSeen = facts.seenTo !== undefined && facts.seenTo !== known?.seenTo;
      if (!isSeen && facts.events === known?.events) continue;
      this.#known.set(facts.source, facts);
      for (const listener of this.#listeners) tell(listener, facts, isSeen ? facts.seenTo : undefined);
    }
  }
}

function tell(listener: OnHeard, { source, newest }: SourceFacts, seenTo: string | undefined): void {
  listener(source, seenTo, newest === undefined ? undefined : parseTimeUs(newest));
}
