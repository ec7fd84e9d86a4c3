import { isObject, type JsonValue } from '../../core/json.ts';
import { Attempts, type AttemptsTiming } from '../streams/attempts.ts';
import type { Notice, Stream, StreamBatch } from '../streams/stream.ts';
import { explainAwsError, isExpired } from './aws-error.ts';
import type { DigestCheck } from './digest-check.ts';
import { Gathering } from './gathering.ts';
import { isDigest, readAnnouncement } from './queue-message.ts';
import type { S3Place } from './s3-client.ts';
import { queueArn, type Queue, type QueueMessage } from './sqs-client.ts';
import type { TrailFiles } from './trail-files.ts';

export interface QueueStreamOptions {
  readonly url: string;
  /** A new client, with credentials that are asked for anew. */
  readonly open: () => Promise<Queue>;
  readonly files: TrailFiles;
  /** Absent: digest files are passed over. */
  readonly digests: DigestCheck | undefined;
  readonly notice: Notice;
  readonly timing?: (Partial<QueueTiming> & Partial<AttemptsTiming>) | undefined;
}

export interface QueueTiming {
  /** Nobody else gets a message for so long, and again for so long while it is being read. */
  readonly visibilityMs: number;
  /** How long a question waits for the first message. */
  readonly waitMs: number;
  /** Trail files come so late. */
  readonly settleMs: number;
}

const TIMING: QueueTiming = { visibilityMs: 300_000, waitMs: 20_000, settleMs: 15 * 60_000 };

/**
 * Reads trail files as a queue announces them. A message is deleted when what it announced is durable; until then it is
 * held, and after a kill it comes again. What is somebody else's is left in the queue.
 */
export function queueStream(options: QueueStreamOptions): Stream {
  const reader = new QueueReader(options);
  return {
    key: options.url,
    read: (_state, signal) => reader.read(signal),
    committed: (state) => reader.committed(state),
  };
}

class QueueReader {
  readonly #options: QueueStreamOptions;
  readonly #timing: QueueTiming;
  readonly #attempts: Attempts;
  readonly #arn: string;
  /** Receipts of messages by the batch that ends them. */
  readonly #ended = new Map<number, readonly string[]>();
  /** Receipts of all messages that are being read or not durable yet. */
  readonly #held = new Set<string>();
  #batch = 0;
  #saidForeign = false;
  #client: Promise<Queue> | undefined;

