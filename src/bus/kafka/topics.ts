import { WhosawError } from '../../core/errors.ts';
import { parseDuration } from '../../lib/duration.ts';
import { OWN_CONFIG, TOPIC_RESOURCE, type Admin, type Client } from './client.ts';
import type { KafkaConfig } from './config.ts';
import { busError } from './errors.ts';
import { Bell } from '../../lib/bell.ts';

/** A topic as it should be. */
export interface TopicPlan {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/** No batch of ours is larger, and no event. */
const MESSAGE_LIMIT_BYTES = 8 * 1024 * 1024;
const DAY_MS = 86_400_000;

/** What design.md says of the topics; `names` are whole. */
export function topicPlans(config: KafkaConfig, names: Readonly<Record<TopicKind, string>>): readonly TopicPlan[] {
  const { retention, partitions } = config;
  const common = { 'message.timestamp.type': 'LogAppendTime', 'max.message.bytes': String(MESSAGE_LIMIT_BYTES) };
  const kept = (span: string): TopicPlan['config'] => ({
    ...common,
    'cleanup.policy': 'delete',
    'retention.ms': String(parseDuration(span) ?? 0),
  });
  const configs: Readonly<Record<TopicKind, TopicPlan['config']>> = {
    raw: kept(retention.raw),
    events: kept(retention.events),
    hits: kept(retention.hits),
    alerts: kept(retention.hits),
    rejected: kept(retention.rejected),
    memory: { ...common, 'cleanup.policy': 'compact', 'delete.retention.ms': String(DAY_MS) },
  };
  return Object.entries(configs).map(([kind, own]) => ({ name: names[kind as TopicKind], partitions, config: own }));
}

export type TopicKind = 'raw' | 'events' | 'hits' | 'alerts' | 'rejected' | 'memory';

export interface TopicFinding {
  readonly topic: string;
  readonly did: 'created' | 'changed' | 'kept';
  readonly message: string;
}

/** Makes the topics as planned where they are not. Says what it did. Throws TOPICS_UNFIT for what it cannot mend. */
export async function setupTopics(
  client: Client,
  brokers: readonly string[],
  plans: readonly TopicPlan[],
  replication: number,
): Promise<readonly TopicFinding[]> {
  return asAdmin(client, brokers, 'set the topics up', async (admin) => {
    const found = await look(admin, plans);
    refuse(found.flatMap(({ plan, partitions }) => partitionsProblem(plan, partitions)));
    const missing = found.filter(({ partitions }) => partitions === 0).map(({ plan }) => plan);
    if (missing.length > 0) await create(admin, missing, replication);
    const findings: TopicFinding[] = [];
    for (const { plan, partitions, config } of found) {
      if (partitions === 0) {
        const message = `created with ${plan.partitions} partitions, ${words(plan.config)}`;
        findings.push({ topic: plan.name, did: 'created', message });
        continue;
      }
      const other = differences(plan, config);
      if (other.length > 0) await alter(admin, plan, config);
      const changes = other.map(([key, now, then]) => `${key} is ${now} now (was ${then})`).join(', ');
      findings.push(
        other.length === 0
          ? { topic: plan.name, did: 'kept', message: 'is as it should be' }
          : { topic: plan.name, did: 'changed', message: changes },
      );
    }
    return findings;
  });
}

/** Throws TOPICS_UNFIT with all that is wrong. */
export async function checkTopics(
  client: Client,
  brokers: readonly string[],
  plans: readonly TopicPlan[],
): Promise<void> {
  await asAdmin(client, brokers, 'look at the topics', async (admin) => {
    const found = await look(admin, plans);
    const missing = found.filter(({ partitions }) => partitions === 0).map(({ plan }) => plan.name);
    const problems =
      missing.length === 0 ? [] : [`Topics are missing: ${missing.join(', ')}; run \`whosaw setup kafka\`.`];
    for (const { plan, partitions, config } of found) {
      problems.push(...partitionsProblem(plan, partitions));
      if (partitions === 0) continue;
      for (const [key, should, is] of differences(plan, config).filter(([name]) => MATTERS.has(name)))
        problems.push(`${plan.name} has ${key} ${is}, and it must be ${should}; run \`whosaw setup kafka\`.`);
    }
    refuse(problems);
  });
}

/** Without these what is built on the topics does not hold; the others are somebody's choice. */
const MATTERS = new Set(['message.timestamp.type', 'cleanup.policy']);

interface Found {
  readonly plan: TopicPlan;
  /** 0: there is no such topic. */
  readonly partitions: number;
  readonly config: Readonly<Record<string, TopicEntry>>;
}

interface TopicEntry {
  readonly value: string;
  /** It was set for this topic. */
  readonly isOwn: boolean;
}

async function look(admin: Admin, plans: readonly TopicPlan[]): Promise<readonly Found[]> {
  const there = new Set(await admin.listTopics());
  const known = plans.filter(({ name }) => there.has(name));
  if (known.length === 0) return plans.map((plan) => ({ plan, partitions: 0, config: {} }));
  const { topics } = await admin.fetchTopicMetadata({ topics: known.map(({ name }) => name) });
  const described = await admin.describeConfigs({
    includeSynonyms: false,
    resources: known.map(({ name }) => ({ type: TOPIC_RESOURCE, name })),
  });
  return plans.map((plan) => {
    const entries = described.resources.find(({ resourceName }) => resourceName === plan.name)?.configEntries ?? [];
    return {
      plan,
      partitions: topics.find(({ name }) => name === plan.name)?.partitions.length ?? 0,
      config: Object.fromEntries(
        entries.map(({ configName, configValue, configSource }) => [
          configName,
          { value: configValue, isOwn: configSource === OWN_CONFIG },
        ]),
      ),
    };
  });
}

function partitionsProblem({ name, partitions: should }: TopicPlan, is: number): readonly string[] {
  if (is === 0 || is === should) return [];
  return [
    `${name} has ${is} partitions and kafka.partitions says ${should}: what belongs together would part; set kafka.partitions to ${is}, or begin anew with another kafka.prefix.`,
  ];
}

function differences(
  { config: should }: TopicPlan,
  is: Found['config'],
): readonly (readonly [string, string, string])[] {
  return Object.entries(should).flatMap(([key, value]) => {
    const now = is[key]?.value;
    return now === value ? [] : [[key, value, now ?? 'unset'] as const];
  });
}

async function create(admin: Admin, plans: readonly TopicPlan[], replication: number): Promise<void> {
  await admin.createTopics({
    waitForLeaders: false,
    topics: plans.map(({ name, partitions, config }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: replication,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    })),
  });
  // Leaders are chosen a little later.
  for (let tries = 0; tries < LEADER_TRIES; tries++) {
    const { topics } = await admin.fetchTopicMetadata({ topics: plans.map(({ name }) => name) }).catch(() => NO_TOPICS);
    const areLed =
      topics.length === plans.length && topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
    if (areLed) return;
    await new Bell().sleep(LEADER_PAUSE_MS, new AbortController().signal);
  }
}

const NO_TOPICS = { topics: [] } as Awaited<ReturnType<Admin['fetchTopicMetadata']>>;
const LEADER_TRIES = 100;
const LEADER_PAUSE_MS = 100;

/** What others set on the topic stays: the request replaces all. */
async function alter(admin: Admin, plan: TopicPlan, config: Found['config']): Promise<void> {
  const own = Object.entries(config).flatMap(([key, { value, isOwn }]) => (isOwn ? [[key, value] as const] : []));
  const entries = { ...Object.fromEntries(own), ...plan.config };
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: TOPIC_RESOURCE,
        name: plan.name,
        configEntries: Object.entries(entries).map(([name, value]) => ({ name, value })),
      },
    ],
  });
}

function words(config: TopicPlan['config']): string {
  return Object.entries(config)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new WhosawError('TOPICS_UNFIT', problems.join('\n'));
}

async function asAdmin<T>(
  client: Client,
  brokers: readonly string[],
  what: string,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = client.admin(ADMIN_RETRIES);
  try {
    await admin.connect();
    return await work(admin);
  } catch (error) {
    throw busError(what, brokers, error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

const ADMIN_RETRIES = 4;
