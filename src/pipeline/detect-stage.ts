import type { BusBatch, Claim, ConsumeOptions, InMessage, OutMessage } from '../core/bus.ts';
import { encodeEvent } from '../core/encode-event.ts';
import type { RawRecord, Rejection } from '../core/record.ts';
import { rejectedMessage, tooLong } from './collect-source.ts';
import { encodeHits, type HitEvent } from './hit-message.ts';
import { HitPlaces } from './hit-places.ts';
import type { Meter } from './meter.ts';
import { observe, type Stages } from './observe.ts';
import { decodeRecords } from './raw-message.ts';
import type { Topics } from './topics.ts';

export interface DetectOptions {
  readonly topics: Topics;
  readonly stages: Stages;
  readonly meter?: Pick<Meter, 'detected'> | undefined;
}

/** Events of one message of hits: those of one partition. */
const HIT_EVENTS = 200;
export const EVENT_LIMIT_BYTES = 6 * 1024 * 1024;

/**
 * normalize, enrich and match, from the raw topic to those of events, hits and rejections. Stateless. An event is
 * acknowledged before its hits are published: who sees a hit finds the event on its way to the store.
 */
export function detectStage({ topics, stages, meter }: DetectOptions): ConsumeOptions {
  const places = new HitPlaces(stages.rules, topics);
  const raw = topics.name('raw');
  return {
    group: topics.group('detect'),
    topics: [raw],
    open: async (claim) => ({ take: (batch) => take(claim, batch), close: async () => undefined }),
  };

  async function take(claim: Claim, batch: BusBatch): Promise<void> {
    const events: OutMessage[] = [];
    const rejected: OutMessage[] = [];
    const hits = new Map<number, HitEvent[]>();
    let hitCount = 0;
    const reject = (rejection: Rejection): void => {
      rejected.push(rejectedMessage(topics, batch.partition, rejection));
    };
    for (const message of batch.messages) {
      const records = decodeRecords(message.value?.toString() ?? '');
      for (const record of records) {
        if (record === undefined) {
          reject(unreadable(raw, batch.partition, message));
          continue;
        }
        const detected = observe(record, stages);
        if (!detected.ok) {
          reject(detected.error);
          continue;
        }
        const { observation } = detected.value;
        const event = eventMessage(topics, observation);
        if ((event.value?.length ?? 0) > EVENT_LIMIT_BYTES) {
          reject(tooLong(record));
          continue;
        }
        events.push(event);
        if (detected.value.hits.hits.length === 0) continue;
        hitCount += detected.value.hits.hits.length;
        for (const [partition, place] of places.placesOf(detected.value)) {
          const list = hits.get(partition);
          if (list === undefined) hits.set(partition, [place]);
          else list.push(place);
        }
      }
      // Between messages the member's heartbeats have their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await claim.publish([...events, ...rejected]);
    await claim.publish(Array.from(hits, ([partition, list]) => hitMessages(partition, list)).flat());
    meter?.detected({ events: events.length, hits: hitCount, rejections: rejected.length });
  }

  function hitMessages(partition: number, events: readonly HitEvent[]): readonly OutMessage[] {
    const messages: OutMessage[] = [];
    for (let from = 0; from < events.length; from += HIT_EVENTS) {
      const value = encodeHits(events.slice(from, from + HIT_EVENTS), stages.rules.correlations);
      messages.push({ topic: topics.name('hits'), partition, value });
    }
    return messages;
  }
}

export function eventMessage(
  topics: Topics,
  observation: Parameters<typeof encodeEvent>[0] & { readonly type: RawRecord['type'] },
): OutMessage {
  const { id } = observation.event.event;
  return {
    topic: topics.name('events'),
    partition: topics.partitionOfId(id),
    key: id,
    value: Buffer.from(encodeEvent(observation)),
    headers: { type: observation.type },
  };
}

/** What somebody else wrote to a topic of ours: kept by its place, never by its text. */
export function unreadable(topic: string, partition: number, { offset, value }: InMessage): Rejection {
  return {
    origin: { source: topic, file: `partition ${partition}`, offset },
    reason: 'not-a-record',
    message: 'A message that whosaw has written was expected in this topic.',
    length: value?.length ?? 0,
    keys: [],
  };
}