  constructor(options: QueueStreamOptions) {
    const { url, notice, timing } = options;
    this.#options = options;
    this.#timing = { ...TIMING, ...timing };
    this.#arn = queueArn(url);
    const explain = (error: unknown) => explainAwsError(error, { action: 'sqs:ReceiveMessage', resource: this.#arn });
    this.#attempts = new Attempts({ stream: this.#arn, explain, notice, timing });
  }

  async *read(signal: AbortSignal): AsyncGenerator<StreamBatch, void, undefined> {
    const { visibilityMs, waitMs, settleMs } = this.#timing;
    const holding = setInterval(() => void this.#hold(), visibilityMs / HOLDS);
    try {
      while (!signal.aborted) {
        const askedMs = Date.now();
        const ask = () => this.#with((queue) => queue.receive(visibilityMs, waitMs, signal));
        const messages = await this.#attempts.until(ask, signal);
        if (messages === undefined) return;
        if (messages.length === 0) yield this.#flush(new Gathering(), [], askedMs - settleMs);
        else yield* this.#messages(messages, signal);
      }
    } finally {
      clearInterval(holding);
    }
  }

  /** Deletes the messages that the batch and those before it ended. */
  committed(state: JsonValue): void {
    const upTo = isObject(state) && typeof state['batch'] === 'number' ? state['batch'] : 0;
    const receipts: string[] = [];
    for (const [batch, ended] of this.#ended) {
      if (batch > upTo) continue;
      receipts.push(...ended);
      this.#ended.delete(batch);
    }
    for (const receipt of receipts) this.#held.delete(receipt);
    if (receipts.length > 0) void this.#delete(receipts);
  }

  async *#messages(
    messages: readonly QueueMessage[],
    signal: AbortSignal,
  ): AsyncGenerator<StreamBatch, void, undefined> {
    const gathering = new Gathering();
    let ended: string[] = [];
    for (const { receipt } of messages) this.#held.add(receipt);
    for (const { id, receipt, body } of messages) {
      const announced = readAnnouncement(body);
      let isOver = announced.kind === 'test';
      if (announced.kind === 'foreign') this.#sayForeign(id);
      if (announced.kind === 'files') {
        isOver = true;
        for (const place of announced.files) {
          const reading = this.#file(place, gathering, signal);
          for (;;) {
            const step = await reading.next();
            if (step.done === true) {
              isOver &&= step.value;
              break;
            }
            if (gathering.isFull) {
              yield this.#flush(gathering, ended, undefined);
              ended = [];
            }
          }
        }
      }
      if (signal.aborted) return;
      if (isOver) ended.push(receipt);
      // It comes again when its time is over: maybe by then it can be read.
      else this.#held.delete(receipt);
    }
    if (ended.length > 0 || !gathering.isEmpty) yield this.#flush(gathering, ended, undefined);
  }

  /** true: there is nothing more to do with it. */
  async *#file(place: S3Place, { out }: Gathering, signal: AbortSignal): AsyncGenerator<void, boolean, undefined> {
    const { files, digests, notice } = this.#options;
    if (isDigest(place.key)) {
      if (digests === undefined) return true;
      const state = yield* digests.check(place, out, signal);
      return state !== 'later';
    }
    const end = yield* files.read(place, out, signal);
    if (end.state === 'read') digests?.saw(place, end.sha256);
    if (end.state === 'missing') {
      const file = `s3://${place.bucket}/${place.key}`;
      const message = 'A log file was announced, and is not there.';
      notice(message, { file });
      out.rejections.push({ origin: { source: files.source, file }, reason: 'missing', message, length: 0, keys: [] });
    }
    return end.state !== 'later';
  }

  #flush(gathering: Gathering, ended: readonly string[], seenToMs: number | undefined): StreamBatch {
    this.#batch += 1;
    if (ended.length > 0) this.#ended.set(this.#batch, ended);
    const batch = { ...gathering.take(), state: { batch: this.#batch } };
    return seenToMs === undefined ? batch : { ...batch, seenToMs };
  }

  #sayForeign(id: string): void {
    if (this.#saidForeign) return;
    this.#saidForeign = true;
    const message = `The queue ${this.#arn} holds messages that announce no trail file; they are left in it. Give whosaw a queue of its own.`;
    this.#options.notice(message, { message: id });
  }

  async #hold(): Promise<void> {
    if (this.#held.size === 0) return;
    const receipts = [...this.#held];
    await this.#with((queue) => queue.hold(receipts, this.#timing.visibilityMs)).catch((error: unknown) =>
      this.#say('sqs:ChangeMessageVisibility', error),
    );
  }

  /** What is not deleted comes again, and is left out then. */
  async #delete(receipts: readonly string[]): Promise<void> {
    await this.#with((queue) => queue.delete(receipts)).catch((error: unknown) =>
      this.#say('sqs:DeleteMessage', error),
    );
  }

  #say(action: string, error: unknown): void {
    this.#attempts.say(explainAwsError(error, { action, resource: this.#arn }).message);
  }

  async #with<T>(use: (queue: Queue) => Promise<T>): Promise<T> {
    this.#client ??= this.#options.open();
    try {
      return await use(await this.#client);
    } catch (error) {
      if (isExpired(error)) this.#client = undefined;
      throw error;
    }
  }
}

/** So many times within its time a message is held for longer. */
const HOLDS = 3;
