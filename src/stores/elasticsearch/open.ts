import { WhosawError } from '../../core/errors.ts';
import type { EventStore, NotificationStore } from '../../core/ports.ts';
import type { AccessReader } from '../../core/access-reader.ts';
import { OneAtATime } from '../../lib/one-at-a-time.ts';
import { readAccesses } from './accesses.ts';
import { readAlerts } from './alerts.ts';
import { Bulk, type Notice } from './bulk.ts';
import { connectElastic, type ElasticOptions } from './client.ts';
import { Committer } from './commit.ts';
import { EventWriter } from './event-writer.ts';
import { eventsById, findEvents, readEvents } from './events.ts';
import { findIdentities, nearIdentities, readFirstTimes } from './identities.ts';
import { readDays, readDeletions } from './days.ts';
import { readGaps } from './gaps.ts';
import { indicesOf, type Period } from './indices.ts';
import { pendingNotifications, settleNotification } from './notifications.ts';
import { outlineEvents } from './outlines.ts';
import { refuseUnprepared } from './prepared.ts';
import { refresh } from './scan.ts';
import { searchEvents } from './search.ts';
import { findSecrets, nearSecrets } from './secrets.ts';
import { readSources } from './sources.ts';
import { loadState, readCheckpoint, StateWriter } from './state.ts';
import type { StoreContext } from './store-context.ts';
import { readTally } from './tally.ts';
import { serverVersion } from './version.ts';

export interface ElasticsearchStoreOptions extends ElasticOptions {
  /** What the names of all indices begin with. */
  readonly prefix: string;
  readonly period: Period;
  /** For commands that ask: with a responder's key commits fail, and what was written a moment ago may not show yet. */
  readonly readOnly?: boolean;
  /** Told while the server is waited for. */
  readonly notice?: Notice;
}

export interface ElasticsearchStore extends EventStore, NotificationStore, AccessReader {
  /** Gives up what still waits for the server, and ends. */
  close(): Promise<void>;
}

/**
 * Opens the store on a server that `whosaw setup elasticsearch` has prepared. Throws STORE_UNAVAILABLE where nobody
 * answers, STORE_REFUSED for wrong credentials, another version, or a server that is not prepared.
 */
export async function openElasticsearchStore(options: ElasticsearchStoreOptions): Promise<ElasticsearchStore> {
  const elastic = connectElastic(options);
  try {
    await serverVersion(elastic);
    const indices = indicesOf(options.prefix, options.period);
    await refuseUnprepared(elastic, indices);
    const settle = options.readOnly === true ? () => Promise.resolve() : (index: string) => refresh(elastic, index);
    return await storeOver({ elastic, indices, settle }, options);
  } catch (error) {
    await elastic.close();
    throw error;
  }
}

async function storeOver(context: StoreContext, options: ElasticsearchStoreOptions): Promise<ElasticsearchStore> {
  const { elastic, indices } = context;
  const closed = new AbortController();
  const { checkpoints } = await loadState(context);
  const bulk = new Bulk({ elastic, notice: options.notice ?? (() => undefined) });
  const events = new EventWriter(elastic, bulk, indices);
  const committer = new Committer({ bulk, events, state: new StateWriter(indices.state, checkpoints), indices });
  const inOrder = new OneAtATime();
  const ending = (signal?: AbortSignal): AbortSignal =>
    signal === undefined ? closed.signal : AbortSignal.any([signal, closed.signal]);
  return {
    commit: (batch, signal) => inOrder.run(() => committer.commit(batch, ending(signal))),
    markWarmed: (rules) => inOrder.run(() => committer.markWarmed(rules, closed.signal)),
    load: () => loadState(context),
    events: (range) => readEvents(context, range),
    eventsById: (ids, timeUs) => eventsById(context, ids, timeUs),
    pending: (limit, sink) => pendingNotifications(context, limit, sink),
    settle: (key, result) => settleNotification(context, key, result),
    secrets: (text, limit) => findSecrets(context, text, limit),
    near: (text, limit) => nearSecrets(context, text, limit),
    accesses: (question) => readAccesses(context, question),
    sources: () => readSources(context),
    alerts: (question) => readAlerts(context, question),
    identities: (text, limit) => findIdentities(context, text, limit),
    nearIdentities: (text, limit) => nearIdentities(context, text, limit),
    firstTimes: (actor) => readFirstTimes(context, actor),
    findEvents: (question) => findEvents(context, question),
    tally: (question) => readTally(context, question),
    search: (question) => searchEvents(context, question),
    outlines: (question) => outlineEvents(context, question),
    days: () => readDays(context),
    deletions: (timeUs) => readDeletions(context, timeUs),
    gaps: (question) => readGaps(context, question),
    checkpoint: (source) => readCheckpoint(context, source),
    close: async () => {
      closed.abort(new WhosawError('STORE_UNAVAILABLE', 'The store was closed.', { retryable: true }));
      await inOrder.run(() => elastic.close());
    },
  };
}
