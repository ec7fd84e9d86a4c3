import { describe, expect, it } from 'vitest';
import { printProblem, WhosawError } from '../../src/core/errors.ts';
import { CONFIG, latenessMs, parseConfig, type Config } from '../../src/pipeline/config.ts';
import { loadStages } from '../../src/pipeline/load-stages.ts';
import { describeSchema } from '../../src/pipeline/describe-config.ts';

const SOURCE = 'sources: { vault: { type: vault, file: /audit.log } }\n';

describe('a config', () => {
  it('has defaults for all but its sources', () => {
    const config = parsed(SOURCE);
    expect(config).toEqual({
      rules: ['builtin'],
      thresholds: [],
      lateness: '30m',
      spill: { limit: '1GB' },
      clusters: {},
      sources: { vault: { type: 'vault', cluster: 'vault', file: '/audit.log' } },
      store: { type: 'duckdb', path: '/var/lib/whosaw', seal_after: '7d' },
      socket: { path: '/run/whosaw/whosaw.sock' },
      sinks: { terminal: { type: 'terminal', level: 'low' } },
      limits: { hits: 2_000_000 },
    });
    expect(latenessMs(config)).toBe(1_800_000);
  });

  it('has relative paths from its own folder, wherever they stand', () => {
    const config = parsed(`
rules: [builtin, rules, ../shared/rules, /srv/rules]
expectations: expectations.yaml
sources:
  a: { type: cloudtrail, file: trail }
  b: { type: keyvault, file: ./vaults/../vault.json }
store: { path: store }
socket: { path: run/s, group: whosaw }
sinks:
  f: { type: file, path: alerts.ndjson }
  w: { type: webhook, url: { file: url }, secret: { file: secret } }
  e: { type: webhook, url: '\${URL}', secret: '\${SECRET}' }
  p: { type: webhook, url: 'http://127.0.0.1:1/x' }
  s: { type: slack, webhook: { file: /run/slack }, zone: Europe/Berlin, level: critical }
`);
    expect(config).toMatchObject({
      rules: ['builtin', '/etc/whosaw/rules', '/etc/shared/rules', '/srv/rules'],
      expectations: '/etc/whosaw/expectations.yaml',
      sources: { a: { file: '/etc/whosaw/trail' }, b: { file: '/etc/whosaw/vault.json' } },
      store: { path: '/etc/whosaw/store' },
      socket: { path: '/etc/whosaw/run/s', group: 'whosaw' },
      sinks: {
        f: { path: '/etc/whosaw/alerts.ndjson', level: 'low' },
        w: { url: { file: '/etc/whosaw/url' }, secret: { file: '/etc/whosaw/secret' }, level: 'medium' },
        e: { url: '${URL}', secret: '${SECRET}' },
        p: { url: 'http://127.0.0.1:1/x' },
        s: { webhook: { file: '/run/slack' }, zone: 'Europe/Berlin', level: 'critical' },
      },
    });
  });

  it('keeps of each threshold where it stands, because which rules there are is known later', async () => {
    const { rules, thresholds } = parsed(`${SOURCE}thresholds:
  harvesting/many-secrets: { gte: 30, timespan: 5m }
  harvesting/many-secret: { gte: 30 }
  denials/one-address:
    gt: 30
`);
    expect(thresholds[1]).toEqual({
      rule: 'harvesting/many-secrets',
      name: 'timespan',
      value: '5m',
      file: '/etc/whosaw/whosaw.yaml',
      places: { rule: { line: 3, column: 3 }, name: { line: 3, column: 39 }, value: { line: 3, column: 49 } },
    });
    const error: unknown = await loadStages({ rules, thresholds }).catch((reason: unknown) => reason);
    expect(error instanceof WhosawError ? error.problems.map(printProblem) : error).toEqual([
      expect.stringMatching(
        /^.etc.whosaw.whosaw.yaml:4:3: there is no rule `harvesting.many-secret`.*; did you mean `harvesting.many-secrets`.$/,
      ),
      expect.stringMatching(/^.etc.whosaw.whosaw.yaml:6:5: .* has no `gt`, but gte, timespan; did you mean `gte`.$/),
    ]);
    const { stages } = await loadStages({ rules, thresholds: thresholds.slice(0, 2) });
    const changed = stages.rules.correlations.find(({ meta }) => meta.file.endsWith('/harvesting/many-secrets.yml'));
    expect(changed).toMatchObject({ condition: { gte: 30 }, timespanMs: 300_000 });
  });

  it('is described by a text that is one, all defaults in it', () => {
    const text = describeSchema(CONFIG).replace('sources: {}\n', SOURCE);
    expect(parsed(text)).toEqual(parsed(SOURCE));
  });

  it('has sources and sinks that are described by texts that are some', () => {
    const entries = Array.from(describeSchema(CONFIG).matchAll(/^#   NAME:\n((?:#     .*\n)+)/gm), ([, body = '']) =>
      body
        .replaceAll(/^#     /gm, '    ')
        // A source is either a file or an address with what belongs to it.
        .replaceAll(/^ +(?:listen|token|tls): .*\n/gm, '')
        .replaceAll(/: text( \|.*)?$/gm, ': "${NAME}"')
        .replace('zone: "${NAME}"', 'zone: Etc/UTC'),
    );
    expect(entries).toHaveLength(8);
    const [vault, cloudtrail, keyvault, , ...sinks] = entries.map((body, index) => `  e${index}:\n${body}`);
    // The keys of the other ways to the same events.
    const byFile = (body = ''): string => body.replaceAll(/^ {4}(?!file:).*: "\$\{NAME\}"\n/gm, '');
    const config = parsed(`sources:\n${vault}${byFile(cloudtrail)}${byFile(keyvault)}sinks:\n${sinks.join('')}`);
    expect(Object.values(config.sources).map(({ type }) => type)).toEqual(['vault', 'cloudtrail', 'keyvault']);
    expect(Object.values(config.sinks).map(({ type }) => type)).toEqual(['terminal', 'file', 'webhook', 'slack']);
  });
});

describe('kafka', () => {
  it('is absent where it is not set, and else filled up with its defaults', () => {
    expect(parsed(SOURCE).kafka).toBeUndefined();
    const { kafka } = parsed(`${SOURCE}kafka: { brokers: ['kafka-1:9092'], tls: { ca: ca.pem } }\n`);
    expect(kafka).toMatchObject({
      prefix: 'whosaw',
      partitions: 12,
      session: '30s',
      tls: { ca: '/etc/whosaw/ca.pem' },
      retention: { hits: '10d' },
    });
  });

  it('says what is wrong with it', () => {
    const text = `${SOURCE}kafka:
  brokers: [kafka-1]
  partitions: 0
  sasl: { mechanism: scram, username: whosaw, password: secret }
`;
    expect(problems(text)).toEqual([
      'whosaw.yaml:3:13: kafka.brokers.0: must be host:port',
      'whosaw.yaml:4:15: kafka.partitions: must be 1 at least',
      expect.stringContaining('whosaw.yaml:5:22: kafka.sasl.mechanism: must be one of plain, scram-sha-256'),
      expect.stringContaining('kafka.sasl.password: '),
    ]);
  });
});

describe('problems', () => {
  it('are all reported at once, each with its place and what was probably meant', () => {
    expect(
      problems(`rules: []
latenes: 1h
lateness: soon
sources:
  vault: { type: vault, file: /a, clustre: eu }
  "a b": { type: vault, file: /a }
  trail: { type: trail, file: /a }
  none: { type: keyvault }
  empty: { type: keyvault, file: '' }
store: { path: 5, type: sqlite }
socket: { group: 'a:b' }
sinks:
  t: { type: terminal, level: hihg }
  s: { type: slack, webhok: '\${A}' }
limits: { hits: 10 }
`),
    ).toEqual([
      'whosaw.yaml:1:8: rules: must not be empty: leave the key out instead',
      'whosaw.yaml:2:1: unknown key "latenes"; did you mean "lateness"?',
      'whosaw.yaml:3:11: lateness: must be a duration such as 30m, 2h or 1d',
      'whosaw.yaml:5:35: unknown key "clustre"; did you mean "cluster"?',
      'whosaw.yaml:6:3: sources.a b: must be letters, digits, dots, dashes or underscores, beginning with a letter or digit',
      'whosaw.yaml:7:18: sources.trail.type: must be one of vault, cloudtrail, keyvault',
      'whosaw.yaml:8:9: sources.none: must have exactly one of file, listen, kafka, workspace, event_hubs',
      'whosaw.yaml:9:34: sources.empty.file: must not be empty',
      'whosaw.yaml:10:25: store.type: must be one of duckdb, elasticsearch',
      'whosaw.yaml:11:18: socket.group: must be letters, digits, dots, dashes or underscores, beginning with a letter or digit',
      'whosaw.yaml:13:31: sinks.t.level: must be one of informational, low, medium, high, critical',
      'whosaw.yaml:14:6: sinks.s.webhook: is missing',
      'whosaw.yaml:14:21: unknown key "webhok"; did you mean "webhook"?',
      'whosaw.yaml:15:17: limits.hits: must be 1000 at least',
    ]);
  });

  it.each([
    ['{ seal_after: 7 }', 'store.seal_after: must be a text'],
    ['{ seal_after: 12h }', 'store.seal_after: must be at least 1d: whole days are sealed and deleted'],
    ['{ retention: soon }', 'store.retention: must be a duration such as 30m, 2h or 1d'],
    ['{ retention: 5d }', 'store.retention: 5d is shorter than seal_after, 7d: set the one up or the other down'],
    ['{ seal_after: 10d, retention: 9d }', 'store.retention: 9d is shorter than seal_after, 10d'],
  ])('are days that cannot be kept so: %s', (store, message) => {
    expect(problems(`${SOURCE}store: ${store}\n`).join('\n')).toContain(message);
  });

  it.each([
    [
      'two ways',
      '{ type: cloudtrail, file: /a, bucket: acme-trail }',
      'sources.s: must have exactly one of file, listen, kafka, queue, bucket, regions',
    ],
    ['a queue that is none', '{ type: cloudtrail, queue: whosaw }', 'sources.s.queue: must be the URL of an SQS queue'],
    ['a region that is none', '{ type: cloudtrail, regions: [europe] }', 'must be a region, such as eu-central-1'],
    [
      'a role that is none',
      '{ type: cloudtrail, regions: [eu-central-1], roles: [whosaw] }',
      'must be the ARN of a role',
    ],
    [
      'a workspace that is none',
      '{ type: keyvault, workspace: logs }',
      'sources.s.workspace: must be the id of a Log Analytics workspace',
    ],
    [
      'a secret',
      "{ type: keyvault, event_hubs: a.example, connection_string: 'Endpoint=canary' }",
      'must be ${NAME} of the environment',
    ],
  ])('are sources in a cloud: %s', (_, source, message) => {
    const found = problems(`sources: { s: ${source} }\n`).join('\n');
    expect(found).toContain(message);
    expect(found).not.toContain('canary');
  });

  it.each(['listen', 'queue', 'workspace', 'retention', 'roles', '__proto__', 'constructor'])(
    'are keys that mean nothing here: %s',
    (key) => {
      const [problem = '', ...more] = problems(`${SOURCE}${key}: {}\n`);
      expect(problem).toContain(`whosaw.yaml:2:1: unknown key "${key}"`);
      expect(more).toEqual([]);
    },
  );

  it.each([
    ['slack', "{ type: slack, webhook: 'https://hooks.slack.example/services/T0/B0/canary' }"],
    ['a webhook with a secret', "{ type: webhook, url: '${URL}', secret: canary }"],
    ['more than the name', "{ type: webhook, url: '${URL}', secret: 'canary${SECRET}' }"],
    ['no name', "{ type: slack, webhook: '${canary-1}' }"],
    ['an address of another kind', "{ type: webhook, url: 'ftp://canary' }"],
  ])('are secrets that stand in it, and they are not repeated: %s', (_, sink) => {
    const found = problems(`${SOURCE}sinks: { s: ${sink} }\n`);
    expect(found).toHaveLength(1);
    expect(found.join()).not.toContain('canary');
    expect(found.join()).toMatch(/^whosaw\.yaml:2:\d+: sinks\.s\.\w+: /);
  });

  it.each([
    ['nothing', '', 'whosaw.yaml:1:1: sources: there must be one at least'],
    ['no sources', 'sources: {}\n', 'whosaw.yaml:1:10: sources: there must be one at least'],
    ['a list', '- a\n', 'whosaw.yaml:1:1: must be a set of keys'],
    ['two documents', `${SOURCE}---\n${SOURCE}`, 'whosaw.yaml:2:1: only one document may stand in this file'],
    ['the same key twice', `${SOURCE}${SOURCE}`, 'whosaw.yaml:2:1: Map keys must be unique'],
  ])('are %s', (_, text, message) => {
    expect(problems(text)).toEqual([message]);
  });

  it.each(['sources: [', 'a: b: c', '\t- x', 'sources: &a { b: *a }', '"\\x"'])('are YAML that is none: %j', (text) => {
    expect(problems(text)[0]).toMatch(/^whosaw\.yaml:\d+:\d+: /);
  });
});

function parsed(text: string): Config {
  const config = parseConfig(text, '/etc/whosaw/whosaw.yaml');
  if (!config.ok) throw new Error(config.error.map(printProblem).join('\n'));
  return config.value;
}

/** In the order of their places. */
function problems(text: string): readonly string[] {
  const config = parseConfig(text, 'whosaw.yaml');
  if (config.ok) return [];
  return config.error.toSorted((a, b) => a.line - b.line || a.column - b.column).map(printProblem);
}
