import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { BusBatch, Bus, Claim, ConsumeOptions, InMessage, OutMessage } from '../../src/core/bus.ts';
import { WhosawError } from '../../src/core/errors.ts';

/** What the contract suite needs of a bus. */
export interface BusAdapter {
  readonly name: string;
  /** New topics with these names and three partitions, on servers that may be shared. */
  create(
    topics: readonly string[],
  ): Promise<{ readonly open: () => Promise<Bus>; readonly remove: () => Promise<void> }>;
}

const PARTITIONS = 3;
const WITHIN = { timeout: 30_000, interval: 20 };
const TIMEOUT_MS = 60_000;

export function busSuite(adapter: BusAdapter): void {
  describe(adapter.name, () => {
    let turn = 0;
    const run = `c${process.pid}-${Date.now()}`;
    const topics = Array.from({ length: 8 }, (_, index) => `${run}-${index}`);
    let server: Awaited<ReturnType<BusAdapter['create']>>;
    let bus: Bus;
    beforeAll(async () => {
      server = await adapter.create(topics);
      bus = await server.open();
    }, TIMEOUT_MS);
    afterAll(async () => {
      await bus.close();
      await server.remove();
    });
    const topic = (): string => topics[turn++] ?? '';

    /** A member until the test ends, or `leave`. */
    function join(options: Omit<ConsumeOptions, 'group'> & { readonly group?: string }, own: Bus = bus) {
      const stop = new AbortController();
      const ended = own.consume({ group: `${run}-g${turn}`, ...options }, stop.signal);
      ended.catch(() => undefined);
      const leave = async (): Promise<void> => {
        stop.abort();
        await ended;
      };
      onTestFinished(() => leave().catch(() => undefined));
      return { ended, leave };
    }

    it(
      'hands messages on as they were published, in order within a partition, and commits them',
      async () => {
        const name = topic();
        const sent = Array.from({ length: 200 }, (_, index): OutMessage => ({
          topic: name,
          partition: index % PARTITIONS,
          ...(index % 2 === 0 ? { key: `k${index}` } : {}),
          value: index % 7 === 0 ? null : Buffer.from(`v${index}`),
          ...(index % 5 === 0 ? { headers: { type: `t${index}` } } : {}),
        }));
        const beganMs = Date.now() - 5_000;
        await bus.publish(sent);
        const got: InMessage[][] = [[], [], []];
        const member = join({
          topics: [name],
          open: async () => reader((batch) => void got[batch.partition]?.push(...batch.messages)),
        });
        await vi.waitUntil(() => got.flat().length === sent.length, WITHIN);
        await member.leave();
        for (const [partition, messages] of got.entries()) {
          const expected = sent.filter((message) => message.partition === partition);
          expect(messages.map(({ offset }) => offset)).toEqual(expected.map((_, index) => index));
          expect(messages.map(({ key, value, headers }) => ({ key, value: value?.toString(), headers }))).toEqual(
            expected.map(({ key, value, headers = {} }) => ({ key, value: value?.toString(), headers })),
          );
          for (const { appendedMs } of messages) expect(appendedMs).toBeGreaterThan(beganMs);
        }
        expect((await bus.bounds(name)).map(({ end }) => end)).toEqual([67, 67, 66]);
        expect(await bus.committed(`${run}-g${turn}`, name)).toEqual([67, 67, 66]);
        let again = 0;
        join({ topics: [name], open: async () => reader((batch) => void (again += batch.messages.length)) });
        await bus.publish([{ topic: name, partition: 0, value: Buffer.from('later') }]);
        await vi.waitUntil(() => again > 0, WITHIN);
        expect(again).toBe(1);
      },
      TIMEOUT_MS,
    );

    it(
      'opens a partition again after what may be mended by waiting, with the same messages',
      async () => {
        const name = topic();
        await bus.publish([{ topic: name, partition: 1, value: Buffer.from('a') }]);
        const seen: string[] = [];
        let opened = 0;
        join({
          topics: [name],
          open: async (claim) => {
            if (claim.partition === 1) opened += 1;
            return reader((batch) => {
              seen.push(...batch.messages.map(({ value }) => String(value)));
              if (seen.length < 3)
                throw new WhosawError('STORE_UNAVAILABLE', 'The store is away.', { retryable: true });
            });
          },
        });
        await vi.waitUntil(() => seen.length === 3, WITHIN);
        expect(seen).toEqual(['a', 'a', 'a']);
        expect(opened).toBe(3);
        await expect.poll(() => bus.committed(`${run}-g${turn}`, name), WITHIN).toEqual([0, 1, 0]);
      },
      TIMEOUT_MS,
    );

    it(
      'ends with what waiting does not mend',
      async () => {
        const name = topic();
        await bus.publish([{ topic: name, partition: 0, value: Buffer.from('a') }]);
        const { ended } = join({
          topics: [name],
          open: async () =>
            reader(() => {
              throw new WhosawError('STORE_CORRUPT', 'The store is damaged.');
            }),
        });
        await expect(ended).rejects.toThrow('The store is damaged.');
        expect(await bus.committed(`${run}-g${turn}`, name)).toEqual([0, 0, 0]);
      },
      TIMEOUT_MS,
    );

    it(
      'rewinds before the commit without taking the commit back, and replays other topics to their end',
      async () => {
        const [name, other] = [topic(), topic()];
        const group = `${run}-rewind`;
        const message = (text: string, of = name): OutMessage => ({
          topic: of,
          partition: 2,
          value: Buffer.from(text),
        });
        await bus.publish(['a', 'b', 'c'].map((text) => message(text)));
        const first: string[] = [];
        const before = join({ group, topics: [name], replayed: [other], open: async () => reader(collect(first)) });
        await vi.waitUntil(() => first.length === 3, WITHIN);
        await before.leave();
        await bus.publish([message('x', other), message('y', other)]);
        await bus.publish([message('d')]);
        const replayed: string[] = [];
        const seen: string[] = [];
        const committed: number[] = [];
        join({
          group,
          topics: [name],
          replayed: [other],
          open: async (claim) => {
            if (claim.partition !== 2) return reader(() => undefined);
            committed.push(claim.committed(name));
            for await (const messages of claim.replay(other, 0)) collect(replayed)({ messages } as BusBatch);
            return { ...reader(collect(seen)), from: new Map([[name, 1]]) };
          },
        });
        await vi.waitUntil(() => seen.length === 3, WITHIN);
        expect({ replayed, seen, committed }).toEqual({ replayed: ['x', 'y'], seen: ['b', 'c', 'd'], committed: [3] });
        await expect.poll(() => bus.committed(group, name), WITHIN).toEqual([0, 0, 4]);
      },
      TIMEOUT_MS,
    );

    it(
      'gives a partition of all topics to one member, and to another when that one goes',
      async () => {
        const [name, other] = [topic(), topic()];
        const second = await server.open();
        onTestFinished(() => second.close());
        const held = [new Map<number, Claim>(), new Map<number, Claim>()];
        const open = (index: number) => async (claim: Claim) => {
          held[index]?.set(claim.partition, claim);
          return { ...reader(() => undefined), close: async () => void held[index]?.delete(claim.partition) };
        };
        const options = { group: `${run}-shared`, topics: [name, other] };
        const one = join({ ...options, open: open(0) });
        await vi.waitUntil(() => held[0]?.size === PARTITIONS, WITHIN);
        const claims = Array.from(held[0]?.values() ?? []);
        join({ ...options, open: open(1) }, second);
        await vi.waitUntil(
          () => (held[0]?.size ?? 0) > 0 && (held[1]?.size ?? 0) > 0 && claims.every(({ signal }) => signal.aborted),
          WITHIN,
        );
        expect([...(held[0]?.keys() ?? []), ...(held[1]?.keys() ?? [])].toSorted()).toEqual([0, 1, 2]);
        // What began before neither publishes nor commits.
        for (const claim of claims) {
          const late = claim.publish([{ topic: name, partition: claim.partition, value: Buffer.from('late') }]);
          await expect(late).rejects.toMatchObject({ code: 'BUS_CLAIM_LOST', retryable: true });
        }
        expect((await bus.bounds(name)).map(({ end }) => end)).toEqual([0, 0, 0]);
        await one.leave();
        await vi.waitUntil(() => held[1]?.size === PARTITIONS, WITHIN);
      },
      TIMEOUT_MS,
    );

    it(
      'takes more than one request holds, and keeps the order',
      async () => {
        const name = topic();
        const size = 400_000;
        const sent = Array.from({ length: 8 }, (_, index) => Buffer.alloc(size, index));
        await bus.publish(sent.map((value) => ({ topic: name, partition: 0, value })));
        const got: number[] = [];
        join({
          topics: [name],
          open: async () => reader(({ messages }) => void got.push(...messages.map(({ value }) => value?.[0] ?? -1))),
        });
        await vi.waitUntil(() => got.length === sent.length, WITHIN);
        expect(got).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      },
      TIMEOUT_MS,
    );
  });
}

function reader(take: (batch: BusBatch) => void) {
  return { take: async (batch: BusBatch) => take(batch), close: async () => undefined };
}

function collect(into: string[]): (batch: BusBatch) => void {
  return ({ messages }) => void into.push(...messages.map(({ value }) => String(value)));
}
