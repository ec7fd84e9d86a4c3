import type { CompiledRules } from '../rules/rule-set.ts';
import { id128 } from '../lib/hash.ts';

/** By the key of a correlation: changes with everything that decides what it counts, filters and lists as well. */
export type Fingerprints = ReadonlyMap<string, string>;

export function fingerprintsOf({ correlations, detections }: CompiledRules): Fingerprints {
  const meaningOf = new Map(
    detections.map(({ key, logsource, expression }) => [key, JSON.stringify([logsource, expression], bigAsText)]),
  );
  return new Map(
    correlations.map((rule) => {
      const { meta, ...meaning } = rule;
      const bases = [...rule.rules, ...rule.knownBy].map((key) => meaningOf.get(key) ?? '');
      return [meta.key, id128('rule', JSON.stringify(meaning), ...bases)];
    }),
  );
}

/** Addresses are big numbers, which JSON has not. */
function bigAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
