import type { Alert } from '../core/alert.ts';
import type { AccessReader, AlertQuestion, StoredAlert } from '../core/access-reader.ts';
import type { Claim, OutMessage } from '../core/bus.ts';
import type {
  CommitBatch,
  CommitReceipt,
  EventRange,
  EventStore,
  Mark,
  SourceCheckpoint,
  StoredEvent,
  StoredState,
} from '../core/ports.ts';
import { parseTimeUs } from '../lib/time.ts';
import { alertMessage, readAlert, type AlertMessage } from './alert-message.ts';
import { memoryKey, memoryMessage, readMemory } from './memory-message.ts';
import type { Topics } from './topics.ts';

/** What may be asked of the store behind the bus; it may not know the newest yet. */
export type StoreBehind = Pick<EventStore, 'events' | 'eventsById'> & Pick<AccessReader, 'alerts' | 'sources'>;

export interface PartitionStoreOptions {
  readonly topics: Topics;
  readonly claim: Claim;
  /** undefined: this worker cannot reach it. */
  readonly behind: StoreBehind | undefined;
  /** Alerts that were published since then are known here. */
  readonly alertsSinceMs: number;
}

/** Alerts that are remembered besides what the store behind knows. */
const ALERTS_LIMIT = 100_000;

/**
 * The pipeline's side of a store for one partition of hits: what is committed is published and acknowledged, the alerts in a
 * topic and the rest in the compacted one; what was published is read again at the start; the past is asked of the store.
 */
export class PartitionStore implements EventStore, Pick<AccessReader, 'alerts'> {
  readonly #with: PartitionStoreOptions;
  readonly #alerts = new Map<string, AlertMessage>();
  readonly #checkpoints = new Map<string, SourceCheckpoint>();
  readonly #marks = new Map<string, Mark>();
  readonly #warmed = new Set<string>();

  private constructor(options: PartitionStoreOptions) {
    this.#with = options;
  }

  static async open(options: PartitionStoreOptions): Promise<PartitionStore> {
    const store = new PartitionStore(options);
    const { topics, claim, alertsSinceMs } = options;
    for await (const messages of claim.replay(topics.name('memory'), 0))
      for (const message of messages) store.#recall(message);
    const alerts = topics.name('alerts');
    for await (const messages of claim.replay(alerts, await claim.offsetSince(alerts, alertsSinceMs))) {
      for (const message of messages) {
        const read = readAlert(message);
        if (read !== undefined) store.#keep(read);
      }
    }
    return store;
  }

