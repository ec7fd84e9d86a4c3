import type { Problem } from '../core/errors.ts';
import type { Correlation, RuleMeta } from '../core/rule.ts';
import type { ParsedCorrelation, Reference } from './parse-correlation.ts';
import type { ParsedDocument } from './parse-document.ts';
import type { Detection, Place, RuleTests } from './syntax.ts';

export interface RuleDocument extends ParsedDocument {
  /** There is no error in its file. */
  readonly usable: boolean;
}

/** A rule of an earlier folder that does not count, because a later one has its id. */
export interface Replacement {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly by: { readonly file: string; readonly line: number };
}

export interface ResolvedRules {
  readonly correlations: readonly Correlation[];
  readonly detections: readonly Detection[];
  readonly tests: readonly RuleTests[];
  readonly replacements: readonly Replacement[];
}

export interface FileReport {
  (file: string, place: Place, message: string, severity?: Problem['severity']): void;
}

/** Puts the documents of all files together: ids, names and keys, who counts whom, and who raises alerts. */
export function resolveRules(documents: readonly RuleDocument[], report: FileReport): ResolvedRules {
  const registry = register(documents, report);
  const bases = new Map<RuleDocument, Bases>();
  for (const document of documents) {
    if (document.rule?.kind === 'correlation')
      bases.set(document, findBases(document, document.rule.correlation, registry, report));
  }
  const named = new Set([...bases.values()].flatMap(({ rules, knownBy }) => [...rules, ...knownBy]));
  const live = documents.filter((document) => !registry.replacedBy.has(document));
  const alerting = live.filter((document) => document.usable && !named.has(document));
  const keys = keysOf(live, alerting, report);
  return {
    ...assemble(alerting, bases, keys),
    tests: testsOf(live, alerting, keys, report),
    replacements: registry.replacements,
  };
}

interface Bases {
  readonly rules: readonly RuleDocument[];
  readonly knownBy: readonly RuleDocument[];
}

interface Registry {
  readonly documents: readonly RuleDocument[];
  readonly byId: ReadonlyMap<string, RuleDocument>;
  readonly replacedBy: ReadonlyMap<RuleDocument, RuleDocument>;
  readonly replacements: readonly Replacement[];
}

function register(documents: readonly RuleDocument[], report: FileReport): Registry {
  const byId = new Map<string, RuleDocument>();
  const replacedBy = new Map<RuleDocument, RuleDocument>();
  const replacements: Replacement[] = [];
  for (const document of documents) {
    const { id, line } = document.meta;
    const earlier = id === undefined ? undefined : byId.get(id);
    if (id === undefined) continue;
    if (earlier !== undefined && earlier.folder === document.folder) {
      report(document.file, document.place, `the id ${id} is already that of ${placeOf(earlier)}`);
      replacedBy.set(document, earlier);
      continue;
    }
    byId.set(id, document);
    if (earlier === undefined) continue;
    replacedBy.set(earlier, document);
    replacements.push({ id, file: earlier.file, line: earlier.meta.line, by: { file: document.file, line } });
  }
  for (const [document, first] of namesakes(documents)) {
    report(
      document.file,
      document.place,
      `the name \`${first.meta.name ?? ''}\` is already that of line ${first.meta.line}`,
    );
    replacedBy.set(document, first);
  }
  return { documents, byId, replacedBy, replacements };
}

/** Within a file a name is one rule's: those that come too late, with the first. */
function namesakes(documents: readonly RuleDocument[]): ReadonlyMap<RuleDocument, RuleDocument> {
  const first = new Map<string, RuleDocument>();
  const later = new Map<RuleDocument, RuleDocument>();
  for (const document of documents) {
    const { meta, fileIndex } = document;
    if (meta.name === undefined) continue;
    const key = `${fileIndex} ${meta.name}`;
    const known = first.get(key);
    if (known === undefined) first.set(key, document);
    else later.set(document, known);
  }
  return later;
}

function findBases(
  document: RuleDocument,
  correlation: ParsedCorrelation,
  registry: Registry,
  report: FileReport,
): Bases {
  const find = (references: readonly Reference[]): readonly RuleDocument[] =>
    references.flatMap((reference) => findBase(document, reference, registry, report) ?? []);
  return { rules: find(correlation.rules), knownBy: find(correlation.knownBy) };
}

/** A name is looked up in its own file first, then over all files, also as an id. */
function findBase(
  document: RuleDocument,
  { text, place }: Reference,
  registry: Registry,
  report: FileReport,
): RuleDocument | undefined {
  const found = lookUp(document, text, registry);
  const [first, second] = found;
  if (first === undefined) {
    report(document.file, place, `there is no rule \`${text}\`, neither by name nor by id`);
  } else if (second !== undefined) {
    report(
      document.file,
      place,
      `\`${text}\` is the name of several rules: ${found.map(placeOf).join(', ')}; use an id`,
    );
  } else if (first === document) {
    report(document.file, place, 'a correlation can not count itself');
  } else if (first.rule?.kind === 'correlation') {
    report(document.file, place, `not supported: a correlation over a correlation (\`${text}\`)`);
  }
  return first;
}

