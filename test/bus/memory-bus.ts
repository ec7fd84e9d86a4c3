import type {
  Bounds,
  Bus,
  BusBatch,
  Claim,
  ConsumeOptions,
  InMessage,
  OutMessage,
  PartitionReader,
} from '../../src/core/bus.ts';
import { WhosawError } from '../../src/core/errors.ts';

export interface MemoryBrokerOptions {
  readonly partitions: number;
  /** Time of an append. */
  readonly clock: () => number;
  /** Messages that a reader is given at a time: any number from 1 on. */
  readonly batchOf?: () => number;
}

/** What is durable, and who is a member of which group: the model of a broker, in memory. */
export class MemoryBroker {
  readonly options: MemoryBrokerOptions;
  readonly #logs = new Map<string, InMessage[][]>();
  readonly #commits = new Map<string, number>();
  readonly #groups = new Map<string, Member[]>();
  readonly #generations = new Map<string, number>();
  #wake: (() => void)[] = [];

  constructor(options: MemoryBrokerOptions) {
    this.options = options;
  }

  log(topic: string, partition: number): InMessage[] {
    let logs = this.#logs.get(topic);
    if (logs === undefined) {
      logs = Array.from({ length: this.options.partitions }, () => []);
      this.#logs.set(topic, logs);
    }
    const log = logs[partition];
    if (log === undefined) throw new Error(`There is no partition ${partition}.`);
    return log;
  }

