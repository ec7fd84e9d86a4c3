import type { ConsumeOptions, InMessage } from '../../core/bus.ts';
import { WhosawError } from '../../core/errors.ts';
import { Bell } from '../../lib/bell.ts';
import type { Client, Consumer, EachBatchPayload } from './client.ts';
import { busError, isRebalance } from './errors.ts';
import { HeldPartition } from './held-partition.ts';
import { messageOf } from './message.ts';
import type { BusObserver, OffsetBus } from './offset-bus.ts';

export interface GroupMemberOptions {
  readonly client: Client;
  readonly bus: OffsetBus;
  readonly brokers: readonly string[];
  readonly sessionMs: number;
  readonly notice: (text: string, facts: Readonly<Record<string, string | number>>) => void;
  readonly observer: BusObserver | undefined;
  readonly options: ConsumeOptions;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const LEAVE_MS = 10_000;
const NEVER = new AbortController().signal;
/** Partitions that may be worked on side by side. */
const CONCURRENCY = 64;

/**
 * A member of a consumer group, by kafkajs. All partitions are opened anew after each join (kafkajs only knows eager
 * assignment), and what began before a join neither publishes nor commits.
 */
export class GroupMember {
  readonly #with: GroupMemberOptions;
  #consumer: Consumer | undefined;
  #held = new Map<number, HeldPartition>();
  /** Closing of partitions that were held before. */
  #closing: Promise<unknown> = Promise.resolve();
  #heardMs = 0;
  #isStopping = false;
  #fail: (error: unknown) => void = () => undefined;
  readonly #busy = new Set<Promise<unknown>>();

