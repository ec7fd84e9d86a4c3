import { setTimeout as sleep } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import { WhosawError } from '../core/errors.ts';
import type { SearchQuestion, SourceFacts } from '../core/access-reader.ts';
import { nearest } from '../lib/nearest.ts';
import { FIELD_NAMES, queryField, textOfValue } from '../query/query-field.ts';
import { readQuery } from '../query/read-query.ts';
import { deletedBefore, printDeleted } from '../respond/deleted.ts';
import { DEFAULT_FIELDS, fieldsOf, printEvents } from '../respond/print-search.ts';
import { foundEvent, search, sortEvents, type FoundEvent } from '../respond/search.ts';
import { timeWindow, type WindowArguments } from '../respond/window.ts';
import { askLocal } from '../server/ask-local.ts';
import { configOption, readConfig } from './config-option.ts';
import { formatOption, toCsv, toJson, toNdjson, type RowFormat } from './formats.ts';
import { openReader } from './open-reader.ts';
import { endOnSignals } from './signals.ts';
import { windowOptions } from './who.ts';

interface SearchArguments extends WindowArguments {
  readonly config?: string;
  readonly format?: RowFormat;
  readonly fields?: readonly string[];
  readonly sort: { readonly field: string; readonly descending: boolean };
  readonly limit: number;
  readonly follow?: true;
}

const TIME = '@timestamp';
const LIMIT = 50;
/** Sorting by anything but time needs all that is found. */
const SORTED_LIMIT = 100_000;
const FOLLOW_MS = 500;

export function addSearch(program: Command): void {
  const command = program
    .command('search')
    .description('Find events: a query in KQL, as in Kibana.')
    .argument('[query]', "as: event.outcome: failure and source.ip: 192.0.2.0/24; '' finds all", '');
  for (const option of windowOptions()) command.addOption(option);
  command
    .addOption(new Option('--fields <names>', 'what to show, with commas between').argParser(parseFields))
    .addOption(
      new Option('--sort <field>', 'and `:asc` or `:desc`')
        .default({ field: TIME, descending: true }, '@timestamp:desc')
        .argParser(parseSort),
    )
    .addOption(new Option('--limit <events>', 'at most so many').default(LIMIT).argParser(parseLimit))
    .option('-f, --follow', 'go on with what comes')
    .addOption(configOption())
    .addOption(formatOption('for programs, in UTC; without it a table in local time'))
    .action(runSearch);
}

async function runSearch(query: string, args: SearchArguments): Promise<void> {
  const nowMs = Date.now();
  readQuery(query, nowMs);
  const question = { query, nowMs, ...timeWindow(args, nowMs) };
  if (args.follow === true) return follow(question, args);
  const reader = await openReader(await readConfig(args.config));
  try {
    const isByTime = args.sort.field === TIME;
    const order = isByTime && !args.sort.descending ? 'oldest' : 'newest';
    const limit = isByTime ? args.limit : SORTED_LIMIT;
    const found: FoundEvent[] = [];
    for await (const page of search(reader, { ...question, order, limit })) found.push(...page);
    if (!isByTime && found.length === SORTED_LIMIT) {
      throw new WhosawError(
        'USAGE',
        `More than ${SORTED_LIMIT} events are found: too many to sort by ${args.sort.field}; narrow the query or the window.`,
      );
    }
    const shown = isByTime ? found : sortEvents(found, args.sort).slice(0, args.limit);
    if (shown.length === 0 && args.format === undefined) console.log(nothing(await reader.sources()));
    else process.stdout.write(print(shown, args));
    const deleted = await deletedBefore(reader, question);
    if (deleted !== undefined) console.error(printDeleted(deleted));
    if (isByTime && found.length === args.limit) console.error(`These are ${args.limit}; there may be more: --limit.`);
  } finally {
    await reader.close();
  }
}

function nothing(sources: readonly SourceFacts[]): string {
  const newest =
    sources
      .map((source) => source.newest ?? '')
      .toSorted()
      .at(-1) ?? '';
  const known = newest === '' ? 'the store has no events yet' : `the newest event that is stored is of ${newest}`;
  return `No event in this window is what the query asks for; ${known}.`;
}

