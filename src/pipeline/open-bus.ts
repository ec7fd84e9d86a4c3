import { openKafkaBus, type KafkaBus } from '../bus/kafka/bus.ts';
import type { BusObserver } from '../bus/kafka/offset-bus.ts';
import { Client } from '../bus/kafka/client.ts';
import type { KafkaConfig } from '../bus/kafka/config.ts';
import { checkTopics, setupTopics, topicPlans, type TopicFinding, type TopicPlan } from '../bus/kafka/topics.ts';
import { WhosawError } from '../core/errors.ts';
import { needsClosing, type Correlation } from '../core/rule.ts';
import { parseDuration, printDuration } from '../lib/duration.ts';
import { rewindOf } from './rewind.ts';
import { connectionOf } from './kafka-connection.ts';
import type { Log } from './log.ts';
import { Topics } from './topics.ts';

/** The bus of the config, whose topics are as they must be. Throws BUS_UNAVAILABLE, BUS_REFUSED, TOPICS_UNFIT. */
export async function openBus(
  config: KafkaConfig,
  { log, observer }: { readonly log: Log; readonly observer?: BusObserver },
): Promise<{ readonly bus: KafkaBus; readonly topics: Topics }> {
  const options = await connectionOf(config, 'kafka', log);
  const bus = await openKafkaBus({
    ...options,
    sessionMs: parseDuration(config.session) ?? 30_000,
    notice: (text, facts) => log.warn(facts, text),
    ...(observer === undefined ? {} : { observer }),
  });
  const topics = topicsOf(config);
  await checkTopics(new Client({ ...options, retries: SETUP_RETRIES }), config.brokers, plansOf(config, topics)).catch(
    async (error: unknown) => {
      await bus.close();
      throw error;
    },
  );
  return { bus, topics };
}

/** Makes the topics of the config. Throws CONFIG_INVALID where rules remember longer than the hits would be kept. */
export async function setupKafka(
  config: KafkaConfig,
  rules: readonly Correlation[],
  latenessMs: number,
  log: Log,
): Promise<readonly TopicFinding[]> {
  refuseOutlived(config, rules, latenessMs);
  const client = new Client({ ...(await connectionOf(config, 'kafka', log)), retries: SETUP_RETRIES });
  return setupTopics(client, config.brokers, plansOf(config, topicsOf(config)), config.replication);
}

/** Throws CONFIG_INVALID where the memory of a rule cannot be rebuilt from the hits that are kept. */
export function refuseOutlived(config: KafkaConfig, rules: readonly Correlation[], latenessMs: number): void {
  const neededMs = rewindOf(rules, latenessMs);
  if ((parseDuration(config.retention.hits) ?? 0) >= neededMs) return;
  const longest = rules.filter((rule) => !needsClosing(rule)).toSorted((a, b) => b.timespanMs - a.timespanMs)[0];
  const why = longest === undefined ? '' : `: "${longest.meta.title}" looks back ${printDuration(longest.timespanMs)}`;
  throw new WhosawError(
    'CONFIG_INVALID',
    `kafka.retention.hits is ${config.retention.hits}, and the rules need ${printDuration(neededMs)}${why}; set it to that at least.`,
  );
}

/** Somebody waits for the answer. */
const SETUP_RETRIES = 4;

function topicsOf({ prefix, partitions }: KafkaConfig): Topics {
  return new Topics(prefix, partitions);
}

function plansOf(config: KafkaConfig, topics: Topics): readonly TopicPlan[] {
  return topicPlans(config, {
    raw: topics.name('raw'),
    events: topics.name('events'),
    hits: topics.name('hits'),
    alerts: topics.name('alerts'),
    rejected: topics.name('rejected'),
    memory: topics.name('memory'),
  });
}
