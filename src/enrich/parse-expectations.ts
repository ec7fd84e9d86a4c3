import type { Problem } from '../core/errors.ts';
import { isObject, objectAt } from '../core/json.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Cidr } from '../lib/cidr.ts';
import { id128 } from '../lib/hash.ts';
import { readYaml, validate, type YamlFile } from '../lib/yaml-file.ts';
import { calendarWindow } from './calendar-window.ts';
import { checkNames } from './check-names.ts';
import { cronWindow } from './cron-window.ts';
import type { Expectations, Role, Team } from './expectations.ts';
import {
  expectationsSchema,
  inIdCase,
  windowSchema,
  type ExpectationsConfig,
  type WindowConfig,
} from './expectations-schema.ts';
import { readLists } from './address-lists.ts';
import { compilePattern } from './pattern.ts';
import type { Window } from './window.ts';

/** Gives the text of a calendar or an address list; the path is as the file has it. The error says why it cannot be read. */
export type ReadCalendar = (path: string) => Result<string, string>;

/** expectations.yaml -> what is normal. All that is wrong with it is reported at once, with its place. */
export function parseExpectations(
  text: string,
  file: string,
  readCalendar: ReadCalendar,
): Result<Expectations, readonly Problem[]> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const config = validate(yaml.value, expectationsSchema);
  const windows = openWindows(yaml.value, readCalendar);
  const lists = readLists(yaml.value, readCalendar);
  const problems = [
    ...checkNames(yaml.value),
    ...(config.ok ? [] : config.error),
    ...windows.problems,
    ...lists.problems,
  ];
  if (!config.ok || problems.length > 0) return fail(problems.toSorted(byPlace));
  const files = new Map([...windows.calendars, ...lists.texts]);
  return ok({
    version: id128(text, ...[...files].flat()),
    calendars: [...files.keys()],
    suspicious: lists.lists,
    ...resolve(config.value, windows.opened),
  });
}

function byPlace(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column;
}

type Windows = ReadonlyMap<string, Window>;

interface OpenedWindows {
  readonly opened: Windows;
  /** By path: the text of those that were read. */
  readonly calendars: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

/** Opens what the schema accepts, whatever is wrong elsewhere in the file. */
function openWindows(yaml: YamlFile, readCalendar: ReadCalendar): OpenedWindows {
  const opened = new Map<string, Window>();
  const calendars = new Map<string, string>();
  const problems: Problem[] = [];
  const windows = objectAt(isObject(yaml.value) ? yaml.value : undefined, 'windows');
  for (const name of Object.keys(windows)) {
    const entry = windowSchema.safeParse(windows[name]);
    if (!entry.success) continue;
    const report: Report = (key, message) => void problems.push(yaml.problem(['windows', name, key], message));
    const window = openWindow(entry.data, report, readCalendar, calendars);
    if (window !== undefined) opened.set(name, window);
  }
  return { opened, calendars, problems };
}

type Report = (key: string, message: string) => undefined;

/** Notes the calendar that it reads. */
function openWindow(
  { cron, lasts, zone, ical }: WindowConfig,
  report: Report,
  readCalendar: ReadCalendar,
  calendars: Map<string, string>,
): Window | undefined {
  if (ical === undefined) {
    if (cron !== undefined && lasts !== undefined && zone !== undefined) return cronWindow(cron, lasts, zone);
    return report('cron', 'a window needs cron, lasts and zone, or ical');
  }
  if (cron !== undefined || lasts !== undefined) {
    return report('ical', 'a window is either cron with lasts, or ical: declare two');
  }
  const calendar = readCalendar(ical);
  if (!calendar.ok) return report('ical', `${ical}: ${calendar.error}`);
  calendars.set(ical, calendar.value);
  const window = calendarWindow(calendar.value, zone);
  if (window.ok) return window.value;
  for (const message of window.error) report('ical', `${ical}: ${message}`);
  return undefined;
}

function resolve(
  config: ExpectationsConfig,
  windows: Windows,
): Omit<Expectations, 'version' | 'calendars' | 'suspicious'> {
  const networks = new Map(Object.entries(config.networks ?? {}));
  const cidrsOf = (names: readonly string[]): readonly Cidr[] => names.flatMap((name) => networks.get(name) ?? []);
  return {
    environments: Object.entries(config.environments ?? {}).flatMap(([environment, patterns]) =>
      patterns.map((pattern) => ({ environment, covers: compilePattern(pattern) })),
    ),
    secrets: (config.secrets ?? []).map(({ match, owner, criticality, canary }) => ({
      covers: compilePattern(match),
      ...(owner === undefined ? {} : { owner }),
      ...(criticality === undefined ? {} : { criticality }),
      ...(canary === undefined ? {} : { canary }),
    })),
    teams: Object.entries(config.teams ?? {}).map(([name, { networks: own, roles }]): Team => ({
      name,
      ...(own === undefined ? {} : { networks: cidrsOf(own) }),
      roles: Object.entries(roles ?? {}).map(([role, entry]) => resolveRole(role, entry, windows)),
    })),
    people: new Map(
      Object.entries(config.people ?? {}).flatMap(([person, aliases]) =>
        aliases.map((alias) => [alias, inIdCase(person)]),
      ),
    ),
    ...(config.everyone === undefined ? {} : { everyone: cidrsOf(config.everyone.networks) }),
    placeholders: new Map(Object.entries(config.placeholders ?? {})),
  };
}

type TeamConfig = NonNullable<ExpectationsConfig['teams']>[string];
type RoleConfig = NonNullable<TeamConfig['roles']>[string];

function resolveRole(name: string, { members, environments, windows: named }: RoleConfig, windows: Windows): Role {
  return {
    name,
    members: members.map(compilePattern),
    ...(environments === undefined ? {} : { environments }),
    ...(named === undefined
      ? {}
      : { windows: named.map((window) => windows.get(window)).filter((window) => window !== undefined) }),
  };
}
