import type { Problem } from '../core/errors.ts';
import { isObject, objectAt, type JsonObject } from '../core/json.ts';
import { nearest } from '../lib/nearest.ts';
import type { Path, YamlFile } from '../lib/yaml-file.ts';
import { inIdCase } from './expectations-schema.ts';

/** What a schema cannot see: names that are not declared, and people that claim one identity. Any YAML will do. */
export function checkNames(yaml: YamlFile): readonly Problem[] {
  const root = isObject(yaml.value) ? yaml.value : {};
  return [...checkDeclared(yaml, root), ...checkUses(yaml, root), ...checkPeople(yaml, root)];
}

const SECTIONS = ['environments', 'networks', 'suspicious', 'windows', 'teams'] as const;

/** Begins with a letter: names that are numbers would lose the order of the file. */
const NAME = /^[A-Za-z][\w.-]{0,63}$/;

function checkDeclared(yaml: YamlFile, root: JsonObject): readonly Problem[] {
  const declared: Path[] = SECTIONS.flatMap((section) =>
    Object.keys(objectAt(root, section)).map((name) => [section, name]),
  );
  const roles: Path[] = teamsOf(root).flatMap(([team, config]) =>
    Object.keys(objectAt(config, 'roles')).map((role) => ['teams', team, 'roles', role]),
  );
  return [...declared, ...roles]
    .filter((path) => !NAME.test(String(path.at(-1))))
    .map((path) => yaml.problem(path, `"${String(path.at(-1))}" is no name: use letters, digits, - _ and .`, 'key'));
}

function checkUses(yaml: YamlFile, root: JsonObject): readonly Problem[] {
  const use = (section: (typeof SECTIONS)[number], parent: JsonObject | undefined, path: Path): readonly Problem[] =>
    checkList(yaml, Object.keys(objectAt(root, section)), section, parent, path);
  return [
    ...use('networks', objectAt(root, 'everyone'), ['everyone']),
    ...teamsOf(root).flatMap(([team, config]) => [
      ...use('networks', config, ['teams', team]),
      ...Object.keys(objectAt(config, 'roles')).flatMap((role) => {
        const roleConfig = objectAt(objectAt(config, 'roles'), role);
        const path = ['teams', team, 'roles', role];
        return [...use('environments', roleConfig, path), ...use('windows', roleConfig, path)];
      }),
    ]),
  ];
}

function checkList(
  yaml: YamlFile,
  declared: readonly string[],
  section: string,
  parent: JsonObject | undefined,
  path: Path,
): readonly Problem[] {
  const names = parent?.[section];
  if (!Array.isArray(names)) return [];
  return names.flatMap((name: unknown, index) => {
    if (typeof name !== 'string' || declared.includes(name)) return [];
    const meant = nearest(name, declared);
    const hint = meant === undefined ? `declare it under ${section}` : `did you mean "${meant}"?`;
    return [yaml.problem([...path, section, index], `"${name}" is not declared; ${hint}`)];
  });
}

function teamsOf(root: JsonObject): readonly (readonly [string, JsonObject])[] {
  const teams = objectAt(root, 'teams');
  return Object.keys(teams).map((name) => [name, objectAt(teams, name)]);
}

const PERSON = /^person:[^\s@/*]+@[^\s@/*]+$/;

function checkPeople(yaml: YamlFile, root: JsonObject): readonly Problem[] {
  const people = objectAt(root, 'people');
  const names = Object.keys(people);
  const persons = new Set(names.map(inIdCase));
  const claims = new Map<string, string>();
  const problems = names
    .filter((name) => !PERSON.test(name))
    .map((name) => yaml.problem(['people', name], `"${name}" is no person: write person:<email>`, 'key'));
  for (const name of names) {
    const aliases = people[name];
    if (!Array.isArray(aliases)) continue;
    for (const [index, alias] of aliases.entries()) {
      const wrong =
        typeof alias === 'string' ? claimProblem(inIdCase(alias), inIdCase(name), persons, claims) : undefined;
      if (wrong !== undefined) problems.push(yaml.problem(['people', name, index], wrong));
    }
  }
  return problems;
}

/** Notes the claim. */
function claimProblem(
  alias: string,
  person: string,
  persons: ReadonlySet<string>,
  claims: Map<string, string>,
): string | undefined {
  if (alias !== person && persons.has(alias)) return `"${alias}" is itself a person here`;
  const other = claims.get(alias);
  claims.set(alias, other ?? person);
  return other === undefined || other === person ? undefined : `"${alias}" is claimed by ${other} already`;
}
