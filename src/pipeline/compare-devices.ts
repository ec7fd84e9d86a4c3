/** One access that some device of a cluster told of, and another did not. Microseconds. */
export interface Missed {
  readonly timeUs: number;
  readonly missing: string;
  /** A source that has it. */
  readonly from: string;
}

interface Seen {
  readonly timeUs: number;
  /** One bit a source. */
  by: number;
}

/** Accesses that wait to be compared, over all sources of a cluster; beyond it the oldest are not compared. */
const WAITING_LIMIT = 500_000;
/** What a device writes a moment later than another one. */
const GRACE_US = 5_000_000;

/**
 * Compares what several devices of one cluster tell: every access comes by each of them, so one that came by another and not
 * by this one is missing here. Judged once all sources are complete past it.
 */
export class DeviceComparison {
  readonly #sources: readonly string[];
  readonly #waiting = new Map<string, Seen>();
  /** First entry of each source: what was before is not expected of it. */
  readonly #sinceUs: number[];
  readonly #completeUs: number[];
  #judgedUs: number;
  /** Were there too many to be compared? */
  uncompared = 0;

  /** `floorUs`: what is not later was compared, or lost its partners in a restart. `since`: as `since` gave it. */
  constructor(sources: readonly string[], floorUs: number, since: Readonly<Record<string, number>>) {
    this.#sources = sources;
    this.#judgedUs = floorUs;
    this.#sinceUs = sources.map((name) => since[name] ?? Infinity);
    this.#completeUs = sources.map(() => Number.NEGATIVE_INFINITY);
  }

  get since(): Readonly<Record<string, number>> {
    const known = this.#sources.map((name, index): readonly [string, number] => [
      name,
      this.#sinceUs[index] ?? Infinity,
    ]);
    return Object.fromEntries(known.filter(([, us]) => Number.isFinite(us)));
  }

  see(source: string, accessId: string, timeUs: number): void {
    const index = this.#sources.indexOf(source);
    this.#sinceUs[index] = Math.min(this.#sinceUs[index] ?? Infinity, timeUs);
    if (timeUs <= this.#judgedUs) return;
    const known = this.#waiting.get(accessId);
    if (known !== undefined) known.by |= 1 << index;
    else this.#waiting.set(accessId, { timeUs, by: 1 << index });
    if (this.#waiting.size > WAITING_LIMIT) this.#forget();
  }

  /** All that this source has until then was seen. */
  complete(source: string, timeUs: number): void {
    const index = this.#sources.indexOf(source);
    this.#completeUs[index] = Math.max(this.#completeUs[index] ?? timeUs, timeUs);
  }

  /** What is missing up to where all are complete, in order of time. */
  judge(): readonly Missed[] {
    const untilUs = Math.min(...this.#completeUs) - GRACE_US;
    if (untilUs <= this.#judgedUs) return [];
    const missed: Missed[] = [];
    for (const [id, { timeUs, by }] of this.#waiting) {
      if (timeUs > untilUs) continue;
      this.#waiting.delete(id);
      for (const [index, missing] of this.#sources.entries()) {
        if ((by & (1 << index)) !== 0 || timeUs < (this.#sinceUs[index] ?? Infinity)) continue;
        const from = this.#sources[31 - Math.clz32(by)] ?? '';
        missed.push({ timeUs, missing, from });
      }
    }
    this.#judgedUs = untilUs;
    return missed.toSorted((a, b) => a.timeUs - b.timeUs);
  }

  get judgedUs(): number {
    return this.#judgedUs;
  }

  #forget(): void {
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined) this.#waiting.delete(oldest);
    this.uncompared += 1;
  }
}
