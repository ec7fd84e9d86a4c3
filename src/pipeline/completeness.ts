import { parseTimeUs } from '../lib/time.ts';

export interface CompletenessOptions {
  /** Names of the sources. */
  readonly sources: readonly string[];
  readonly latenessMs: number;
  readonly nowMs: number;
}

interface Source {
  /** Microseconds: all that it had written until then was read. */
  seenUs: number;
  /** There was more to read when it was heard of last; so it is with one that was not heard of yet. */
  isBehind: boolean;
  heardMs: number;
}

/**
 * Up to when the events of all sources are there: until each was read to its end, less the lateness. A source that is
 * behind holds this up as long as it goes on; one that says nothing for longer than the lateness (its file is gone, or
 * never was) does not, and what it brings later is late. One that has ended does not either.
 */
export class Completeness {
  readonly #sources: Map<string, Source>;
  readonly #latenessMs: number;

  constructor({ sources, latenessMs, nowMs }: CompletenessOptions) {
    this.#latenessMs = latenessMs;
    this.#sources = new Map(
      sources.map((name) => [name, { seenUs: Number.NEGATIVE_INFINITY, isBehind: true, heardMs: nowMs }]),
    );
  }

  heard(name: string, seenTo: string | undefined, nowMs: number): void {
    const source = this.#sources.get(name);
    if (source === undefined) return;
    source.heardMs = nowMs;
    source.isBehind = seenTo === undefined;
    source.seenUs = parseTimeUs(seenTo ?? '') ?? source.seenUs;
  }

  ended(name: string): void {
    this.#sources.delete(name);
  }

  get isOver(): boolean {
    return this.#sources.size === 0;
  }

  /** Microseconds; undefined while a source is behind. */
  closedUs(nowMs: number): number | undefined {
    let seenUs = nowMs * 1_000;
    for (const source of this.#sources.values()) {
      if (this.#isMute(source, nowMs)) continue;
      if (source.isBehind) return undefined;
      seenUs = Math.min(seenUs, source.seenUs);
    }
    return seenUs - this.#latenessMs * 1_000;
  }

  /** Names of the sources of which nothing is heard. */
  mute(nowMs: number): readonly string[] {
    return this.#names((source) => this.#isMute(source, nowMs));
  }

  /** Names of the sources that hold it up: they have more to read. */
  behind(nowMs: number): readonly string[] {
    return this.#names((source) => source.isBehind && !this.#isMute(source, nowMs));
  }

  #names(isMeant: (source: Source) => boolean): readonly string[] {
    return Array.from(this.#sources).flatMap(([name, source]) => (isMeant(source) ? [name] : []));
  }

  #isMute({ heardMs }: Source, nowMs: number): boolean {
    return nowMs - heardMs > Math.max(this.#latenessMs, MUTE_AT_LEAST_MS);
  }
}

/** Sources say now and then that there is nothing. */
const MUTE_AT_LEAST_MS = 60_000;
