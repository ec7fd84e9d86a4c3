import { isObject, type JsonValue } from '../../core/json.ts';
import type { SourceFormat } from '../../core/source-format.ts';
import { Bell } from '../../lib/bell.ts';
import { Pace } from '../../lib/pace.ts';
import { RecentMap } from '../../lib/recent-map.ts';
import { Attempts, type AttemptsTiming } from '../streams/attempts.ts';
import { addRecord } from '../streams/record-of.ts';
import type { Notice, Stream, StreamBatch } from '../streams/stream.ts';
import { explainAwsError, isExpired, nameOf } from './aws-error.ts';
import { accountOf, type AwsIdentity } from './identity.ts';
import type { LookupClient, LookupPage } from './cloudtrail-client.ts';
import { nextSlice, nextWindow, WINDOW_TIMING, type LookupPlace, type WindowTiming } from './lookup-window.ts';

export interface LookupStreamOptions {
  /** The source's name in the config. */
  readonly source: string;
  readonly format: SourceFormat;
  readonly identity: AwsIdentity;
  readonly region: string;
  /** A new client, with credentials that are asked for anew. */
  readonly open: () => Promise<LookupClient>;
  /** Milliseconds since 1970: where the first start begins. */
  readonly fromMs: () => number;
  /** Where it ends; absent: never. */
  readonly toMs?: number | undefined;
  readonly notice: Notice;
  readonly timing?: (Partial<LookupTiming> & Partial<WindowTiming> & Partial<AttemptsTiming>) | undefined;
}

export interface LookupTiming {
  /** Between two looks at a region that had nothing more. */
  readonly pollMs: number;
  /** Between the beginnings of two requests: AWS allows two a second, of all callers together. */
  readonly paceMs: number;
  /** Events are shown so late by CloudTrail: so far behind its clock a region is said to be seen. */
  readonly settleMs: number;
}

const TIMING: LookupTiming = { pollMs: 30_000, paceMs: 500, settleMs: 15 * 60_000 };
const FIRST_SLICE_MS = 3_600_000;
/** Ids of events that were read, of all windows that overlap. */
const KNOWN_LIMIT = 200_000;

/** Reads one region of one account through LookupEvents, window by window. */
export function lookupStream(options: LookupStreamOptions): Stream {
  const account = accountOf(options.identity);
  return {
    key: `${options.identity.role ?? 'own'}/${options.region}`,
    read: (state, signal) => new Lookup(options, account).read(state, signal),
  };
}

class Lookup {
  readonly #options: LookupStreamOptions;
  readonly #timing: LookupTiming & WindowTiming;
  readonly #attempts: Attempts;
  readonly #pace: Pace;
  readonly #known = new RecentMap<true>(KNOWN_LIMIT);
  #client: LookupClient | undefined;

  constructor(options: LookupStreamOptions, account: string) {
    const { region, notice, timing } = options;
    this.#options = options;
    this.#timing = { ...TIMING, ...WINDOW_TIMING, ...timing };
    this.#pace = new Pace(this.#timing.paceMs);
    const call = { action: 'cloudtrail:LookupEvents', resource: `${account} in ${region}` };
    const explain = (error: unknown) => explainAwsError(error, call);
    this.#attempts = new Attempts({ stream: `${account} ${region}`, explain, notice, timing });
  }

  async *read(state: JsonValue | undefined, signal: AbortSignal): AsyncGenerator<StreamBatch, void, undefined> {
    const startMs = this.#options.fromMs();
    const untilMs = this.#options.toMs ?? Number.POSITIVE_INFINITY;
    let place = placeIn(state) ?? { doneMs: startMs, sweptMs: startMs };
    let sliceMs = FIRST_SLICE_MS;
    const bell = new Bell();
    try {
      while (!signal.aborted && place.doneMs < untilMs) {
        const endMs = Math.min(untilMs, this.#nowMs());
        const window = nextWindow(place, endMs, sliceMs, this.#timing);
        const pages = yield* this.#pages(window, place, signal);
        if (pages === undefined) return;
        place = window.after;
        sliceMs = nextSlice(sliceMs, pages);
        yield this.#batch([], place, window.isLast ? place.doneMs - this.#timing.settleMs : undefined);
        if (window.isLast && place.doneMs < untilMs) await bell.sleep(this.#timing.pollMs, signal);
      }
    } finally {
      this.#client?.close();
      this.#client = undefined;
    }
  }

  /** The number of pages; undefined: the signal came. The place stays where it was until the window is whole. */
  async *#pages(
    window: { readonly fromMs: number; readonly toMs: number },
    place: LookupPlace,
    signal: AbortSignal,
  ): AsyncGenerator<StreamBatch, number | undefined, undefined> {
    let token: string | undefined;
    for (let pages = 1; ; pages += 1) {
      const page = await this.#attempts.until(() => this.#page({ ...window, token }, signal), signal);
      if (page === undefined) return undefined;
      // The token lives for minutes only: after a long break the window begins anew.
      if (page === 'begin anew') token = undefined;
      else {
        const events = page.events.filter(({ id }) => id === '' || this.#known.get(id) === undefined);
        if (events.length > 0) yield this.#batch(events, place, undefined);
        for (const { id } of events) if (id !== '') this.#known.set(id, true);
        token = page.token;
        if (token === undefined) return pages;
      }
    }
  }

  async #page(
    request: { readonly fromMs: number; readonly toMs: number; readonly token: string | undefined },
    signal: AbortSignal,
  ): Promise<LookupPage | 'begin anew'> {
    await this.#pace.turn(signal);
    try {
      this.#client ??= await this.#options.open();
      return await this.#client.page(request, signal);
    } catch (error) {
      if (nameOf(error) === 'InvalidNextTokenException' && request.token !== undefined) return 'begin anew';
      if (isExpired(error)) {
        this.#client?.close();
        this.#client = undefined;
      }
      throw error;
    }
  }

  #batch(events: LookupPage['events'], place: LookupPlace, seenToMs: number | undefined): StreamBatch {
    const { source, format, region } = this.#options;
    const out = { records: [], rejections: [] };
    for (const { id, text } of events) {
      addRecord(format, { source, place: `cloudtrail://${region}/${id}` }, text, out);
    }
    const batch = { ...out, state: { doneMs: place.doneMs, sweptMs: place.sweptMs } };
    return seenToMs === undefined ? batch : { ...batch, seenToMs };
  }

  /** By AWS's clock, as far as it is known. */
  #nowMs(): number {
    return Date.now() + (this.#client?.clockOffsetMs ?? 0);
  }
}

function placeIn(state: JsonValue | undefined): LookupPlace | undefined {
  if (!isObject(state)) return undefined;
  const { doneMs, sweptMs } = state;
  return typeof doneMs === 'number' && typeof sweptMs === 'number' ? { doneMs, sweptMs } : undefined;
}
