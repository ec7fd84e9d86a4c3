import type { Correlation, RuleMeta } from '../core/rule.ts';
import { findFilters, type ApplyFilters } from './filters.ts';
import { findAllBases, type Bases, type BasesOf } from './find-bases.ts';
import { register, type FileReport, type Replacement, type RuleDocument } from './registry.ts';
import { keysOf, metaOf, placeKeysOf, type Keys } from './rule-keys.ts';
import type { Detection, RuleTests } from './syntax.ts';

export interface ResolvedRules {
  readonly correlations: readonly Correlation[];
  readonly detections: readonly Detection[];
  readonly tests: readonly RuleTests[];
  readonly replacements: readonly Replacement[];
}

export interface ResolveOptions {
  /** Rules need no ids, because nobody keeps their alerts. */
  readonly idsAreOptional: boolean;
}

/** Puts the documents of all files together: ids, names and keys, who counts whom, and who raises alerts. */
export function resolveRules(
  documents: readonly RuleDocument[],
  { idsAreOptional }: ResolveOptions,
  report: FileReport,
): ResolvedRules {
  const registry = register(documents, report);
  const bases = findAllBases(documents, registry, report);
  const live = documents.filter((document) => !registry.replacedBy.has(document));
  const rules = live.filter(({ rule }) => rule?.kind !== 'filter');
  const alerting = alertingOf(rules, bases);
  const keys = idsAreOptional ? placeKeysOf(rules) : keysOf(rules, alerting, report);
  const assembly = new Assembly({ bases, keys, alerting, filter: findFilters(live, registry, report) });
  for (const document of alerting) assembly.add(document);
  return {
    correlations: assembly.correlations,
    detections: [...assembly.detections.values()],
    tests: testsOf(rules, alerting, keys, report),
    replacements: registry.replacements,
  };
}

/** What nobody counts, and what is to alert although somebody does. */
function alertingOf(rules: readonly RuleDocument[], bases: BasesOf): readonly RuleDocument[] {
  const named = new Set([...bases.values()].flatMap(({ rules: counted, knownBy }) => [...counted, ...knownBy]));
  const generated = new Set(
    rules.flatMap((document) => {
      const generates = document.rule?.kind === 'correlation' && document.rule.correlation.generate;
      return generates ? (bases.get(document)?.rules ?? []) : [];
    }),
  );
  return rules.filter((document) => document.usable && (!named.has(document) || generated.has(document)));
}

interface Parts {
  readonly bases: BasesOf;
  readonly keys: Keys;
  readonly alerting: readonly RuleDocument[];
  readonly filter: ApplyFilters;
}

/** Puts together what alerts, and what that counts. */
class Assembly {
  readonly correlations: Correlation[] = [];
  readonly detections = new Map<string, Detection>();
  readonly #parts: Parts;
  readonly #alerting: ReadonlySet<RuleDocument>;
  /** False for those that can't be used. */
  readonly #added = new Map<RuleDocument, boolean>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#alerting = new Set(parts.alerting);
  }

  add(document: RuleDocument): void {
    if (document.rule?.kind === 'correlation') this.#addCorrelation(document);
    else if (document.rule?.kind === 'detection') {
      const meta = this.#metaOf(document);
      if (meta !== undefined && this.#addDetection(document)) this.correlations.push(standingAlone(meta));
    }
  }

  #metaOf(document: RuleDocument): RuleMeta | undefined {
    return document.usable ? metaOf(document, this.#parts.keys) : undefined;
  }

  #addDetection(document: RuleDocument): boolean {
    const meta = this.#metaOf(document);
    if (meta === undefined || document.rule?.kind !== 'detection') return false;
    const { detection } = document.rule;
    if (!this.detections.has(meta.key)) {
      this.detections.set(meta.key, { meta, ...detection, ...this.#parts.filter(document, detection) });
    }
    return true;
  }

  /** With all that it counts. */
  #addCorrelation(document: RuleDocument): boolean {
    const known = this.#added.get(document);
    if (known !== undefined) return known;
    this.#added.set(document, false);
    const correlation = this.#correlationOf(document);
    if (correlation !== undefined) this.correlations.push(correlation);
    this.#added.set(document, correlation !== undefined);
    return correlation !== undefined;
  }

  #correlationOf(document: RuleDocument): Correlation | undefined {
    const meta = this.#metaOf(document);
    const bases = this.#parts.bases.get(document);
    if (meta === undefined || bases === undefined || document.rule?.kind !== 'correlation') return undefined;
    const { aliases, generate: _, ...parsed } = document.rule.correlation;
    const rules = this.#count(bases.rules);
    const knownBy = this.#count(bases.knownBy);
    if (rules === undefined || rules.length === 0 || knownBy?.length !== parsed.knownBy.length) return undefined;
    const chained = bases.rules.flatMap((base) => (base.rule?.kind === 'correlation' ? [this.#keyOf(base)] : []));
    return {
      ...parsed,
      meta,
      rules,
      knownBy,
      absentIsValue: false,
      ...(aliases.length === 0 ? {} : { groupFields: groupFieldsOf(parsed.groupBy, bases) }),
      ...(chained.length === 0 ? {} : { chained }),
      ...(this.#alerting.has(document) ? {} : { isSilent: true }),
    };
  }

  /** Their keys; undefined where one of them can't be used. */
  #count(documents: readonly RuleDocument[]): readonly string[] | undefined {
    const usable = documents.map((base) =>
      base.rule?.kind === 'correlation' ? this.#addCorrelation(base) : this.#addDetection(base),
    );
    return usable.includes(false) ? undefined : documents.map((base) => this.#keyOf(base));
  }

  #keyOf(document: RuleDocument): string {
    return this.#parts.keys.get(document) ?? '';
  }
}

function groupFieldsOf(groupBy: readonly string[], { aliases }: Bases): readonly (readonly string[])[] {
  return aliases.map((fields) => groupBy.map((name) => fields.get(name) ?? name));
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
