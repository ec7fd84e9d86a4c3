import type { AuditEvent } from '../core/event.ts';
import type { Gap } from '../core/gap.ts';
import { gapOf } from '../lib/gap.ts';
import { formatTimeUs } from '../lib/time.ts';

/** A secret that somebody reads again and again, so that each device has something to tell. */
export interface Canary {
  /** The end of the secret's id. */
  readonly secret: string;
  /** Milliseconds. */
  readonly everyMs: number;
  readonly withinMs: number;
}

export interface CanaryWatchOptions {
  readonly canary: Canary;
  readonly cluster: string;
  readonly sources: readonly string[];
  readonly nowMs: number;
}

/** Each source of a cluster has to tell of the canary's reads in time; one that does not is blind since the last. */
export class CanaryWatch {
  readonly #options: CanaryWatchOptions;
  readonly #lastMs = new Map<string, number>();
  readonly #open = new Map<string, Gap>();
  #closed: Gap[] = [];

  constructor(options: CanaryWatchOptions) {
    this.#options = options;
    for (const source of options.sources) this.#lastMs.set(source, options.nowMs);
  }

  see(source: string, { whosaw }: AuditEvent, timeUs: number): void {
    const id = whosaw.secret?.id ?? '';
    if (whosaw.access.kind !== 'read' || !(id === this.#secret || id.endsWith(`/${this.#secret}`))) return;
    const atMs = Math.floor(timeUs / 1_000);
    this.#lastMs.set(source, Math.max(this.#lastMs.get(source) ?? atMs, atMs));
    const open = this.#open.get(source);
    if (open === undefined || atMs <= Date.parse(open.from)) return;
    this.#open.delete(source);
    this.#closed.push({ ...open, version: atMs, to: formatTimeUs(atMs * 1_000) });
  }

  /** What began, and what is over. */
  check(nowMs: number): readonly Gap[] {
    const { canary, cluster, sources } = this.#options;
    const gaps = this.#closed;
    this.#closed = [];
    for (const source of sources) {
      const lastMs = this.#lastMs.get(source) ?? nowMs;
      if (this.#open.has(source) || nowMs - lastMs <= canary.everyMs + canary.withinMs) continue;
      const gap = gapOf({ kind: 'canary', source, cluster, fromMs: lastMs });
      this.#open.set(source, gap);
      gaps.push(gap);
    }
    return gaps;
  }

  get #secret(): string {
    return this.#options.canary.secret;
  }
}
