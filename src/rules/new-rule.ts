/** What a new rule may count; `single`: nothing, every event that meets it is a sign. */
export const NEW_RULE_TYPES = ['single', 'event_count', 'value_count', 'first_seen'] as const;
export type NewRuleType = (typeof NEW_RULE_TYPES)[number];

export interface NewRule {
  readonly type: NewRuleType;
  /** A UUID. */
  readonly id: string;
  readonly title: string;
  /** Where editors find the schema of rules, if they can. */
  readonly schema?: string | undefined;
}

/**
 * A rule file to begin with: it lints clean and its tests pass, so that what is wrong later is what was changed. The
 * text is YAML for people: in an order and with words that can be edited.
 */
export function newRule(rule: NewRule): string {
  const modeline = rule.schema === undefined ? '' : `# yaml-language-server: $schema=${rule.schema}\n`;
  const head = headOf(rule);
  const body = rule.type === 'single' ? `${head}${SINGLE}` : `${BASE}${head}${CORRELATIONS[rule.type]}`;
  return `${modeline}${body}\ntests:\n${GIVEN}${TESTS[rule.type]}`;
}

function headOf({ id, title }: NewRule): string {
  return `title: ${JSON.stringify(title)}
id: ${id}
status: test
level: medium
description: Say in one sentence what somebody did, and why that is suspicious.
tags: [attack.credential-access, attack.t1555.006]
falsepositives:
  - Say which harmless thing looks the same, and where to declare it
`;
}

const DETECTION = `logsource:
  category: secret_access
detection:
  read:
    whosaw.access.kind: read
    event.outcome: success
    whosaw.secret.id|contains: /break-glass/
  planned:
    whosaw.expected.schedule: true
  condition: read and not planned
`;

const SINGLE = DETECTION;

/** A rule without an id only counts for others. */
const BASE = `title: Unplanned read of a break-glass secret\nname: unplanned_read\n${DETECTION}---\n`;

const CORRELATIONS: Readonly<Record<Exclude<NewRuleType, 'single'>, string>> = {
  event_count: `correlation:
  type: event_count
  rules: [unplanned_read]
  group-by: [whosaw.actor.id]
  timespan: 10m
  condition:
    gte: 5
`,
  value_count: `correlation:
  type: value_count
  rules: [unplanned_read]
  group-by: [whosaw.actor.id]
  timespan: 10m
  condition:
    field: whosaw.secret.id
    gte: 3
`,
  first_seen: `correlation:
  type: first_seen
  rules: [unplanned_read]
  group-by: [whosaw.actor.id, whosaw.secret.id]
  history: 30d
  timespan: 1h
`,
};

const GIVEN = `  given:
    whosaw.access.kind: read
    event.outcome: success
    whosaw.actor.id: person:ana@payments.acme.example
    whosaw.secret.id: vault:eu/secret/break-glass/root
    source.ip: 192.0.2.77
`;

const QUIET = `    inside a change window:
      - { whosaw.expected.schedule: true }
    another secret:
      - { whosaw.secret.id: vault:eu/secret/production/db-password }
`;

const TESTS: Readonly<Record<NewRuleType, string>> = {
  single: `  fires:
    one read:
      - {}
    many reads are one alert:
      - { times: 50, every: 1m }
  quiet:
${QUIET}`,
  event_count: `  fires:
    five reads within ten minutes:
      - { times: 5, every: 2m }
  quiet:
    four reads:
      - { times: 4 }
    the fifth comes too late:
      - { times: 4 }
      - { at: 11m }
`,
  value_count: `  fires:
    three secrets within ten minutes:
      - { whosaw.secret.id: vault:eu/secret/break-glass/a }
      - { whosaw.secret.id: vault:eu/secret/break-glass/b }
      - { at: 9m, whosaw.secret.id: vault:eu/secret/break-glass/c }
  quiet:
    one secret again and again:
      - { times: 50 }
`,
  first_seen: `  fires:
    the first read:
      - {}
    a second read two hours later is no news:
      - {}
      - { at: 2h }
  quiet:
${QUIET}`,
};
