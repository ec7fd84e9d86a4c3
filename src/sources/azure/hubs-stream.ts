import { isObject, type JsonValue } from '../../core/json.ts';
import type { FrameOutput, SourceFormat } from '../../core/source-format.ts';
import { Bell } from '../../lib/bell.ts';
import { Channel } from '../../lib/channel.ts';
import { Attempts, type AttemptsTiming, type Trouble } from '../streams/attempts.ts';
import { addRecord } from '../streams/record-of.ts';
import type { Notice, Stream, StreamBatch } from '../streams/stream.ts';
import { readConnectionString } from './connection-string.ts';
import type { KeyVaultConfig } from './config.ts';
import { openHubs, type HubMessage, type Hubs } from './kafka-client.ts';

export interface HubsStreamOptions {
  /** The source's name in the config. */
  readonly source: string;
  readonly format: SourceFormat;
  readonly host: string;
  readonly config: Pick<KeyVaultConfig, 'hubs' | 'consumer_group' | 'connection_string' | 'encrypted'>;
  readonly notice: Notice;
  readonly timing?: (Partial<AttemptsTiming> & { readonly settleMs?: number; readonly lookMs?: number }) | undefined;
}

/** Diagnostic events come so late. */
const SETTLE_MS = 15 * 60_000;
/** How often it looks whether everything was read. */
const LOOK_MS = 10_000;
const BATCH_MESSAGES = 200;

/** Reads Event Hubs through their Kafka endpoint; offsets are committed when what is in front of them is durable. */
export function hubsStream(options: HubsStreamOptions): Stream {
  const reader = new HubsReader(options);
  return {
    key: options.host,
    read: (_state, signal) => reader.read(signal),
    committed: (state) => reader.committed(state),
  };
}

class HubsReader {
  readonly #options: HubsStreamOptions;
  readonly #attempts: Attempts;
  readonly #next = new Map<string, string>();
  #client: Hubs | undefined;

  constructor(options: HubsStreamOptions) {
    const { host, notice, timing } = options;
    this.#options = options;
    this.#attempts = new Attempts({ stream: host, explain: (error) => explainKafka(error, host), notice, timing });
  }

  async *read(signal: AbortSignal): AsyncGenerator<StreamBatch, void, undefined> {
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

  /** Partitions are named with the offset of the next message. */
  committed(state: JsonValue): void {
    if (!isObject(state) || this.#client === undefined) return;
    const offsets = Object.entries(state).flatMap(([key, offset]) => {
      const [, hub = '', partition = ''] = /^(.+)\/(\d+)$/.exec(key) ?? [];
      return typeof offset === 'string' ? [{ hub, partition: Number(partition), offset }] : [];
    });
    // What is not committed comes again, and is left out then.
    if (offsets.length > 0) void this.#client.commit(offsets).catch(() => undefined);
  }

  async #run(channel: Channel<StreamBatch>, signal: AbortSignal): Promise<void> {
    const { host, config } = this.#options;
    const { hubs, consumer_group: group, encrypted, connection_string: secret } = config;
    await this.#attempts.until(async () => {
      const connectionString = await readConnectionString(secret);
      const client = await openHubs({ host, hubs, group, tls: encrypted, connectionString });
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

  async #take(messages: readonly HubMessage[], channel: Channel<StreamBatch>): Promise<void> {
    const { source, format, host } = this.#options;
    for (let at = 0; at < messages.length; at += BATCH_MESSAGES) {
      const out: FrameOutput = { records: [], rejections: [] };
      const some = messages.slice(at, at + BATCH_MESSAGES);
      for (const { hub, partition, offset, value } of some) {
        addRecord(format, { source, place: `eventhub://${host}/${hub}/${partition}/${offset}` }, value.toString(), out);
        this.#next.set(`${hub}/${partition}`, String(BigInt(offset) + 1n));
      }
      await channel.push({ ...out, state: Object.fromEntries(this.#next) });
    }
  }

  /** Says up to when everything was read, when it was. */
  async #look(channel: Channel<StreamBatch>, signal: AbortSignal): Promise<void> {
    const { settleMs = SETTLE_MS, lookMs = LOOK_MS } = this.#options.timing ?? {};
    const bell = new Bell();
    while (!signal.aborted) {
      await bell.sleep(lookMs, signal);
      const askedMs = Date.now();
      const ends = await this.#client?.ends().catch(() => undefined);
      const isBehind = ends?.some(({ hub, partition, low, high, committed }) => {
        const next = this.#next.get(`${hub}/${partition}`) ?? committed ?? low;
        return BigInt(next) < BigInt(high);
      });
      if (isBehind !== false || signal.aborted) continue;
      await channel.push({
        records: [],
        rejections: [],
        state: Object.fromEntries(this.#next),
        seenToMs: askedMs - settleMs,
      });
    }
  }
}

function explainKafka(error: unknown, host: string): Trouble {
  const name = error instanceof Error ? error.name : 'UnknownError';
  const text = error instanceof Error ? error.message : '';
  if (/SASL|authenticat/i.test(`${name} ${text}`)) {
    return { kind: 'refused', message: `${host} does not know the connection string; check it and its Listen right.` };
  }
  if (/topic|authoriz/i.test(text) && /UNKNOWN_TOPIC|not authorized|does not host/i.test(`${name} ${text}`)) {
    return { kind: 'refused', message: `${host} has no such event hub, or denies Listen on it; check \`hubs\`.` };
  }
  return { kind: 'away', message: `${host} does not answer (${name}); tries again.` };
}