  append({ topic, partition, key, value, headers = {} }: OutMessage): void {
    const log = this.log(topic, partition);
    log.push({ offset: log.length, key, value, headers, appendedMs: this.options.clock() });
    for (const wake of this.#wake.splice(0)) wake();
  }

  committed(group: string, topic: string, partition: number): number {
    return this.#commits.get(`${group} ${topic} ${partition}`) ?? 0;
  }

  commit(group: string, topic: string, partition: number, offset: number): void {
    this.#commits.set(`${group} ${topic} ${partition}`, offset);
  }

  /** Resolves with the next append. */
  appended(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  async join(group: string, member: Member): Promise<void> {
    await this.#rebalance(group, [...(this.#groups.get(group) ?? []), member]);
  }

  async leave(group: string, member: Member): Promise<void> {
    await this.#rebalance(
      group,
      (this.#groups.get(group) ?? []).filter((other) => other !== member),
    );
  }

  /** All of its members join again, as when one of them was not heard of. */
  async rebalance(group: string): Promise<void> {
    await this.#rebalance(group, this.#groups.get(group) ?? []);
  }

  async #rebalance(group: string, members: readonly Member[]): Promise<void> {
    const generation = (this.#generations.get(group) ?? 0) + 1;
    this.#generations.set(group, generation);
    this.#groups.set(group, [...members]);
    await Promise.all(members.map((member) => member.lose()));
    if (this.#generations.get(group) !== generation) return;
    for (const [index, member] of members.entries()) {
      const own = Array.from({ length: this.options.partitions }, (_, partition) => partition);
      member.hold(own.filter((partition) => partition % members.length === index));
    }
  }
}

/** The bus over it, of one worker; `kill` is what kill -9 is to it. */
export class MemoryBus implements Bus {
  readonly #broker: MemoryBroker;
  readonly #members = new Set<Member>();
  #isKilled = false;

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  /** `check` is asked for each message when the broker takes it. */
  async publish(messages: readonly OutMessage[], check: () => void = () => undefined): Promise<void> {
    await turn();
    for (const message of messages) {
      if (this.#isKilled) await new Promise(() => undefined);
      check();
      this.#broker.append(message);
    }
  }

  async consume(options: ConsumeOptions, signal: AbortSignal): Promise<void> {
    const member = new Member(this.#broker, this, options);
    this.#members.add(member);
    await this.#broker.join(options.group, member);
    try {
      await Promise.race([member.failed, aborted(signal)]);
      await member.finish();
    } finally {
      this.#members.delete(member);
      if (!this.#isKilled) await this.#broker.leave(options.group, member);
      await member.lose();
    }
  }

  /** Nothing that it is about to do happens any more; others are given what it held. */
  async kill(): Promise<void> {
    this.#isKilled = true;
    for (const member of this.#members) {
      member.isKilled = true;
      await this.#broker.leave(member.group, member);
    }
  }

  async bounds(topic: string): Promise<readonly Bounds[]> {
    return this.#each((partition) => ({ first: 0, end: this.#broker.log(topic, partition).length }));
  }

  async committed(group: string, topic: string): Promise<readonly number[]> {
    return this.#each((partition) => this.#broker.committed(group, topic, partition));
  }

  async close(): Promise<void> {
    await turn();
  }

  #each<T>(read: (partition: number) => T): readonly T[] {
    return Array.from({ length: this.#broker.options.partitions }, (_, partition) => read(partition));
  }
}

class Member {
  readonly group: string;
  isKilled = false;
  readonly failed: Promise<never>;
  readonly #broker: MemoryBroker;
  readonly #bus: MemoryBus;
  readonly #options: ConsumeOptions;
  #held: readonly Held[] = [];
  #fail: (error: unknown) => void = () => undefined;

  constructor(broker: MemoryBroker, bus: MemoryBus, options: ConsumeOptions) {
    this.group = options.group;
    this.#broker = broker;
    this.#bus = bus;
    this.#options = options;
    this.failed = new Promise((_, reject) => (this.#fail = reject));
    this.failed.catch(() => undefined);
  }

  hold(partitions: readonly number[]): void {
    this.#held = partitions.map((partition) => {
      const held = new Held(this.#broker, this.#bus, this.#options, partition);
      void held.run().catch(this.#fail);
      return held;
    });
  }

  /** What it held is over at once. Resolves when all of it is closed. */
  async lose(): Promise<void> {
    const held = this.#held;
    this.#held = [];
    for (const one of held) one.over.abort();
    if (!this.isKilled) await Promise.all(held.map((one) => one.ended));
  }

  async finish(): Promise<void> {
    await Promise.all(this.#held.map((held) => held.finish()));
  }
}

class Held {
  readonly over = new AbortController();
  ended: Promise<void> = Promise.resolve();
  readonly #broker: MemoryBroker;
  readonly #bus: MemoryBus;
  readonly #options: ConsumeOptions;
  readonly #partition: number;
  readonly #stop = new AbortController();
  #failure: { readonly error: unknown } | undefined;

  constructor(broker: MemoryBroker, bus: MemoryBus, options: ConsumeOptions, partition: number) {
    this.#broker = broker;
    this.#bus = bus;
    this.#options = options;
    this.#partition = partition;
  }

  run(): Promise<void> {
    const running = this.#run();
    this.ended = running.catch(() => undefined);
    return running;
  }

  async finish(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }

  async #run(): Promise<void> {
    while (!this.over.signal.aborted && !this.#stop.signal.aborted) {
      this.#failure = undefined;
      let reader: PartitionReader | undefined;
      try {
        reader = await this.#options.open(this.#claim());
        await this.#read(reader);
      } catch (error) {
        if (!(error instanceof WhosawError) || !error.retryable) throw error;
        await turn();
      } finally {
        await reader?.close().catch((error: unknown) => {
          if (!(error instanceof WhosawError)) throw error;
        });
      }
    }
  }

  async #read(reader: PartitionReader): Promise<void> {
    const { topics, group } = this.#options;
    const next = new Map(
      topics.map((topic) => [topic, reader.from?.get(topic) ?? this.#broker.committed(group, topic, this.#partition)]),
    );
    while (!this.over.signal.aborted && !this.#stop.signal.aborted) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const appended = this.#broker.appended();
      let isIdle = true;
      for (const topic of topics) {
        const from = next.get(topic) ?? 0;
        const batch = this.#batch(topic, from);
        if (batch === undefined || this.over.signal.aborted) continue;
        isIdle = false;
        await reader.take(batch);
        if (this.over.signal.aborted) return;
        const end = from + batch.messages.length;
        next.set(topic, end);
        if (end > this.#broker.committed(group, topic, this.#partition))
          this.#broker.commit(group, topic, this.#partition, end);
      }
      if (isIdle) await Promise.race([appended, aborted(this.over.signal), aborted(this.#stop.signal), pause(5)]);
    }
  }

  #batch(topic: string, from: number): BusBatch | undefined {
    const log = this.#broker.log(topic, this.#partition);
    const messages = log.slice(from, from + (this.#broker.options.batchOf?.() ?? 100));
    if (messages.length === 0) return undefined;
    return { topic, partition: this.#partition, messages, isCaughtUp: from + messages.length >= log.length };
  }

  #claim(): Claim {
    const { group } = this.#options;
    return {
      partition: this.#partition,
      signal: this.over.signal,
      committed: (topic) => this.#broker.committed(group, topic, this.#partition),
      publish: (messages) =>
        this.#bus.publish(messages, () => {
          if (this.over.signal.aborted) throw lost();
        }),
      replay: (topic, from) => this.#replay(topic, from),
      offsetSince: async (topic, sinceMs) => {
        const log = this.#broker.log(topic, this.#partition);
        const found = log.findIndex(({ appendedMs }) => appendedMs >= sinceMs);
        return found === -1 ? log.length : found;
      },
      fail: (error) => (this.#failure ??= { error }),
    };
  }

  async *#replay(topic: string, from: number): AsyncGenerator<readonly InMessage[]> {
    const { length } = this.#broker.log(topic, this.#partition);
    for (let at = from; at < length; at += 3) {
      await turn();
      if (this.over.signal.aborted) throw lost();
      yield this.#broker.log(topic, this.#partition).slice(at, Math.min(at + 3, length));
    }
  }
}

function lost(): WhosawError {
  return new WhosawError('BUS_CLAIM_LOST', 'Another worker may have the partition now.', { retryable: true });
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
