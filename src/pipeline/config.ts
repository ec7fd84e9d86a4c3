import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { KAFKA } from '../bus/kafka/config.ts';
import { SINK_SCHEMA, type SinkConfig } from '../alerts/sink-config.ts';
import { WhosawError, type Problem } from '../core/errors.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { parseDuration } from '../lib/duration.ts';
import { parseBytes } from '../lib/bytes.ts';
import type { KafkaKeys } from '../lib/kafka-config.ts';
import { ELASTICSEARCH } from '../stores/elasticsearch/config.ts';
import type { SecretSource } from '../lib/secret-text.ts';
import { DAY_US } from '../lib/time.ts';
import { readYaml, validate, type YamlFile } from '../lib/yaml-file.ts';
import type { Place } from '../rules/syntax.ts';
import type { Threshold } from '../rules/thresholds.ts';
import { BUILTIN } from './load-stages.ts';
import { name, path, SOURCE, type SourceConfig } from './source-config.ts';
import { sourceProblems, type SourceProblem } from './source-problems.ts';

const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, 'must be a duration such as 30m, 2h or 1d');

const days = duration.refine(
  (text) => (parseDuration(text) ?? Infinity) >= DAY_US / 1_000,
  'must be at least 1d: whole days are sealed and deleted',
);

const bytes = z.string().refine((text) => parseBytes(text) !== undefined, 'must be a size such as 512MB or 2GB');
const SPILL = z.strictObject({
  path: path
    .optional()
    .describe("where listeners put down what comes, redacted; without it spill/ in the store's folder"),
  limit: bytes.default('1GB').describe('of each listener; what comes beyond it is dropped, counted and told'),
});

const STORE = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('duckdb').default('duckdb').describe('the embedded store'),
    path: path.default('/var/lib/whosaw').describe('a folder of its own, created 0700'),
    seal_after: days
      .default('7d')
      .describe('older days move to Parquet files, which are smaller and which other tools can read; at least 1d'),
    retention: days
      .optional()
      .describe('older days are deleted, and that is recorded; at least seal_after; without it nothing is deleted'),
  }),
  ELASTICSEARCH,
]);

const SOCKET = z.strictObject({
  path: path.default('/run/whosaw/whosaw.sock').describe('where `whosaw who` and friends ask the running process'),
  group: name.optional().describe('members of this group may ask; without it only the user that runs whosaw'),
});

const CLUSTER = z.strictObject({
  canary: z
    .strictObject({
      secret: path.describe(
        'the end of its id: secret/whosaw/canary; each source of the cluster has to tell of its reads',
      ),
      every: duration.default('5m').describe('so often somebody reads it: a timer of yours'),
      within: duration.default('1m').describe('so late a source may tell of it'),
    })
    .optional()
    .describe(
      'a secret (the end of its id) that a timer of yours reads every 5m; each source has to tell of it within 1m',
    ),
});

const METRICS = z.strictObject({
  listen: z
    .string()
    .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/, 'must be host:port')
    .default('127.0.0.1:9464')
    .describe('host:port of /metrics, /healthz and /readyz; they tell no audit data'),
});

/** The config file: what runs here. The descriptions are its reference. */
export const CONFIG = z.strictObject({
  rules: z
    .array(path)
    .min(1)
    .default([BUILTIN])
    .describe('rule folders in order; builtin is the shipped pack; the same id in a later folder replaces'),
  thresholds: z
    .record(z.string(), z.record(z.string(), z.union([z.number(), z.string()], 'must be a number, or a span as 10m')))
    .default({})
    .describe(
      'numbers and spans of rules, set without a copy of the rule: { harvesting/many-secrets: { gte: 30, timespan: 5m } }',
    ),
  expectations: path.optional().describe('what is normal here; without it the rules that need it are inert'),
  lateness: duration
    .default('30m')
    .describe('later events are worked in from the store: nothing is lost, alerts come slower'),
  sources: z
    .record(name, SOURCE)
    .default({})
    .describe("a source's name is its checkpoint: rename it and it starts over"),
  spill: SPILL.prefault({}),
  clusters: z
    .record(name, CLUSTER)
    .default({})
    .describe('Vault clusters, by the names that sources give them: what each device has to tell of'),
  store: STORE.prefault({}),
  socket: SOCKET.prefault({}),
  kafka: KAFKA.optional().describe(
    'the cluster wiring: stages in as many processes as you like; without it, one process',
  ),
  metrics: METRICS.optional().describe('a port for Prometheus and for health checks; without it none is opened'),
  sinks: z
    .record(name, SINK_SCHEMA)
    .default({ terminal: { type: 'terminal', level: 'low' } })
    .describe('who is told of alerts'),
  limits: z
    .strictObject({
      hits: z
        .number()
        .int()
        .min(1_000)
        .default(2_000_000)
        .describe('hits that one rule may remember, about 50 bytes each'),
    })
    .prefault({})
    .describe('bounds of memory; what they forget is counted and said'),
});

export type Config = Omit<z.infer<typeof CONFIG>, 'thresholds'> & { readonly thresholds: readonly Threshold[] };

