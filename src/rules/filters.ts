import type { LogSource } from '../core/rule.ts';
import type { ParsedDetection } from './parse-detection.ts';
import { lookUp, type FileReport, type Registry, type RuleDocument } from './registry.ts';
import type { Expression } from './syntax.ts';

/** What a detection asks, with its filters. */
export interface Filtered {
  readonly expression: Expression;
  /** Without the filters of other files, where there are any. */
  readonly ownExpression?: Expression;
}

/** A detection with all filters that are for it. */
export type ApplyFilters = (document: RuleDocument, detection: ParsedDetection) => Filtered;

interface Applied {
  readonly file: string;
  readonly expression: Expression;
}

/**
 * A filtered detection asks for its own condition and for that of each filter. Source: pySigma; the specification's
 * example reads the other way round, though its text says that filters narrow what rules match.
 */
export function findFilters(documents: readonly RuleDocument[], registry: Registry, report: FileReport): ApplyFilters {
  const named = new Map<RuleDocument, Applied[]>();
  const general: (Applied & { readonly logsource: LogSource })[] = [];
  for (const document of documents) {
    if (document.rule?.kind !== 'filter' || !document.usable) continue;
    const { rules, logsource, expression } = document.rule.filter;
    const applied = { file: document.file, expression };
    if (rules === 'any') general.push({ ...applied, logsource });
    else {
      for (const rule of targetsOf(document, registry, report)) named.set(rule, [...(named.get(rule) ?? []), applied]);
    }
  }
  return (document, { expression, logsource }) => {
    const all = [...general.filter((filter) => contains(filter.logsource, logsource)), ...(named.get(document) ?? [])];
    const own = all.filter(({ file }) => file === document.file);
    const whole = narrow(expression, all);
    return own.length === all.length
      ? { expression: whole }
      : { expression: whole, ownExpression: narrow(expression, own) };
  };
}

function narrow(expression: Expression, filters: readonly Applied[]): Expression {
  if (filters.length === 0) return expression;
  return { kind: 'all', terms: [expression, ...filters.map((filter) => filter.expression)] };
}

/** The detections that a filter names and is for; what it names in vain is told. */
function targetsOf(document: RuleDocument, registry: Registry, report: FileReport): readonly RuleDocument[] {
  if (document.rule?.kind !== 'filter') return [];
  const { rules, logsource } = document.rule.filter;
  if (rules === 'any') return [];
  return [...new Set(rules)].flatMap(({ text, place }) => {
    const warn = (message: string): readonly RuleDocument[] => {
      report(document.file, place, message, 'warning');
      return [];
    };
    const found = lookUp(document, text, registry);
    if (found.length === 0) return warn(`there is no rule \`${text}\`, neither by name nor by id: nothing is filtered`);
    return found.flatMap((target) => {
      if (target.rule === undefined) return [];
      if (target.rule.kind !== 'detection') return warn(`\`${text}\` is no detection: filter what it counts`);
      const isMeant = contains(logsource, target.rule.detection.logsource);
      return isMeant
        ? [target]
        : warn(`\`${text}\` has a logsource that is not within the filter's: it is not filtered`);
    });
  });
}

/** What the outer one says the inner one says too. */
function contains(outer: LogSource, inner: LogSource): boolean {
  return (['category', 'product', 'service'] as const).every(
    (part) => outer[part] === undefined || outer[part].toLowerCase() === inner[part]?.toLowerCase(),
  );
}
