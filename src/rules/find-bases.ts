import { isBucketed } from '../core/rule.ts';
import type { Alias, ParsedCorrelation, Reference } from './parse-correlation.ts';
import { lookUp, placeOf, type FileReport, type Registry, type RuleDocument } from './registry.ts';

/** What a correlation counts. */
export interface Bases {
  readonly rules: readonly RuleDocument[];
  readonly knownBy: readonly RuleDocument[];
  /** For each of `rules`: the fields that stand for names of group-by. */
  readonly aliases: readonly ReadonlyMap<string, string>[];
}

export type BasesOf = ReadonlyMap<RuleDocument, Bases>;

/** The bases of all correlations. Those that count each other in a circle are left out; it says so. */
export function findAllBases(documents: readonly RuleDocument[], registry: Registry, report: FileReport): BasesOf {
  const bases = new Map<RuleDocument, Bases>();
  for (const document of documents) {
    if (document.rule?.kind !== 'correlation') continue;
    bases.set(document, findBases(document, document.rule.correlation, registry, report));
  }
  refuseChains(bases, report);
  return bases;
}

function refuseChains(bases: Map<RuleDocument, Bases>, report: FileReport): void {
  const below = new Map(
    Array.from(bases, ([document, { rules }]) => [document, rules.filter((base) => bases.has(base))]),
  );
  const above = new Map(Array.from(bases.keys(), (document): [RuleDocument, RuleDocument[]] => [document, []]));
  for (const [document, rules] of below) for (const base of rules) above.get(base)?.push(document);
  const refuse = (document: RuleDocument, message: string): void => {
    bases.delete(document);
    report(document.file, document.place, message);
  };
  const turning = circles(below, above);
  for (const document of turning) refuse(document, 'this correlation counts itself, by way of others');
  if (turning.length > 0) return;
  for (const [document, { ways, length }] of chainsFrom(above)) {
    if (length > CHAIN_LIMIT) refuse(document, `correlations count each other over more than ${CHAIN_LIMIT} levels`);
    else if (ways > WAYS_LIMIT) refuse(document, `correlations count this one in more than ${WAYS_LIMIT} ways`);
  }
}

function findBases(
  document: RuleDocument,
  correlation: ParsedCorrelation,
  registry: Registry,
  report: FileReport,
): Bases {
  const find = (references: readonly Reference[]): readonly RuleDocument[] => [
    ...new Set(references.flatMap((reference) => findBase(document, reference, registry, report) ?? [])),
  ];
  const rules = find(correlation.rules);
  const knownBy = find(correlation.knownBy);
  const { type } = correlation;
  const below = [...rules, ...knownBy].flatMap(({ rule }) => (rule?.kind === 'correlation' ? [rule.correlation] : []));
  if ((type === 'first_seen' || isBucketed(type)) && below.length > 0)
    report(document.file, document.place, `\`${type}\` counts detections only, no correlations`);
  for (const { type: other } of below.filter((one) => isBucketed(one.type)))
    report(document.file, document.place, `correlations of type \`${other}\` can not be counted`);
  return { rules, knownBy, aliases: aliasesOf(document, correlation.aliases, rules, report) };
}

function findBase(
  document: RuleDocument,
  { text, place }: Reference,
  registry: Registry,
  report: FileReport,
): RuleDocument | undefined {
  const found = lookUp(document, text, registry);
  const [first, second] = found;
  const refuse = (message: string): void => report(document.file, place, message);
  if (first === undefined) refuse(`there is no rule \`${text}\`, neither by name nor by id`);
  else if (second !== undefined)
    refuse(`\`${text}\` is the name of several rules: ${found.map(placeOf).join(', ')}; use an id`);
  else if (first === document) refuse('a correlation can not count itself');
  else if (first.rule?.kind === 'filter') refuse(`\`${text}\` is a filter, which can not be counted`);
  return first === document ? undefined : first;
}

function aliasesOf(
  document: RuleDocument,
  aliases: readonly Alias[],
  rules: readonly RuleDocument[],
  report: FileReport,
): Bases['aliases'] {
  const maps = rules.map(() => new Map<string, string>());
  for (const { name, rule, field } of aliases) {
    const map = maps[rules.findIndex(({ meta }) => meta.name === rule.text || meta.id === rule.text)];
    if (map === undefined) report(document.file, rule.place, `\`${rule.text}\` is none of the correlation's \`rules\``);
    else map.set(name, field);
  }
  return maps;
}

/** Longer chains, and more of them above one correlation, are nobody's intention. */
const CHAIN_LIMIT = 16;
const WAYS_LIMIT = 256;

/** Correlations that are, by way of what they count, above themselves. */
function circles(below: Graph, above: Graph): readonly RuleDocument[] {
  const isUnder = leftOver(below, above);
  const isOver = leftOver(above, below);
  return Array.from(below.keys()).filter((document) => isUnder.has(document) && isOver.has(document));
}

type Graph = ReadonlyMap<RuleDocument, readonly RuleDocument[]>;

/** What is left when everything is taken away that leads nowhere any more. */
function leftOver(leads: Graph, back: Graph): ReadonlySet<RuleDocument> {
  const left = new Map(Array.from(leads, ([document, targets]) => [document, targets.length]));
  const ends = Array.from(left.keys()).filter((document) => left.get(document) === 0);
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    left.delete(end);
    for (const document of back.get(end) ?? []) {
      const count = (left.get(document) ?? 0) - 1;
      left.set(document, count);
      if (count === 0) ends.push(document);
    }
  }
  return new Set(left.keys());
}

/** How many chains go up from each, and how long the longest is. Only for graphs without circles. */
function chainsFrom(above: Graph): ReadonlyMap<RuleDocument, { readonly ways: number; readonly length: number }> {
  const chains = new Map<RuleDocument, { readonly ways: number; readonly length: number }>();
  const visit = (document: RuleDocument): { readonly ways: number; readonly length: number } => {
    const known = chains.get(document);
    if (known !== undefined) return known;
    const next = (above.get(document) ?? []).map(visit);
    const found = {
      ways: next.reduce((sum, { ways }) => sum + ways, Math.max(1, next.length)),
      length: 1 + Math.max(0, ...next.map(({ length }) => length)),
    };
    chains.set(document, found);
    return found;
  };
  for (const document of above.keys()) visit(document);
  return chains;
}
