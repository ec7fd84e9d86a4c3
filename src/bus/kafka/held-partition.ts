import type { BusBatch, Claim, ConsumeOptions, InMessage, OutMessage, PartitionReader } from '../../core/bus.ts';
import { WhosawError } from '../../core/errors.ts';
import { Channel } from '../../lib/channel.ts';
import type { Consumer } from './client.ts';
import type { OffsetBus } from './offset-bus.ts';

export interface HeldPartitionOptions {
  readonly partition: number;
  readonly bus: OffsetBus;
  readonly options: ConsumeOptions;
  readonly consumer: Pick<Consumer, 'seek' | 'pause' | 'resume'>;
  /** The broker heard of this member lately: nobody else can have been given the partition. */
  readonly isHeard: () => boolean;
  /** Called once: it broke, and cannot go on. */
  readonly onFailure: (error: unknown) => void;
}

/** How often it is looked whether what a replay waits for was deleted meanwhile. */
const LOOK_AGAIN_MS = 2_000;
const STRAYS_LIMIT = 20;

/** One partition of all topics of a group, from when it is given to this member until it is taken away or breaks. */
export class HeldPartition {
  readonly partition: number;
  /** Ends with the partition's time here, also where it only waits to be opened again. */
  readonly waiting = new AbortController();
  readonly #with: HeldPartitionOptions;
  readonly #over = new AbortController();
  readonly #committed = new Map<string, number>();
  /** By topic that is being read: the offset that comes next. */
  readonly #next = new Map<string, number>();
  readonly #replays = new Map<string, Channel<readonly InMessage[]>>();
  #reader: PartitionReader | undefined;
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #isLost = false;
  #strays = 0;
  #hasFailed = false;

  constructor(options: HeldPartitionOptions) {
    this.#with = options;
    this.partition = options.partition;
  }

  /** Nobody else can have been given it, and it did not break. */
  get isHeld(): boolean {
    return !this.#isLost && !this.#hasFailed && this.#with.isHeard();
  }

