import type { Correlation } from '../core/rule.ts';
import type { CompiledRules } from '../rules/rule-set.ts';
import { id128 } from '../lib/hash.ts';

/** By the key of a correlation: changes with everything that decides what it counts, filters and lists as well. */
export type Fingerprints = ReadonlyMap<string, string>;

export function fingerprintsOf({ correlations, detections }: CompiledRules): Fingerprints {
  const meaningOf = new Map(
    detections.map(({ key, logsource, expression }) => [key, JSON.stringify([logsource, expression], meaningOnly)]),
  );
  const byKey = new Map(correlations.map((rule) => [rule.meta.key, rule]));
  const known = new Map<string, string>();
  const fingerprintOf = (rule: Correlation): string => {
    const { meta, quiet: _, ...meaning } = rule;
    const bases = [...rule.rules, ...rule.knownBy].map((key) => {
      const below = rule.chained?.includes(key) === true ? byKey.get(key) : undefined;
      return below === undefined ? (meaningOf.get(key) ?? '') : (known.get(key) ?? fingerprintOf(below));
    });
    const fingerprint = id128('rule', JSON.stringify(meaning), ...bases);
    known.set(meta.key, fingerprint);
    return fingerprint;
  };
  return new Map(correlations.map((rule) => [rule.meta.key, fingerprintOf(rule)]));
}

/** Addresses are big numbers, which JSON has not; a line means the same wherever it stands in its file. */
function meaningOnly(key: string, value: unknown): unknown {
  if (key === 'place') return undefined;
  return typeof value === 'bigint' ? String(value) : value;
}
