import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Framer, FrameOutput, SourceFormat } from '../../core/source-format.ts';
import { Bell } from '../../lib/bell.ts';
import { Channel } from '../../lib/channel.ts';
import { Attempts, type AttemptsTiming, type Trouble } from '../streams/attempts.ts';
import type { Notice, Stream, StreamBatch } from '../streams/stream.ts';
import type { TopicMessage, TopicsClient } from './topics-client.ts';

export interface TopicsStreamOptions {
  /** The source's name in the config. */
  readonly source: string;
  readonly format: SourceFormat;
  /** Vault only. */
  readonly cluster?: string;
  /** What the topics are at: for messages, and the stream's key. */
  readonly host: string;
  /** `eventhub://HOST` of `eventhub://HOST/TOPIC/PARTITION/OFFSET`. */
  readonly place: string;
  readonly open: () => Promise<TopicsClient>;
  readonly explain: (error: unknown) => Trouble;
  readonly notice: Notice;
  /** What others write may come so late. */
  readonly settleMs: number;
  readonly timing?: (Partial<AttemptsTiming> & { readonly lookMs?: number }) | undefined;
}

/** How often it looks whether everything was read. */
const LOOK_MS = 10_000;
const BATCH_MESSAGES = 200;
/** Of the stream's state: what the framer waits for. Partitions are named TOPIC/NUMBER. */
const FRAME = '#frame';

/** Reads topics that others fill; offsets are committed when what is in front of them is durable. */
export function topicsStream(options: TopicsStreamOptions): Stream {
  const reader = new TopicsReader(options);
  return {
    key: options.host,
    read: (state, signal) => reader.read(state, signal),
    committed: (state) => reader.committed(state),
  };
}

class TopicsReader {
  readonly #options: TopicsStreamOptions;
  readonly #attempts: Attempts;
  /** By partition: the offset of the next message. */
  readonly #next = new Map<string, string>();
  #framer: Framer | undefined;
  #client: TopicsClient | undefined;

  constructor(options: TopicsStreamOptions) {
    const { host, explain, notice, timing } = options;
    this.#options = options;
    this.#attempts = new Attempts({ stream: host, explain, notice, timing });
  }

  async *read(state: JsonValue | undefined, signal: AbortSignal): AsyncGenerator<StreamBatch, void, undefined> {
    this.#framer = this.#framerAt(state);
    const channel = new Channel<StreamBatch>(1);
    const running = this.#run(channel, signal).finally(() => channel.close());
    const looking = this.#look(channel, signal);
    signal.addEventListener('abort', () => channel.close(), { once: true });
    try {
      for await (const batch of channel) yield batch;
    } finally {
      channel.close();
      await Promise.all([running, looking]);
    }
  }

  committed(state: JsonValue): void {
    if (!isObject(state) || this.#client === undefined) return;
    const offsets = Object.entries(state).flatMap(([key, offset]) => {
      const [, topic = '', partition = ''] = /^(.+)\/(\d+)$/.exec(key) ?? [];
      return typeof offset === 'string' && topic !== '' ? [{ topic, partition: Number(partition), offset }] : [];
    });
    // What is not committed comes again, and is left out then.
    if (offsets.length > 0) void this.#client.commit(offsets).catch(() => undefined);
  }

  async #run(channel: Channel<StreamBatch>, signal: AbortSignal): Promise<void> {
    await this.#attempts.until(async () => {
      const client = await this.#options.open();
      this.#client = client;
      this.#next.clear();
      try {
        await client.run((messages) => this.#take(messages, channel), signal);
      } finally {
        this.#client = undefined;
        await client.close();
      }
    }, signal);
  }

  async #take(messages: readonly TopicMessage[], channel: Channel<StreamBatch>): Promise<void> {
    for (let at = 0; at < messages.length; at += BATCH_MESSAGES) {
      const out: FrameOutput = { records: [], rejections: [] };
      for (const message of messages.slice(at, at + BATCH_MESSAGES)) {
        this.#frame(message, out);
        this.#next.set(`${message.topic}/${message.partition}`, String(BigInt(message.offset) + 1n));
      }
      await channel.push({ ...out, state: this.#state() });
    }
  }

  /** A message is one record, or several in lines; a request and its response may be in different ones. */
  #frame({ topic, partition, offset, value }: TopicMessage, out: FrameOutput): void {
    const { source, format, cluster, place } = this.#options;
    const file = `${place}/${topic}/${partition}/${offset}`;
    const seen = new Date().toISOString();
    if (this.#framer === undefined) {
      const framer = format.frame({ source, file, offset: 0, ...(cluster === undefined ? {} : { cluster }) });
      framer.push(value, seen, out);
      framer.end(seen, out);
      return;
    }
    const own: FrameOutput = { records: [], rejections: [] };
    this.#framer.push(value, seen, own);
    this.#framer.push(NEWLINE, seen, own);
    out.records.push(...own.records.map((record) => ({ ...record, origin: { source, file, offset: 0 } })));
    out.rejections.push(...own.rejections.map((rejection) => ({ ...rejection, origin: { source, file, offset: 0 } })));
  }

  /** Only what waits for something of another message needs a framer that stays. */
  #framerAt(state: JsonValue | undefined): Framer | undefined {
    const { source, format, cluster } = this.#options;
    if (cluster === undefined) return undefined;
    const known = isObject(state) && isObject(state[FRAME]) ? state[FRAME] : {};
    const { offset, state: waiting } = known;
    const context = { source, cluster, offset: typeof offset === 'number' ? offset : 0, isUnordered: true };
    return format.frame(context, waiting);
  }

  #state(): JsonObject {
    const partitions = Object.fromEntries(this.#next);
    if (this.#framer === undefined) return partitions;
    const { offset } = this.#framer;
    const waiting = this.#framer.state();
    return { ...partitions, [FRAME]: { offset, ...(waiting === undefined ? {} : { state: waiting }) } };
  }

  /** Says up to when everything was read, when it was. */
  async #look(channel: Channel<StreamBatch>, signal: AbortSignal): Promise<void> {
    const { settleMs, timing: { lookMs = LOOK_MS } = {} } = this.#options;
    const bell = new Bell();
    while (!signal.aborted) {
      await bell.sleep(lookMs, signal);
      const askedMs = Date.now();
      const ends = await this.#client?.ends().catch(() => undefined);
      const isBehind = ends?.some(({ topic, partition, low, high, committed }) => {
        const next = this.#next.get(`${topic}/${partition}`) ?? committed ?? low;
        return BigInt(next) < BigInt(high);
      });
      if (isBehind !== false || signal.aborted) continue;
      const out: FrameOutput = { records: [], rejections: [] };
      this.#framer?.idle(askedMs, out);
      await channel.push({ ...out, state: this.#state(), seenToMs: askedMs - settleMs });
    }
  }
}

const NEWLINE = Buffer.from('\n');
