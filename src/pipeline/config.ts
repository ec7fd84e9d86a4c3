import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { SINK_SCHEMA, type SinkConfig } from '../alerts/sink-config.ts';
import { WhosawError, type Problem } from '../core/errors.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { parseDuration } from '../lib/duration.ts';
import type { SecretSource } from '../lib/secret-text.ts';
import { readYaml, validate, type YamlFile } from '../lib/yaml-file.ts';
import type { Place } from '../rules/syntax.ts';
import type { Threshold } from '../rules/thresholds.ts';
import { CLOUDTRAIL_SOURCE } from '../sources/aws/config.ts';
import { KEYVAULT_SOURCE } from '../sources/azure/config.ts';
import { BUILTIN } from './load-stages.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const name = z
  .string()
  .regex(NAME, 'must be letters, digits, dots, dashes or underscores, beginning with a letter or digit');
const path = z.string().min(1, 'must not be empty');
const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, 'must be a duration such as 30m, 2h or 1d');

const file = path.describe(
  'a file (rotated files beside it are read too) or a folder that gains files; it need not exist yet',
);
const SOURCE = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('vault'),
    cluster: name.default('vault').describe('the cluster in the ids of secrets and identities; the log names none'),
    file,
  }),
  CLOUDTRAIL_SOURCE,
  KEYVAULT_SOURCE,
]);

const STORE = z.strictObject({
  type: z.literal('duckdb').default('duckdb').describe('the embedded store'),
  path: path.default('/var/lib/whosaw').describe('a folder of its own, created 0700'),
});

const SOCKET = z.strictObject({
  path: path.default('/run/whosaw/whosaw.sock').describe('where `whosaw who` and friends ask the running process'),
  group: name.optional().describe('members of this group may ask; without it only the user that runs whosaw'),
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
  store: STORE.prefault({}),
  socket: SOCKET.prefault({}),
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

export type SourceConfig = Config['sources'][string];

/** `file`: for messages; relative paths in the config start at its folder. */
export function parseConfig(text: string, file: string): Result<Config, readonly Problem[]> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const config = validate(yaml.value, CONFIG);
  if (!config.ok) return config;
  if (Object.keys(config.value.sources).length === 0) {
    return fail([yaml.value.problem(['sources'], 'sources: there must be one at least')]);
  }
  const thresholds = thresholdsOf(config.value.thresholds, yaml.value, file);
  return ok(withPaths({ ...config.value, thresholds }, dirname(resolve(file))));
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
    store: { ...config.store, path: at(config.store.path) },
    socket: { ...config.socket, path: at(config.socket.path) },
    sinks: Object.fromEntries(Object.entries(config.sinks).map(([key, sink]) => [key, withSinkPaths(sink, at)])),
  };
}

function withSourcePaths(source: SourceConfig, at: (path: string) => string): SourceConfig {
  if (source.file !== undefined) return { ...source, file: at(source.file) };
  if (source.type !== 'keyvault' || typeof source.connection_string !== 'object') return source;
  return { ...source, connection_string: { file: at(source.connection_string.file) } };
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