function print(found: readonly FoundEvent[], { format, fields }: SearchArguments): string {
  if (format === undefined) return `${printEvents(found, { fields })}\n`;
  switch (format) {
    case 'json':
      return toJson(found.map((event) => documentOf(event, fields)));
    case 'ndjson':
      return toNdjson(found.map((event) => documentOf(event, fields)));
    case 'csv': {
      const columns = fields ?? DEFAULT_FIELDS;
      return toCsv(
        columns,
        found.map((event) => rowOf(event, columns)),
      );
    }
  }
}

function documentOf(found: FoundEvent, fields: readonly string[] | undefined): unknown {
  return fields === undefined ? found.event : fieldsOf(found, fields);
}

function rowOf(event: FoundEvent, columns: readonly string[]): Readonly<Record<string, string | readonly string[]>> {
  return Object.fromEntries(
    Object.entries(fieldsOf(event, columns)).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(textOfValue) : textOfValue(value),
    ]),
  );
}

/** What is there, then what comes; ends with the signal. */
async function follow(
  window: Pick<SearchQuestion, 'query' | 'nowMs' | 'fromUs' | 'toUs'>,
  args: SearchArguments,
): Promise<void> {
  if (args.format === 'json' || args.sort.field !== TIME || args.until !== undefined || args.around !== undefined) {
    throw new WhosawError('USAGE', '--follow goes with neither --sort, --until, --around nor --format json.');
  }
  const { socket } = await readConfig(args.config);
  const reader = await askLocal(socket.path);
  if (reader === undefined) {
    throw new WhosawError(
      'NOT_FOUND',
      `No whosaw runs at ${socket.path}, so nothing comes: leave --follow out, or start whosaw up.`,
    );
  }
  const signal = endOnSignals();
  const question = { ...window, toUs: Number.MAX_SAFE_INTEGER };
  let appendedAfterMs = 0;
  let isFirst = true;
  try {
    while (!signal.aborted) {
      const nowMs = Date.now();
      const page = await reader.search({
        ...question,
        nowMs,
        appendedAfterMs,
        order: 'newest',
        limit: isFirst ? args.limit : LIMIT_A_LOOK,
      });
      const events = page.documents.toReversed().map(foundEvent);
      if (events.length > 0) process.stdout.write(printMore(events, args, isFirst));
      if (!isFirst && page.next !== undefined)
        console.error(`More than ${LIMIT_A_LOOK} events at once: older ones are not shown.`);
      appendedAfterMs = page.appendedMs ?? appendedAfterMs;
      isFirst = false;
      await sleep(FOLLOW_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    reader.close();
  }
}

const LIMIT_A_LOOK = 1_000;

function printMore(events: readonly FoundEvent[], args: SearchArguments, isFirst: boolean): string {
  if (args.format === undefined) return `${printEvents(events, { fields: args.fields, hasHead: isFirst })}\n`;
  const text = print(events, args);
  return args.format === 'csv' && !isFirst ? text.slice(text.indexOf('\n') + 1) : text;
}

function parseFields(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) checkField(name);
  return names;
}

function parseSort(text: string): SearchArguments['sort'] {
  const [, field = '', direction = 'asc'] = /^(.*?)(?::(asc|desc))?$/.exec(text) ?? [];
  checkField(field);
  return { field, descending: direction === 'desc' };
}

function checkField(name: string): void {
  if (queryField(name) !== undefined) return;
  const meant = FIELD_NAMES.find((known) => known.endsWith(`.${name}`)) ?? nearest(name, FIELD_NAMES);
  throw new WhosawError(
    'USAGE',
    `There is no field "${name}"${meant === undefined ? "; the vendor's own are under whosaw.record" : `; did you mean ${meant}?`}`,
  );
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw new WhosawError('USAGE', `--limit ${text} is no number of events.`);
  return limit;
}