  constructor(options: GroupMemberOptions) {
    this.#with = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      const startedAt = performance.now();
      try {
        await this.#session(signal);
        return;
      } catch (error) {
        const known = busError(`work in the group ${this.#with.options.group}`, this.#with.brokers, error);
        if (!known.retryable) throw known;
        if (performance.now() - startedAt > 60_000) failures = 0;
        this.#with.notice('Kafka is away: waiting for it.', { group: this.#with.options.group, reason: known.message });
        await new Bell().sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures), signal);
      }
    }
  }

  async #session(signal: AbortSignal): Promise<void> {
    const { client, options, sessionMs } = this.#with;
    const { group, topics, replayed = [] } = options;
    const consumer = client.consumer({ group, sessionMs });
    this.#consumer = consumer;
    this.#isStopping = false;
    const failed = new Promise<never>((_, reject) => (this.#fail = reject));
    failed.catch(() => undefined);
    consumer.on('consumer.group_join', ({ payload }) => this.#joined(payload.memberAssignment));
    consumer.on('consumer.heartbeat', () => this.#heard());
    consumer.on('consumer.crash', ({ payload }) => this.#fail(payload.error));
    const ended = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics, ...replayed], fromBeginning: true });
      const running = consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: CONCURRENCY,
        eachBatch: (payload) => this.#take(payload),
      });
      await Promise.race([Promise.all([running, ended]), failed, ended]);
      await this.#finish();
    } finally {
      this.#lose();
      await this.#closing;
      // Leaving is a courtesy: nothing waits for it for long.
      await Promise.race([consumer.disconnect().catch(() => undefined), new Bell().sleep(LEAVE_MS, NEVER)]);
    }
  }

  /** What is in hand becomes durable while the partitions are still held. */
  async #finish(): Promise<void> {
    this.#isStopping = true;
    await Promise.allSettled(this.#busy);
    await Promise.all(Array.from(this.#held.values(), (held) => held.close()));
  }

  #joined(assignment: Readonly<Record<string, readonly number[]>>): void {
    this.#lose();
    this.#heard();
    if (this.#isStopping) return;
    const partitions = new Set(Object.values(assignment).flat());
    this.#with.observer?.held(this.#with.options.group, Array.from(partitions));
    for (const partition of partitions) {
      this.#pause(partition);
      this.#open(partition, this.#closing, 0);
    }
  }

  #open(partition: number, before: Promise<unknown>, failures: number): void {
    const { bus, options } = this.#with;
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    const openedAt = performance.now();
    const held = new HeldPartition({
      partition,
      bus,
      options,
      consumer,
      isHeard: () => performance.now() - this.#heardMs < this.#with.sessionMs,
      onFailure: (error) => this.#reopen(held, error, performance.now() - openedAt > 60_000 ? 0 : failures),
    });
    this.#held.set(partition, held);
    void before.then(() => held.open());
  }

  /** Gives it up, waits, and opens it again, as long as no rebalance comes between. */
  #reopen(held: HeldPartition, error: unknown, failures: number): void {
    const { options, notice } = this.#with;
    if (this.#held.get(held.partition) !== held || this.#isStopping) return;
    if (!(error instanceof WhosawError) || !error.retryable) {
      this.#fail(error);
      return;
    }
    this.#pause(held.partition);
    const closing = held.close();
    if (failures === 0 && error.code !== 'BUS_CLAIM_LOST') {
      notice('Waiting: a partition is paused.', {
        group: options.group,
        partition: held.partition,
        reason: error.message,
      });
    }
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures) * (0.75 + Math.random() / 2);
    const again = closing.then(() => new Bell().sleep(pauseMs, held.waiting.signal));
    void again.then(() => {
      if (this.#held.get(held.partition) === held && !this.#isStopping)
        this.#open(held.partition, Promise.resolve(), failures + 1);
    });
  }

  #lose(): void {
    const lost = Array.from(this.#held.values());
    this.#held = new Map();
    for (const held of lost) held.lose();
    this.#with.observer?.held(this.#with.options.group, undefined);
    this.#closing = Promise.all([this.#closing, ...lost.map((held) => held.close())]);
  }

  #heard(): void {
    this.#heardMs = performance.now();
  }

  #pause(partition: number): void {
    const { topics, replayed = [] } = this.#with.options;
    this.#consumer?.pause([...topics, ...replayed].map((topic) => ({ topic, partitions: [partition] })));
  }

  async #take(payload: EachBatchPayload): Promise<void> {
    const work = this.#work(payload);
    this.#busy.add(work);
    try {
      await work;
    } finally {
      this.#busy.delete(work);
    }
  }

  async #work(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { topic, partition } = batch;
    const held = this.#held.get(partition);
    const last = batch.messages.at(-1);
    // What was fetched before a join or a seek is fetched again from the right place.
    if (held === undefined || last === undefined || payload.isStale() || this.#isStopping) return;
    if (!held.isNext(topic, fetchedFrom(batch))) return;
    const messages: readonly InMessage[] = batch.messages.map(messageOf);
    const next = Number(last.offset) + 1;
    const stop = this.#beat(() => payload.heartbeat());
    const startedAt = performance.now();
    try {
      const isCaughtUp = next >= Number(batch.highWatermark);
      const taken = await held.take({ topic, partition, messages, isCaughtUp });
      const rebalance = stop();
      if (rebalance !== undefined) throw rebalance;
      if (taken === 'dropped' || !held.isHeld) return;
      if (taken === 'done' && next > held.committed(topic)) {
        await payload.commitOffsetsIfNecessary({
          topics: [{ topic, partitions: [{ partition, offset: String(next) }] }],
        });
        held.didCommit(topic, next);
      }
      if (!held.isHeld) return;
      held.didRead(topic, next);
      payload.resolveOffset(last.offset);
      const facts = { topic, messages: messages.length, ms: performance.now() - startedAt };
      if (taken === 'done') this.#with.observer?.taken(this.#with.options.group, facts);
    } catch (error) {
      if (isRebalance(error)) this.#lose();
      throw error;
    } finally {
      stop();
    }
  }

  /** Says meanwhile that this member lives. Returns how to stop, which tells of a rebalance that began. */
  #beat(heartbeat: () => Promise<void>): () => Error | undefined {
    let rebalance: Error | undefined;
    const timer = setInterval(
      () => {
        heartbeat().catch((error: unknown) => {
          if (!isRebalance(error) || !(error instanceof Error)) return;
          rebalance = error;
          this.#lose();
        });
      },
      Math.max(300, this.#with.sessionMs / 10),
    );
    return () => {
      clearInterval(timer);
      return rebalance;
    };
  }
}

/** kafkajs knows it and its types do not. */
function fetchedFrom(batch: object): number {
  return 'fetchedOffset' in batch ? Number(batch.fetchedOffset) : Number.NaN;
}
