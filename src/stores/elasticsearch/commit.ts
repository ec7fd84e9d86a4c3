import { WhosawError } from '../../core/errors.ts';
import type { CommitBatch, CommitReceipt } from '../../core/ports.ts';
import { alertOperation } from './alerts.ts';
import type { Bulk } from './bulk.ts';
import type { Operation } from './bulk-size.ts';
import type { EventWriter } from './event-writer.ts';
import { gapOperation } from './gaps.ts';
import type { Indices } from './indices.ts';
import { NotificationWriter } from './notifications.ts';
import { rejectedEvent, rejectionOperation } from './rejection-writer.ts';
import { SecretWriter } from './secret-writer.ts';
import type { StateWriter } from './state.ts';

export interface CommitterOptions {
  readonly bulk: Bulk;
  readonly events: EventWriter;
  readonly state: StateWriter;
  readonly indices: Indices;
}

/**
 * Writes a batch. There are no transactions here: what a batch says is written in an order in which a kill between two
 * steps does no harm, because the batch comes again and each step is the same when it is done twice. Alerts come
 * before the events that they tell of (whoever rebuilds its memory from stored events believes their alerts to be
 * written), checkpoints come last.
 */
export class Committer {
  readonly #bulk: Bulk;
  readonly #events: EventWriter;
  readonly #state: StateWriter;
  readonly #indices: Indices;
  readonly #secrets: SecretWriter;
  readonly #notifications: NotificationWriter;

  constructor({ bulk, events, state, indices }: CommitterOptions) {
    this.#bulk = bulk;
    this.#events = events;
    this.#state = state;
    this.#indices = indices;
    this.#secrets = new SecretWriter(indices.secrets);
    this.#notifications = new NotificationWriter(indices.notifications);
  }

  async commit(batch: CommitBatch, signal: AbortSignal): Promise<CommitReceipt> {
    const { observations, rejections, alerts, marks, checkpoints, notifications, gaps = [], appendedMs } = batch;
    const indices = this.#indices;
    await this.#write(
      [
        ...alerts.map((alert) => alertOperation(indices.alerts, alert)),
        ...this.#notifications.operations(notifications, Date.now()),
        ...gaps.map((gap) => gapOperation(indices.gaps, gap)),
      ],
      signal,
    );
    await this.#write(this.#state.marks(marks), signal);
    const verdicts = await this.#events.write(observations, appendedMs, signal);
    await this.#write(
      [
        ...rejections.map((rejection) => rejectionOperation(indices.rejections, rejection, appendedMs)),
        ...observations.flatMap((event, place) => {
          const verdict = verdicts[place];
          return verdict === undefined ? [] : rejectedEvent(indices.rejections, event, verdict, appendedMs);
        }),
        ...this.#secrets.operations(observations, verdicts, appendedMs),
      ],
      signal,
    );
    await this.#write(this.#state.checkpoints(checkpoints), signal);
    const count = (wanted: string): number => verdicts.filter(({ kind }) => kind === wanted).length;
    const refused = count('refused');
    return {
      stored: count('stored'),
      duplicates: count('duplicate'),
      conflicts: count('conflict'),
      ...(refused === 0 ? {} : { refused }),
    };
  }

  async markWarmed(rules: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#write(this.#state.warmed([...new Set(rules)]), signal);
  }

  /** What exists, or exists in a newer version, is fine. */
  async #write(operations: readonly Operation[], signal: AbortSignal): Promise<void> {
    if (operations.length === 0) return;
    const refused = (await this.#bulk.write(operations, signal)).find(({ status }) => status === 400 || status === 413);
    if (refused === undefined) return;
    throw new WhosawError(
      'STORE_REFUSED',
      `Elasticsearch does not take a document of whosaw's own (${refused.problem ?? refused.status}); run \`whosaw setup elasticsearch\` again.`,
    );
  }
}