/** `file`: for messages; relative paths in the config start at its folder. */
export function parseConfig(text: string, file: string): Result<Config, readonly Problem[]> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const config = validate(yaml.value, CONFIG);
  if (!config.ok) return config;
  if (Object.keys(config.value.sources).length === 0) {
    return fail([yaml.value.problem(['sources'], 'sources: there must be one at least')]);
  }
  const problems = [...storeProblems(config.value), ...sourceProblems(config.value.sources)].map(({ path, message }) =>
    yaml.value.problem(path, message),
  );
  if (problems.length > 0) return fail(problems);
  const thresholds = thresholdsOf(config.value.thresholds, yaml.value, file);
  return ok(withPaths({ ...config.value, thresholds }, dirname(resolve(file))));
}

function storeProblems({ store, spill, sources }: z.infer<typeof CONFIG>): readonly SourceProblem[] {
  if (store.type === 'elasticsearch') {
    const isListening = Object.values(sources).some(({ listen }) => listen !== undefined);
    if (!isListening || spill.path !== undefined) return [];
    const message =
      'spill.path: is missing: there is no folder of a store beside which listeners could put down what comes';
    return [{ path: ['store'], message }];
  }
  const { seal_after: sealAfter, retention } = store;
  if (retention === undefined || (parseDuration(retention) ?? 0) >= (parseDuration(sealAfter) ?? 0)) return [];
  const message = `store.retention: ${retention} is shorter than seal_after, ${sealAfter}: set the one up or the other down`;
  return [{ path: ['store', 'retention'], message }];
}

/** Which rules there are is known later: then the places are needed. */
function thresholdsOf(set: z.infer<typeof CONFIG>['thresholds'], yaml: YamlFile, file: string): readonly Threshold[] {
  const place = (path: readonly string[], at: 'key' | 'value'): Place => {
    const { line, column } = yaml.problem(['thresholds', ...path], '', at);
    return { line, column };
  };
  return Object.entries(set).flatMap(([rule, values]) =>
    Object.entries(values).map(([name, value]) => ({
      rule,
      name,
      value,
      file,
      places: {
        rule: place([rule], 'key'),
        name: place([rule, name], 'key'),
        value: place([rule, name], 'value'),
      },
    })),
  );
}

function withPaths(config: Config, folder: string): Config {
  const at = (relative: string): string => resolve(folder, relative);
  return {
    ...config,
    rules: config.rules.map((rules) => (rules === BUILTIN ? rules : at(rules))),
    ...(config.expectations === undefined ? {} : { expectations: at(config.expectations) }),
    sources: Object.fromEntries(
      Object.entries(config.sources).map(([key, source]) => [key, withSourcePaths(source, at)]),
    ),
    spill: { ...config.spill, ...(config.spill.path === undefined ? {} : { path: at(config.spill.path) }) },
    store: withStorePaths(config.store, at),
    socket: { ...config.socket, path: at(config.socket.path) },
    ...(config.kafka === undefined ? {} : { kafka: withKafkaPaths(config.kafka, at) }),
    sinks: Object.fromEntries(Object.entries(config.sinks).map(([key, sink]) => [key, withSinkPaths(sink, at)])),
  };
}

function withSourcePaths(source: SourceConfig, at: (path: string) => string): SourceConfig {
  const { file, token, tls, kafka } = source;
  const { connection_string: secret } = source.type === 'keyvault' ? source : {};
  return {
    ...source,
    ...(file === undefined ? {} : { file: at(file) }),
    ...(kafka === undefined ? {} : { kafka: withKafkaPaths(kafka, at) }),
    ...(typeof token === 'object' ? { token: { file: at(token.file) } } : {}),
    ...(typeof secret === 'object' ? { connection_string: { file: at(secret.file) } } : {}),
    ...(tls === undefined
      ? {}
      : {
          tls: {
            certificate: at(tls.certificate),
            key: at(tls.key),
            ...(tls.client_ca === undefined ? {} : { client_ca: at(tls.client_ca) }),
          },
        }),
  };
}

function withStorePaths(store: Config['store'], at: (path: string) => string): Config['store'] {
  if (store.type === 'duckdb') return { ...store, path: at(store.path) };
  const { api_key, ca } = store;
  return {
    ...store,
    ...(typeof api_key === 'object' ? { api_key: { file: at(api_key.file) } } : {}),
    ...(ca === undefined ? {} : { ca: at(ca) }),
  };
}

function withKafkaPaths<K extends KafkaKeys>(kafka: K, at: (path: string) => string): K {
  const { tls, sasl } = kafka;
  const files =
    typeof tls === 'boolean'
      ? tls
      : Object.fromEntries(Object.entries(tls).flatMap(([key, file]) => (file === undefined ? [] : [[key, at(file)]])));
  const password = typeof sasl?.password === 'object' ? { file: at(sasl.password.file) } : sasl?.password;
  return {
    ...kafka,
    tls: files,
    ...(sasl === undefined || password === undefined ? {} : { sasl: { ...sasl, password } }),
  };
}

function withSinkPaths(sink: SinkConfig, at: (path: string) => string): SinkConfig {
  const secret = (source: SecretSource): SecretSource =>
    typeof source === 'object' ? { file: at(source.file) } : source;
  switch (sink.type) {
    case 'terminal':
      return sink;
    case 'file':
      return { ...sink, path: at(sink.path) };
    case 'webhook':
      return { ...sink, url: secret(sink.url), ...(sink.secret === undefined ? {} : { secret: secret(sink.secret) }) };
    case 'slack':
      return { ...sink, webhook: secret(sink.webhook) };
  }
}

export function latenessMs(config: Config): number {
  const ms = parseDuration(config.lateness);
  if (ms === undefined) throw new WhosawError('CONFIG_INVALID', `lateness: ${config.lateness} is no duration.`);
  return ms;
}
