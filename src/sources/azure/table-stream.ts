import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { SourceFormat } from '../../core/source-format.ts';
import { Bell } from '../../lib/bell.ts';
import { sha256 } from '../../lib/hash.ts';
import { RecentMap } from '../../lib/recent-map.ts';
import { Attempts, type AttemptsTiming } from '../streams/attempts.ts';
import { addRecord } from '../streams/record-of.ts';
import type { Notice, Stream, StreamBatch } from '../streams/stream.ts';
import { codeOfAzure, explainAzureError } from './azure-error.ts';
import type { TableName } from './config.ts';
import type { LogsClient } from './logs-client.ts';
import { ROWS_LIMIT, tableQuery } from './table-query.ts';

export interface TableStreamOptions {
  /** The source's name in the config. */
  readonly source: string;
  readonly format: SourceFormat;
  readonly workspace: string;
  readonly table: TableName;
  readonly open: () => Promise<LogsClient>;
  /** Milliseconds since 1970: what arrived since then is read by the first start. */
  readonly fromMs: () => number;
  /** Where it ends; absent: never. */
  readonly toMs?: number | undefined;
  readonly notice: Notice;
  readonly timing?: (Partial<TableTiming> & Partial<AttemptsTiming>) | undefined;
}

export interface TableTiming {
  readonly pollMs: number;
  /** Each span begins so much before the end of the last: rows can be seen a little after they arrived. */
  readonly overlapMs: number;
  /** At most so much time of arrival in one question. */
  readonly spanMs: number;
  /** Rows arrive so late. */
  readonly settleMs: number;
}

const TIMING: TableTiming = { pollMs: 60_000, overlapMs: 15 * 60_000, spanMs: 6 * 3_600_000, settleMs: 15 * 60_000 };
/** What happened longer before it arrived is not asked for: a question needs bounds of time. */
const LATEST_MS = 3 * 86_400_000;
const BATCH_ROWS = 2_000;
const KNOWN_LIMIT = 200_000;
/** A span that is this short and still too much is taken as it is, which is said. */
const SHORTEST_MS = 1_000;

/** Reads one table of a workspace by the time at which rows arrived, span by span. */
export function tableStream(options: TableStreamOptions): Stream {
  return {
    key: `${options.workspace}/${options.table}`,
    read: (state, signal) => new TableReader(options).read(state, signal),
  };
}

class TableReader {
  readonly #options: TableStreamOptions;
  readonly #timing: TableTiming;
  readonly #attempts: Attempts;
  readonly #known = new RecentMap<true>(KNOWN_LIMIT);
  readonly #bell = new Bell();
  #client: Promise<LogsClient> | undefined;

  constructor(options: TableStreamOptions) {
    const { workspace, table, notice, timing } = options;
    this.#options = options;
    this.#timing = { ...TIMING, ...timing };
    const call = { action: 'Log Analytics Reader', resource: `workspace ${workspace}` };
    const explain = (error: unknown) => {
      if (isNoTable(error)) {
        return { kind: 'refused' as const, message: `Workspace ${workspace} has no table ${table} yet; looks again.` };
      }
      return explainAzureError(error, call);
    };
    this.#attempts = new Attempts({ stream: `${workspace} ${table}`, explain, notice, timing });
  }

  async *read(state: JsonValue | undefined, signal: AbortSignal): AsyncGenerator<StreamBatch, void, undefined> {
    const { fromMs, toMs } = this.#options;
    const { overlapMs, spanMs, pollMs, settleMs } = this.#timing;
    const untilMs = toMs ?? Number.POSITIVE_INFINITY;
    let doneMs = isObject(state) && typeof state['doneMs'] === 'number' ? state['doneMs'] : fromMs();
    while (!signal.aborted && doneMs < untilMs) {
      const endMs = Math.min(untilMs, Date.now());
      const nextMs = Math.max(doneMs, Math.min(endMs, doneMs + spanMs));
      if (!(yield* this.#span(doneMs - overlapMs, nextMs, doneMs, signal))) return;
      doneMs = nextMs;
      const isLast = doneMs >= endMs;
      const batch = { records: [], rejections: [], state: { doneMs } };
      yield isLast ? { ...batch, seenToMs: doneMs - settleMs } : batch;
      if (isLast && doneMs < untilMs) await this.#bell.sleep(pollMs, signal);
    }
  }

  /** Halves a span that holds too much. false: the signal came. */
  async *#span(
    fromMs: number,
    toMs: number,
    doneMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<StreamBatch, boolean, undefined> {
    const { table, notice } = this.#options;
    const ask = async () => {
      const client = await (this.#client ??= this.#options.open());
      return client.query(tableQuery(table, fromMs, toMs), fromMs - LATEST_MS, toMs + LATEST_MS, signal);
    };
    const answer = await this.#attempts.until(ask, signal);
    if (answer === undefined) return false;
    const isTooMuch = answer.isPartial || answer.rows.length >= ROWS_LIMIT;
    if (isTooMuch && toMs - fromMs > SHORTEST_MS) {
      const middleMs = Math.floor((fromMs + toMs) / 2);
      return (
        (yield* this.#span(fromMs, middleMs, doneMs, signal)) && (yield* this.#span(middleMs, toMs, doneMs, signal))
      );
    }
    if (isTooMuch)
      notice('A second holds more rows than Azure gives: some of them are missing.', {
        table,
        at: new Date(fromMs).toISOString(),
      });
    for (let at = 0; at < answer.rows.length; at += BATCH_ROWS) {
      const batch = this.#batch(answer.rows.slice(at, at + BATCH_ROWS), doneMs);
      if (batch.records.length > 0 || batch.rejections.length > 0) yield batch;
    }
    return true;
  }

  #batch(rows: readonly JsonObject[], doneMs: number): StreamBatch {
    const { source, format, workspace, table } = this.#options;
    const out = { records: [], rejections: [] };
    for (const row of rows) {
      const text = JSON.stringify({ ...row, Type: table });
      const hash = sha256(text).slice(0, 32);
      if (this.#known.get(hash) !== undefined) continue;
      this.#known.set(hash, true);
      addRecord(format, { source, place: `azure://${workspace}/${table}/${hash}` }, text, out);
    }
    return { ...out, state: { doneMs } };
  }
}

/** The query names a table that does not exist: it comes with its first row. */
function isNoTable(error: unknown): boolean {
  const isBad = codeOfAzure(error) === 'BadArgumentError' || codeOfAzure(error) === 'SemanticError';
  return isBad || (error instanceof Error && /failed to resolve table|SEM0100/i.test(error.message));
}
