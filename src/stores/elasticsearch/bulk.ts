import { setTimeout as sleep } from 'node:timers/promises';
import { WhosawError } from '../../core/errors.ts';
import { isObject, objectAt, stringAt } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { backoffMs } from '../../lib/backoff.ts';
import { isRetryable, refusal, typeOf } from './answers.ts';
import { BulkSize, type Operation } from './bulk-size.ts';
import type { Answer, Elastic } from './client.ts';

export interface ItemResult {
  /** 201 or 200; 409: exists, or in a newer version; 400: what it says does not fit the mapping; 413: too long. */
  readonly status: 200 | 201 | 409 | 400 | 413;
  /** Kind of error and field: free of values. */
  readonly problem?: string;
}

/** Says to people that the store is waited for, and why. */
export type Notice = (text: string, facts: Readonly<Record<string, string | number>>) => void;

export interface BulkOptions {
  readonly elastic: Elastic;
  readonly notice: Notice;
}

const AT_ONCE = 2;
const TIMEOUT_MS = 60_000;
/** Said at the first try that failed, then as often as people may want to read it. */
const NOTICE_EVERY_MS = 30_000;

/**
 * Writes documents, as many at a time as the server takes. What it is too busy for (429, 5xx, blocked, away, also an item
 * alone) is sent again until it takes it or the signal comes: nothing is given up. Requests can have been done although
 * no answer came, so each operation must be harmless when it is done twice.
 */
export class Bulk {
  readonly #options: BulkOptions;
  readonly #size = new BulkSize();

  constructor(options: BulkOptions) {
    this.#options = options;
  }

  /** Results in the order of the operations. Throws the signal's reason, or STORE_REFUSED. */
  async write(operations: readonly Operation[], signal: AbortSignal): Promise<readonly ItemResult[]> {
    const results: ItemResult[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < operations.length) {
        const from = next;
        next = this.#size.end(operations, from);
        const part = operations.slice(from, next);
        for (const [index, result] of (await this.#writePart(part, signal)).entries()) results[from + index] = result;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return results;
  }

  async #writePart(part: readonly Operation[], signal: AbortSignal): Promise<readonly ItemResult[]> {
    const results: ItemResult[] = [];
    let left = part.map((operation, place) => ({ operation, place }));
    const waiting = new Waiting(this.#options.notice);
    for (let attempt = 1; left.length > 0; attempt += 1) {
      signal.throwIfAborted();
      const outcome = await this.#send(
        left.map(({ operation }) => operation),
        signal,
      );
      left = left.filter(({ place }, index) => {
        const result = outcome.results[index];
        if (result !== undefined) results[place] = result;
        return result === undefined;
      });
      if (left.length === 0) break;
      waiting.say(outcome.why, left.length);
      await sleep(backoffMs(attempt, Math.random()), undefined, { signal }).catch(() => signal.throwIfAborted());
    }
    return results;
  }

  /** undefined stands for an item that has to be sent again. */
  async #send(part: readonly Operation[], signal: AbortSignal): Promise<Outcome> {
    let answer: Answer;
    try {
      const lines = part.flatMap(({ action, document }) => [action, document]);
      answer = await this.#options.elastic.request({
        method: 'POST',
        path: '/_bulk',
        query: { filter_path: 'items.*.status,items.*.error.type,items.*.error.reason' },
        lines,
        signal,
        timeoutMs: TIMEOUT_MS,
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof WhosawError) || !error.retryable) throw error;
      this.#size.shrink();
      return { results: [], why: error.message };
    }
    if (answer.status === 200) return this.#read(answer.body, part.length);
    if (answer.status === 413) return this.#halve(part, signal);
    if (isRetryable(answer.status)) this.#size.shrink();
    const error = refusal(answer, this.#options.elastic, 'writing');
    // A key that is revoked while everything runs is put right by people; a start would have refused it.
    if (isRetryable(answer.status) || answer.status === 401 || answer.status === 403) {
      return { results: [], why: error.message };
    }
    throw error;
  }

  /** More at once than the server takes; one alone is too long for good. */
  async #halve(part: readonly Operation[], signal: AbortSignal): Promise<Outcome> {
    if (part.length === 1) return { results: [TOO_LONG], why: '' };
    this.#size.shrink();
    const middle = Math.ceil(part.length / 2);
    const first = await this.#send(part.slice(0, middle), signal);
    const second = await this.#send(part.slice(middle), signal);
    const results = part.map((_, index) => (index < middle ? first.results[index] : second.results[index - middle]));
    return { results, why: first.why || second.why };
  }

  #read(body: unknown, expected: number): Outcome {
    const items = isObject(body) && Array.isArray(body['items']) ? (body['items'] as readonly JsonObject[]) : [];
    let why = items.length === expected ? '' : 'Elasticsearch answered for some of the documents only.';
    let busy = false;
    const results = items.map((item) => {
      const [done] = Object.values(item);
      const { status = 0 } = (done ?? {}) as { readonly status?: number };
      if (isFinal(status)) {
        return { status, ...(status === 400 ? { problem: problemOf(done) } : {}) } as const;
      }
      if (status === 413 || isBeyondMemory(done)) return TOO_LONG;
      why = `Elasticsearch does not take documents now (${status} ${typeOf(done) ?? ''}).`;
      busy ||= isRetryable(status);
      return undefined;
    });
    if (busy) this.#size.shrink();
    else this.#size.grow();
    return { results, why };
  }
}

const TOO_LONG: ItemResult = { status: 413, problem: 'it is longer than the server takes' };

interface Outcome {
  readonly results: readonly (ItemResult | undefined)[];
  readonly why: string;
}

function isFinal(status: number): status is 200 | 201 | 409 | 400 {
  return status === 200 || status === 201 || status === 409 || status === 400;
}

/**
 * A document that needs more memory than the server ever gives to writing is refused as if the server were busy, for
 * ever. It counts a document four times over, and once more while it is passed on.
 */
function isBeyondMemory(item: unknown): boolean {
  const reason = stringAt(objectAt(isObject(item) ? item : undefined, 'error'), 'reason') ?? '';
  const needed = Number(/\bprimary_operation_bytes=(\d+)/.exec(reason)?.[1]);
  const most = Number(/\bmax_primary_bytes=(\d+)/.exec(reason)?.[1]);
  return needed * 1.25 > most;
}

/** Reasons quote values; the kind of error and the field's name do not. */
function problemOf(item: unknown): string {
  const error = objectAt(isObject(item) ? item : undefined, 'error');
  const field = /(?:field|introduction of) \[([\w@.]{1,100})\]/.exec(stringAt(error, 'reason') ?? '')?.[1];
  return `${stringAt(error, 'type') ?? 'no reason given'}${field === undefined ? '' : ` at ${field}`}`;
}

/** Tells people once, and again as long as it lasts. */
class Waiting {
  readonly #notice: Notice;
  #saidMs = -Infinity;

  constructor(notice: Notice) {
    this.#notice = notice;
  }

  say(why: string, documents: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#saidMs < NOTICE_EVERY_MS) return;
    this.#saidMs = nowMs;
    this.#notice('Waiting for Elasticsearch; nothing is lost.', { why, documents });
  }
}
