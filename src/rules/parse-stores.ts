import { STORES, type StoreCoverage } from '../core/rule.ts';
import type { Report } from './syntax.ts';
import { checkKeys, mapAt } from './yaml-read.ts';
import type { YamlMap } from './yaml-tree.ts';

/** `stores` of a rule, an extension: for each store `true`, or why the rule does not cover it. */
export function parseStores(document: YamlMap, report: Report): StoreCoverage | undefined {
  const map = mapAt(document, 'stores', report);
  if (map === undefined) return undefined;
  checkKeys(map, STORES, { report, what: '`stores`', severity: 'error' });
  const coverage: { -readonly [K in keyof StoreCoverage]: StoreCoverage[K] } = {};
  for (const store of STORES) {
    const node = map.entries.get(store)?.value;
    if (node === undefined) continue;
    if (node.kind === 'scalar' && node.value === true) coverage[store] = true;
    else if (node.kind === 'scalar' && typeof node.value === 'string' && node.value !== '') coverage[store] = node.value;
    else report(node.place, `\`${store}\` is true, or a text that says why the rule does not cover it`);
  }
  return coverage;
}