  /**
   * kafkajs may still hand on what it fetched before a seek, or go on from where a batch before the seek ended: what does
   * not begin where reading is would leave a gap, or is known.
   */
  isNext(topic: string, fetchedFrom: number): boolean {
    const next = this.#next.get(topic);
    if (next === fetchedFrom) {
      this.#strays = 0;
      return true;
    }
    if (next === undefined || this.#isLost || this.#hasFailed) return false;
    this.#strays += 1;
    // What was to come next may have been deleted: opening looks for what there is.
    if (this.#strays > STRAYS_LIMIT) this.#failed(strayed(topic));
    else this.#seek(topic, next);
    return false;
  }

  didRead(topic: string, next: number): void {
    if (this.#next.has(topic)) this.#next.set(topic, next);
  }

  committed(topic: string): number {
    return this.#committed.get(topic) ?? 0;
  }

  didCommit(topic: string, offset: number): void {
    this.#committed.set(topic, offset);
  }

  open(): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => this.#failed(error));
    return this.#opening;
  }

  /** `done`: may be committed; `replayed`: was only read; `dropped`: nobody wanted it now. */
  async take(batch: BusBatch): Promise<'done' | 'replayed' | 'dropped'> {
    const replay = this.#replays.get(batch.topic);
    if (replay !== undefined) {
      await replay.push(batch.messages);
      return 'replayed';
    }
    if (this.#reader === undefined || this.#closing !== undefined || this.#isLost || this.#hasFailed) return 'dropped';
    try {
      await this.#reader.take(batch);
    } catch (error) {
      this.#failed(error);
      return 'dropped';
    }
    if (this.isHeld) return 'done';
    this.#failed(lost());
    return 'dropped';
  }

  /** Another member may have it now. */
  lose(): void {
    this.#isLost = true;
    this.#over.abort();
    this.waiting.abort();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#isLost || this.#hasFailed || this.#reader === undefined) this.#over.abort();
    for (const replay of this.#replays.values()) replay.close({ error: lost() });
    await this.#opening;
    const reader = this.#reader;
    await reader?.close().catch((error: unknown) => {
      // What could not be finished is done again by whoever is next.
      if (!(error instanceof WhosawError)) throw error;
    });
    this.#over.abort();
  }

  async #open(): Promise<void> {
    const { bus, options, consumer } = this.#with;
    if (this.#isLost || this.#closing !== undefined) return;
    for (const topic of options.topics) {
      const offsets = await bus.committed(options.group, topic);
      this.#committed.set(topic, offsets[this.partition] ?? 0);
    }
    const reader = await options.open(this.#claim());
    this.#reader = reader;
    const firsts = new Map<string, number>();
    for (const topic of options.topics) firsts.set(topic, (await bus.bounds(topic))[this.partition]?.first ?? 0);
    if (this.#isLost || this.#closing !== undefined) return;
    for (const [topic, first] of firsts)
      this.#seek(topic, Math.max(first, reader.from?.get(topic) ?? this.committed(topic)));
    consumer.resume(options.topics.map((topic) => ({ topic, partitions: [this.partition] })));
  }

  #claim(): Claim {
    return {
      partition: this.partition,
      signal: this.#over.signal,
      committed: (topic) => this.committed(topic),
      publish: (messages) => this.#publish(messages),
      replay: (topic, from) => this.#replay(topic, from),
      offsetSince: (topic, sinceMs) => this.#offsetSince(topic, sinceMs),
      fail: (error) => this.#failed(error),
    };
  }

  async #publish(messages: readonly OutMessage[]): Promise<void> {
    if (!this.isHeld) throw lost();
    await this.#with.bus.publish(messages);
  }

  async *#replay(topic: string, from: number): AsyncGenerator<readonly InMessage[]> {
    const { consumer, bus } = this.#with;
    const bounds = (await bus.bounds(topic))[this.partition] ?? { first: 0, end: 0 };
    let next = Math.max(from, bounds.first);
    if (next >= bounds.end) return;
    // Closed meanwhile: what is asked for now would never come.
    if (this.#isLost || this.#closing !== undefined) throw lost();
    const channel = new Channel<readonly InMessage[]>(2);
    const place = [{ topic, partitions: [this.partition] }];
    const looking = setInterval(() => {
      bus.bounds(topic).then(
        (now) => (now[this.partition]?.first ?? 0) >= bounds.end && channel.close(),
        () => undefined,
      );
    }, LOOK_AGAIN_MS);
    const onOver = (): void => channel.close({ error: lost() });
    this.#over.signal.addEventListener('abort', onOver, { once: true });
    this.#replays.set(topic, channel);
    this.#seek(topic, next);
    consumer.resume(place);
    try {
      for await (const messages of channel) {
        yield messages;
        next = (messages.at(-1)?.offset ?? next) + 1;
        if (next >= bounds.end) return;
      }
    } finally {
      clearInterval(looking);
      this.#over.signal.removeEventListener('abort', onOver);
      if (!this.#isLost) consumer.pause(place);
      this.#replays.delete(topic);
      this.#next.delete(topic);
      channel.close();
    }
  }

  async #offsetSince(topic: string, sinceMs: number): Promise<number> {
    const { bus } = this.#with;
    const offset = await bus.offsetSince(topic, this.partition, sinceMs);
    if (offset >= 0) return offset;
    return (await bus.bounds(topic))[this.partition]?.end ?? 0;
  }

  #seek(topic: string, offset: number): void {
    this.#next.set(topic, offset);
    this.#with.consumer.seek({ topic, partition: this.partition, offset: String(offset) });
  }

  #failed(error: unknown): void {
    if (this.#isLost || this.#hasFailed) return;
    this.#hasFailed = true;
    this.#with.onFailure(error);
  }
}

function strayed(topic: string): WhosawError {
  return new WhosawError('BUS_UNAVAILABLE', `${topic} does not go on where reading was; it is opened again.`, {
    retryable: true,
  });
}

function lost(): WhosawError {
  return new WhosawError('BUS_CLAIM_LOST', 'Another worker may have the partition now; it goes on there.', {
    retryable: true,
  });
}