  /** Alerts that were published lately, as they were last. */
  get published(): readonly Alert[] {
    return Array.from(this.#alerts.values(), ({ alert }) => alert);
  }

  async commit(batch: CommitBatch): Promise<CommitReceipt> {
    const { topics, claim } = this.#with;
    const { partition } = claim;
    const messages = this.#alertMessages(batch);
    await claim.publish(messages.map((message) => alertMessage(topics, partition, message)));
    for (const message of messages) this.#keep(message);
    await claim.publish([
      ...batch.marks.map((mark): OutMessage => memoryMessage(topics, partition, markKey(mark), mark)),
      ...batch.checkpoints.map((lane) =>
        memoryMessage(topics, partition, memoryKey('lane', partition, lane.source), lane),
      ),
    ]);
    return NOTHING_STORED;
  }

  async load(): Promise<StoredState> {
    return {
      checkpoints: Array.from(this.#checkpoints.values()),
      marks: Array.from(this.#marks.values()),
      warmed: Array.from(this.#warmed),
    };
  }

  async *events(range: EventRange): AsyncGenerator<readonly StoredEvent[]> {
    if (this.#with.behind !== undefined) yield* this.#with.behind.events(range);
  }

  async eventsById(ids: readonly string[], timeUs: readonly [number, number]): Promise<readonly StoredEvent[]> {
    return (await this.#with.behind?.eventsById(ids, timeUs)) ?? [];
  }

  async markWarmed(rules: readonly string[]): Promise<void> {
    const { topics, claim } = this.#with;
    const { partition } = claim;
    await claim.publish(
      rules.map((rule) => memoryMessage(topics, partition, memoryKey('warmed', partition, rule), { rule })),
    );
    for (const rule of rules) this.#warmed.add(rule);
  }

  async alerts(question: AlertQuestion): Promise<readonly StoredAlert[]> {
    const stored = await this.#stored(question);
    const found = new Map(stored.map((one) => [one.alert.id, one]));
    for (const message of this.#asked(question)) {
      const known = found.get(message.alert.id);
      if (known === undefined || known.alert.version < message.alert.version)
        found.set(message.alert.id, storedFrom(message));
    }
    return Array.from(found.values()).slice(0, question.limit);
  }

  /** The store behind is not asked for what is known to be here as it is. */
  async #stored(question: AlertQuestion): Promise<readonly StoredAlert[]> {
    const { behind } = this.#with;
    const { ids } = question;
    if (behind === undefined) return [];
    if (ids === undefined) return behind.alerts(question);
    const missing = ids.filter((id) => !this.#alerts.has(id));
    return missing.length === 0 ? [] : behind.alerts({ ...question, ids: missing, limit: missing.length });
  }

  #asked({ id, ids, sinceUs, untilUs }: AlertQuestion): readonly AlertMessage[] {
    if (ids !== undefined) return ids.flatMap((one) => this.#alerts.get(one) ?? []);
    return Array.from(this.#alerts.values()).filter(({ alert }) => {
      if (id !== undefined && !alert.id.startsWith(id)) return false;
      const openedUs = parseTimeUs(alert.opened) ?? 0;
      const lastUs = parseTimeUs(alert.last) ?? 0;
      return (sinceUs === undefined || lastUs >= sinceUs) && (untilUs === undefined || openedUs <= untilUs);
    });
  }

  /** An alert of which only news is told goes out again as it is known. */
  #alertMessages({ alerts, notifications }: CommitBatch): readonly AlertMessage[] {
    const notify = Map.groupBy(notifications, ({ alertId }) => alertId);
    const sinksOf = (id: string): readonly string[] => notify.get(id)?.map(({ sink }) => sink) ?? [];
    const last = new Map(alerts.map((alert) => [alert.id, alert]));
    const others = Array.from(notify.keys()).flatMap((id) => (last.has(id) ? [] : (this.#alerts.get(id)?.alert ?? [])));
    return [...last.values(), ...others].map((alert) => ({ alert, notify: sinksOf(alert.id) }));
  }

  #keep({ alert, notify }: AlertMessage): void {
    const known = this.#alerts.get(alert.id);
    if (known !== undefined && known.alert.version > alert.version) return;
    const all = known === undefined ? notify : Array.from(new Set([...known.notify, ...notify]));
    this.#alerts.delete(alert.id);
    this.#alerts.set(alert.id, { alert, notify: all });
    for (const id of this.#alerts.keys()) {
      if (this.#alerts.size <= ALERTS_LIMIT) break;
      this.#alerts.delete(id);
    }
  }

  #recall(message: { readonly key: string | undefined; readonly value: Buffer | null }): void {
    const mark = readMemory(message, 'mark');
    if (mark !== undefined) this.#marks.set(message.key ?? '', mark);
    const lane = readMemory(message, 'lane');
    if (lane !== undefined) this.#checkpoints.set(lane.source, lane);
    const warmed = readMemory(message, 'warmed');
    if (warmed !== undefined) this.#warmed.add(warmed.rule);
    if (message.value === null) this.#marks.delete(message.key ?? '');
  }
}

const NOTHING_STORED: CommitReceipt = { stored: 0, duplicates: 0, conflicts: 0 };

function markKey({ rule, group, day }: Mark): string {
  return memoryKey('mark', rule, group, day);
}

function storedFrom({ alert, notify }: AlertMessage): StoredAlert {
  return { alert, notifications: notify.map((sink) => ({ sink, state: 'pending' as const, attempts: 0 })) };
}
