import { EVENT_FIELDS } from '../src/core/fields.ts';
import { CORRELATION_TYPES, LEVELS, STATUSES } from '../src/core/rule.ts';
import { CHANNELS } from '../src/rules/logsource.ts';
import { MODIFIERS } from '../src/rules/modifiers.ts';
import { CORRELATION_KEYS, EXTENSION_KEYS } from '../src/rules/parse-correlation.ts';
import { RULE_KEYS } from '../src/rules/parse-document.ts';

type Schema = Readonly<Record<string, unknown>>;

/** One document of a rule file, from the tables that the reader of rules goes by. */
export function ruleSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Rule of whosaw (Sigma 2.1)',
    type: 'object',
    properties: pick(RULE_KEYS, PROPERTIES),
    required: ['title'],
    anyOf: [has('detection'), has('correlation'), has('filter', 'logsource')],
    definitions: {
      search: search(),
      value: VALUE,
      test: test(),
      detection: DETECTION,
      correlation: correlation(),
      filter: FILTER,
      logsource: logsource(),
    },
  };
}

const TEXT: Schema = { type: 'string' };
const TEXTS: Schema = { type: 'array', items: TEXT };
const TEXT_OR_TEXTS: Schema = { anyOf: [TEXT, TEXTS] };
const TRUTH: Schema = { type: 'boolean' };
const SCALAR: Schema = { type: ['string', 'number', 'boolean', 'null'] };
const VALUE: Schema = { anyOf: [SCALAR, { type: 'array', minItems: 1, items: SCALAR }] };
const DATE: Schema = { description: 'As 2025-03-15.', type: 'string' };

function said(description: string, schema: Schema): Schema {
  return { description, ...schema };
}

function definition(name: string): Schema {
  return { $ref: `#/definitions/${name}` };
}

/** A document of the kind that these keys make it. */
function has(...keys: readonly string[]): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(keys.map((key) => [key, definition(key)])),
    required: keys,
  };
}

const DETECTION: Schema = said('Searches by name, and the condition over them.', {
  type: 'object',
  properties: { condition: said('As `read and not planned`, `1 of filter_*`, `all of them`.', TEXT_OR_TEXTS) },
  required: ['condition'],
  additionalProperties: definition('search'),
});

const FILTER: Schema = said('Narrows rules without replacing them.', {
  type: 'object',
  properties: { rules: said('Ids or names of rules, or `any`.', TEXT_OR_TEXTS), condition: TEXT_OR_TEXTS },
  required: ['rules', 'condition'],
  additionalProperties: definition('search'),
});

/** By key of a document; what is not here may be anything. */
const PROPERTIES: Readonly<Record<string, Schema>> = {
  title: said('What people read in the alert.', { type: 'string', minLength: 1, maxLength: 256 }),
  id: said('A UUID. The same id in a later rules folder replaces the rule.', TEXT),
  name: said('By which correlations of this file refer to it.', TEXT),
  taxonomy: TEXT,
  status: said('`experimental` notifies nobody.', { enum: STATUSES }),
  description: said('Its first sentence is the reason that people read in the alert.', TEXT),
  license: TEXT,
  author: TEXT,
  references: TEXTS,
  date: DATE,
  modified: DATE,
  logsource: definition('logsource'),
  detection: definition('detection'),
  correlation: definition('correlation'),
  filter: definition('filter'),
  fields: TEXTS,
  falsepositives: said('What harmless thing looks the same.', TEXT_OR_TEXTS),
  level: { enum: LEVELS },
  tags: said('As attack.t1555.006.', TEXTS),
  scope: TEXTS,
  generate: said('The rules that a correlation names raise alerts of their own as well.', TRUTH),
  tests: said('Cases that `whosaw rules test` runs.', {
    type: 'object',
    properties: {
      given: said('The event that each line of a case changes.', definition('test')),
      fires: said('Each case raises one alert.', cases()),
      quiet: said('No case raises an alert.', cases()),
    },
    additionalProperties: false,
  }),
};

function logsource(): Schema {
  const known = (key: 'product' | 'service'): readonly string[] => [
    ...new Set(CHANNELS.flatMap((channel) => channel[key] ?? [])),
  ];
  return {
    description: 'Which events it is about; without it all.',
    type: 'object',
    properties: {
      category: said('`secret_access`: every event with a secret.', suggested(['secret_access'])),
      product: suggested(known('product')),
      service: suggested(known('service')),
      definition: TEXT,
    },
  };
}