function lookUp(document: RuleDocument, text: string, registry: Registry): readonly RuleDocument[] {
  const current = (found: RuleDocument): RuleDocument => {
    const newer = registry.replacedBy.get(found);
    return newer === undefined ? found : current(newer);
  };
  const matching = registry.documents.filter(({ meta }) => meta.name === text || meta.id === text);
  const own = matching.find(({ fileIndex }) => fileIndex === document.fileIndex);
  if (own !== undefined) return [current(own)];
  const byId = registry.byId.get(text);
  return byId === undefined ? [...new Set(matching.map(current))] : [byId];
}

function placeOf({ file, meta }: RuleDocument): string {
  return `${file}:${meta.line}`;
}

/** The rule's id; with only a name, that name under the id of its file's alerting rule. */
function keysOf(
  documents: readonly RuleDocument[],
  alerting: readonly RuleDocument[],
  report: FileReport,
): ReadonlyMap<RuleDocument, string> {
  const keys = new Map<RuleDocument, string>();
  const owners = new Map<number, string>();
  for (const { fileIndex, meta } of [...alerting, ...documents]) {
    if (meta.id !== undefined && !owners.has(fileIndex)) owners.set(fileIndex, meta.id);
  }
  const isAlerting = new Set(alerting);
  for (const document of documents) {
    const { id, name } = document.meta;
    const owner = owners.get(document.fileIndex);
    if (id !== undefined) keys.set(document, id);
    else if (!document.usable) continue;
    else if (isAlerting.has(document)) report(document.file, document.place, whyId(name));
    else if (owner === undefined)
      report(document.file, document.place, 'a rule that only other files use needs an `id`');
    else keys.set(document, `${owner}/${name ?? ''}`);
  }
  return keys;
}

function whyId(name: string | undefined): string {
  if (name === undefined) return 'a rule that raises alerts needs an `id` (a UUID), by which they are known';
  return `no correlation counts \`${name}\`, so it raises alerts itself and needs an \`id\` (a UUID)`;
}

type Keys = ReadonlyMap<RuleDocument, string>;

function assemble(
  alerting: readonly RuleDocument[],
  bases: ReadonlyMap<RuleDocument, Bases>,
  keys: Keys,
): { readonly correlations: readonly Correlation[]; readonly detections: readonly Detection[] } {
  const correlations: Correlation[] = [];
  const detections = new Map<string, Detection>();
  const count = (documents: readonly RuleDocument[]): readonly string[] | undefined => {
    const counted = documents.map((document) => detectionOf(document, keys));
    if (!counted.every((detection) => detection !== undefined)) return undefined;
    for (const detection of counted) detections.set(detection.meta.key, detection);
    return counted.map(({ meta }) => meta.key);
  };
  for (const document of alerting) {
    const meta = metaOf(document, keys);
    const { rule } = document;
    if (meta === undefined || rule === undefined) continue;
    const named = bases.get(document);
    const rules = count(named?.rules ?? [document]);
    const knownBy = count(named?.knownBy ?? []);
    if (rules === undefined || rules.length === 0 || knownBy === undefined) continue;
    if (rule.kind === 'detection') correlations.push(standingAlone(meta));
    else if (knownBy.length === rule.correlation.knownBy.length) {
      correlations.push({ ...rule.correlation, meta, rules, knownBy, absentIsValue: false });
    }
  }
  return { correlations, detections: [...detections.values()] };
}

const HOUR_MS = 3_600_000;

/** A thousand reads are one alert that grows. */
function standingAlone(meta: RuleMeta): Correlation {
  return {
    meta,
    type: 'event_count',
    rules: [meta.key],
    knownBy: [],
    groupBy: ['whosaw.actor.id', 'whosaw.secret.id'],
    absentIsValue: true,
    timespanMs: HOUR_MS,
    condition: { gte: 1 },
  };
}

function detectionOf(document: RuleDocument, keys: Keys): Detection | undefined {
  const meta = metaOf(document, keys);
  if (meta === undefined || !document.usable || document.rule?.kind !== 'detection') return undefined;
  return { meta, ...document.rule.detection };
}

function metaOf(document: RuleDocument, keys: Keys): RuleMeta | undefined {
  const key = keys.get(document);
  return key === undefined ? undefined : { key, ...document.meta };
}

function testsOf(
  documents: readonly RuleDocument[],
  alerting: readonly RuleDocument[],
  keys: Keys,
  report: FileReport,
): readonly RuleTests[] {
  const isAlerting = new Set(alerting);
  return documents.flatMap((document) => {
    const { tests: cases, meta, file, place } = document;
    const rule = keys.get(document);
    if (cases.length === 0 || rule === undefined || !document.usable) return [];
    if (!isAlerting.has(document))
      report(file, place, 'these tests never run: the rule raises no alerts itself', 'warning');
    return isAlerting.has(document) ? [{ rule, title: meta.title, file, cases }] : [];
  });
}
