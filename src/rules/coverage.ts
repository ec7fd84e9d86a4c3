import { STORES, type Correlation, type Level, type StoreCoverage, type StoreName } from '../core/rule.ts';

/** What one rule detects, and where. */
export interface RuleCoverage {
  readonly id: string;
  readonly title: string;
  readonly level: Level;
  /** The last two parts of its path: `harvesting/many-secrets`. */
  readonly name: string;
  /** For each store: true, why not, or absent where the rule does not say. */
  readonly stores: StoreCoverage;
  /** MITRE ATT&CK: `T1555.006`. */
  readonly techniques: readonly string[];
  /** `credential-access` */
  readonly tactics: readonly string[];
}

/** How many rules detect a technique in each store. */
export interface TechniqueCoverage {
  readonly technique: string;
  readonly rules: number;
  readonly stores: Readonly<Record<StoreName, number>>;
}

export interface Coverage {
  readonly rules: readonly RuleCoverage[];
  /** By id. */
  readonly techniques: readonly TechniqueCoverage[];
}

/** Rules x stores x ATT&CK, of the rules that raise alerts. */
export function coverageOf(correlations: readonly Correlation[]): Coverage {
  const rules = correlations.filter(({ isSilent }) => isSilent !== true).map(ruleCoverage);
  const techniques = [...new Set(rules.flatMap((rule) => rule.techniques))].toSorted();
  return { rules, techniques: techniques.map((technique) => techniqueCoverage(technique, rules)) };
}

function ruleCoverage({ meta: { key, title, level, file, stores, tags } }: Correlation): RuleCoverage {
  return {
    id: key,
    title,
    level,
    name: file.replaceAll('\\', '/').split('/').slice(-2).join('/').replace(/\.yml$/, ''),
    stores: stores ?? {},
    techniques: tags.flatMap((tag) => TECHNIQUE.exec(tag)?.[1]?.toUpperCase() ?? []),
    tactics: tags.flatMap((tag) => TACTIC.exec(tag)?.[1] ?? []),
  };
}

/** Source: the tags of the Sigma specification, namespace `attack`. */
const TECHNIQUE = /^attack\.(t\d{4}(?:\.\d{3})?)$/i;
const TACTIC = /^attack\.([a-z]+(?:[-_][a-z]+)*)$/;

function techniqueCoverage(technique: string, rules: readonly RuleCoverage[]): TechniqueCoverage {
  const found = rules.filter(({ techniques }) => techniques.includes(technique));
  const inStore = (store: StoreName): number => found.filter(({ stores }) => stores[store] === true).length;
  return {
    technique,
    rules: found.length,
    stores: { vault: inStore('vault'), aws: inStore('aws'), azure: inStore('azure') },
  };
}

/** Rules that say why they leave a store out. */
export function reasonsOf({ stores }: RuleCoverage): readonly (readonly [StoreName, string])[] {
  return STORES.flatMap((store): readonly (readonly [StoreName, string])[] => {
    const said = stores[store];
    return typeof said === 'string' ? [[store, said]] : [];
  });
}