/** A map of lines, a list of maps and keywords, or a keyword. */
function search(): Schema {
  const lines: Schema = {
    type: 'object',
    minProperties: 1,
    propertyNames: { pattern: keyPattern() },
    properties: fieldProperties((name) => {
      const { values, type } = EVENT_FIELDS[name];
      if (type === 'boolean') return { anyOf: [{ enum: [true, false, null] }, definition('value')] };
      return values === undefined
        ? definition('value')
        : { anyOf: [{ enum: values }, { type: 'array', items: suggested(values) }, definition('value')] };
    }),
    additionalProperties: definition('value'),
  };
  return { anyOf: [lines, { type: 'array', minItems: 1, items: { anyOf: [lines, SCALAR] } }, SCALAR] };
}

/** A field, which below `whosaw.` must be one that there is, and modifiers. */
function keyPattern(): string {
  const ours = Object.keys(EVENT_FIELDS).filter((name) => name.startsWith('whosaw.'));
  const field = `(?:${ours.map((name) => name.replaceAll('.', '\\.')).join('|')}|(?!whosaw\\.)[^|]*)`;
  return `^${field}(?:\\|(?:${MODIFIERS.map(({ name }) => name).join('|')}))*$`;
}

function correlation(): Schema {
  const span = (description: string): Schema => said(description, { type: 'string', pattern: '^\\d+[smhdw]$' });
  const bound: Schema = { type: 'number' };
  const properties: Readonly<Record<string, Schema>> = {
    type: said('`first_seen`, `anomaly` and `silence` are extensions of whosaw.', { enum: CORRELATION_TYPES }),
    rules: said('Names (of this file first) or ids of what is counted.', TEXT_OR_TEXTS),
    'group-by': said('Fields, or aliases; each group is counted apart.', TEXT_OR_TEXTS),
    timespan: span('As 30s, 10m, 1h or 30d.'),
    condition: {
      type: 'object',
      properties: {
        ...Object.fromEntries(['gt', 'gte', 'lt', 'lte', 'eq', 'neq'].map((operator) => [operator, bound])),
        field: said('Whose values are counted or measured.', TEXT_OR_TEXTS),
        percentile: { type: 'number', minimum: 0, maximum: 100 },
      },
      additionalProperties: false,
    },
    generate: TRUTH,
    aliases: {
      type: 'object',
      additionalProperties: { type: 'object', additionalProperties: TEXT },
    },
    'known-by': said('first_seen: what tells an acquaintance from a stranger.', TEXT_OR_TEXTS),
    'known-as': said('first_seen: fields of group-by that make the acquaintance.', TEXT_OR_TEXTS),
    history: span(
      'first_seen: how far back nothing may have been. anomaly, silence: how far back is looked for what is usual.',
    ),
    settle: span('first_seen, anomaly: for how long it only learns.'),
    factor: said('anomaly: so many times what is usual.', { type: 'number', exclusiveMinimum: 1 }),
  };
  return {
    type: 'object',
    properties: pick([...CORRELATION_KEYS, ...new Set(Object.values(EXTENSION_KEYS).flat())], properties),
    required: ['type', 'rules', 'timespan'],
    additionalProperties: false,
  };
}

function cases(): Schema {
  return {
    type: 'object',
    additionalProperties: { type: 'array', minItems: 1, items: definition('test') },
  };
}

/** An event of a test. */
function test(): Schema {
  return {
    type: 'object',
    properties: {
      at: said('Offset from the first event: 42s, 5m, -7d. Default: one second after the line before.', TEXT),
      times: said('How many such events.', { type: 'integer', minimum: 1 }),
      every: said('How far apart, as 1m.', TEXT),
      until: said('Alone in its line: no event, but so far nothing else comes.', TEXT),
      ...fieldProperties((name) => {
        const { values, type } = EVENT_FIELDS[name];
        if (values !== undefined) return { enum: [...values, null] };
        return type === 'boolean' ? { type: ['boolean', 'null'] } : {};
      }),
    },
  };
}

function fieldProperties(schemaOf: (name: keyof typeof EVENT_FIELDS) => Schema): Readonly<Record<string, Schema>> {
  const names = Object.keys(EVENT_FIELDS) as readonly (keyof typeof EVENT_FIELDS)[];
  return Object.fromEntries(names.map((name) => [name, said(EVENT_FIELDS[name].description, schemaOf(name))]));
}

/** Editors offer these; others are allowed. */
function suggested(values: readonly string[]): Schema {
  return { anyOf: [{ enum: values }, TEXT] };
}

function pick(keys: readonly string[], schemas: Readonly<Record<string, Schema>>): Readonly<Record<string, Schema>> {
  return Object.fromEntries(keys.map((key) => [key, schemas[key] ?? {}]));
}
