import type { Alert } from '../core/alert.ts';
import type { BusBatch, ConsumeOptions, InMessage } from '../core/bus.ts';
import type { Observation } from '../core/event.ts';
import type { Gap } from '../core/gap.ts';
import { isObject } from '../core/json.ts';
import type { CommitBatch, EventStore, NotificationKey } from '../core/ports.ts';
import type { Rejection } from '../core/record.ts';
import { readAlert } from './alert-message.ts';
import type { Appends } from './appends.ts';
import { isGapMessage, readGap } from './gap-message.ts';
import { unreadable } from './detect-stage.ts';
import { observationOf } from './event-message.ts';
import type { Committed } from './commits.ts';
import type { Meter } from './meter.ts';
import type { Topics } from './topics.ts';

export interface DeliverOptions {
  readonly topics: Topics;
  readonly store: Pick<EventStore, 'commit'>;
  readonly appends: Appends;
  readonly onCommit: (committed: Committed) => void;
  readonly meter?: Pick<Meter, 'stored'> | undefined;
}

/**
 * From the topics of events, alerts and rejections into the store, which knows what it has already. While the store is away
 * the partition waits, and detection goes on.
 */
export function deliverStage({ topics, store, appends, onCommit, meter }: DeliverOptions): ConsumeOptions {
  const names = { events: topics.name('events'), alerts: topics.name('alerts'), rejected: topics.name('rejected') };
  return {
    group: topics.group('deliver'),
    topics: Object.values(names),
    open: async (claim) => ({ take: (batch) => take(batch, claim.signal), close: async () => undefined }),
  };

  async function take(batch: BusBatch, signal: AbortSignal): Promise<void> {
    const { observations, ...rest } = contentOf(batch);
    const commit: CommitBatch = { ...NOTHING, observations, ...rest, appendedMs: appends.next() };
    const startedAt = performance.now();
    const receipt = await store.commit(commit, signal);
    const { rejections, alerts } = commit;
    const seconds = (performance.now() - startedAt) / 1_000;
    meter?.stored(receipt, { seconds, rejections: rejections.length, alerts: alerts.length });
    const { observations: _, ...committed } = commit;
    onCommit(committed);
  }

  function contentOf(batch: BusBatch): Content {
    const content = { observations: [], rejections: [], alerts: [], notifications: [], gaps: [] } as MutableContent;
    for (const message of batch.messages) {
      if (!read(batch.topic, message, content))
        content.rejections.push(unreadable(batch.topic, batch.partition, message));
    }
    return content;
  }

  /** false: nobody of us wrote it. */
  function read(topic: string, message: InMessage, content: MutableContent): boolean {
    switch (topic) {
      case names.events: {
        const observation = observationOf(message);
        if (observation !== undefined) content.observations.push(observation);
        return observation !== undefined;
      }
      case names.alerts: {
        const read = readAlert(message);
        if (read === undefined) return false;
        content.alerts.push(read.alert);
        for (const sink of read.notify) content.notifications.push({ alertId: read.alert.id, sink });
        return true;
      }
      default: {
        if (isGapMessage(message)) {
          const gap = readGap(message);
          if (gap !== undefined) content.gaps.push(gap);
          return gap !== undefined;
        }
        const rejection = rejectionOf(message);
        if (rejection !== undefined) content.rejections.push(rejection);
        return rejection !== undefined;
      }
    }
  }
}

interface MutableContent {
  readonly observations: Observation[];
  readonly rejections: Rejection[];
  readonly alerts: Alert[];
  readonly notifications: NotificationKey[];
  readonly gaps: Gap[];
}
type Content = Pick<CommitBatch, 'observations' | 'rejections' | 'alerts' | 'notifications' | 'gaps'>;

const NOTHING = { marks: [], checkpoints: [] } as const;

function rejectionOf({ value }: InMessage): Rejection | undefined {
  try {
    const read: unknown = JSON.parse(value?.toString() ?? '');
    return isObject(read) && isObject(read['origin']) && typeof read['reason'] === 'string'
      ? (read as unknown as Rejection)
      : undefined;
  } catch {
    return undefined;
  }
}
