import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Meter } from '../pipeline/meter.ts';

/** What /metrics and /readyz tell. */
export interface Metrics extends Meter {
  /** In Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
  /** Groups that this worker is no member of yet, or now. */
  readonly waitsFor: readonly string[];
}

/** Counters of this process, by prom-client. Names and values are of the pipeline's own making: no audit text is a label. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'whosaw_' });
  const counter = (name: string, help: string, labelNames: readonly string[] = []): Counter =>
    new Counter({ name: `whosaw_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const gauge = (name: string, help: string, labelNames: readonly string[]): Gauge =>
    new Gauge({ name: `whosaw_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const seconds = (name: string, help: string, labelNames: readonly string[]): Histogram =>
    new Histogram({
      name: `whosaw_${name}`,
      help,
      labelNames: [...labelNames],
      buckets: BUCKETS,
      registers: [registry],
    });

  const collected = counter('collected_records_total', 'Records read from a source.', ['source']);
  const rejected = counter('rejected_records_total', 'Records that became no event, by the stage that said so.', [
    'stage',
  ]);
  const events = counter('events_total', 'Events that were normalized and matched.');
  const hits = counter('hits_total', 'Hits of rules.');
  const alerts = counter('alerts_total', 'Alerts that were written, new ones and those that grew.');
  const memory = gauge('remembered_hits', 'Hits that the rules of a partition remember.', ['partition']);
  const stored = counter('stored_events_total', 'Events given to the store, by what it said of them.', ['verdict']);
  const storing = seconds('store_batch_seconds', 'How long the store took for a batch.', []);
  const published = counter('published_messages_total', 'Messages that Kafka acknowledged.', ['topic']);
  const taken = counter('taken_messages_total', 'Messages that were worked on and committed.', ['group', 'topic']);
  const taking = seconds('batch_seconds', 'How long a batch of messages took until it was committed.', ['group']);
  const lag = gauge('lag_messages', 'Messages of a partition that the group has left to work on, whoever holds it.', [
    'group',
    'topic',
    'partition',
  ]);
  const held = gauge('held_partitions', 'Partitions that this worker holds.', ['group']);
  const waiting = new Set<string>();

  return {
    collected: (source, { records, rejections }) => {
      collected.inc({ source }, records);
      rejected.inc({ stage: 'collect' }, rejections);
    },
    detected: (facts) => {
      events.inc(facts.events);
      hits.inc(facts.hits);
      rejected.inc({ stage: 'detect' }, facts.rejections);
    },
    correlated: (facts) => {
      alerts.inc(facts.alerts);
      memory.set({ partition: facts.partition }, facts.memory);
    },
    stored: (receipt, facts) => {
      for (const verdict of ['stored', 'duplicates', 'conflicts'] as const) stored.inc({ verdict }, receipt[verdict]);
      storing.observe(facts.seconds);
    },
    published: (topic, messages) => published.inc({ topic }, messages),
    taken: (group, { topic, messages, ms }) => {
      taken.inc({ group, topic }, messages);
      taking.observe({ group }, ms / 1_000);
    },
    lag: (group, topic, messages) => {
      for (const [partition, left] of messages.entries()) lag.set({ group, topic, partition }, left);
    },
    held: (group, partitions) => {
      if (partitions === undefined) waiting.add(group);
      else waiting.delete(group);
      held.set({ group }, partitions?.length ?? 0);
    },
    expects: (groups) => {
      waiting.clear();
      for (const group of groups) waiting.add(group);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
    get waitsFor() {
      return Array.from(waiting);
    },
  };
}

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
