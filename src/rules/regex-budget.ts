import type { Report } from './syntax.ts';
import { listOf } from './yaml-read.ts';
import type { YamlNode } from './yaml-tree.ts';

/** About what compiles within a second. */
const BUDGET = 500_000;

/**
 * Whether the regular expressions of a file can be compiled in reasonable time: they always run in linear time, but each
 * has to be compiled, and a repetition is compiled as often as it repeats. Says so where they can not.
 */
export function fitsRegexes(nodes: readonly YamlNode[], report: Report): boolean {
  let left = BUDGET;
  const visit = (node: YamlNode): boolean => {
    if (node.kind === 'list') return node.items.every(visit);
    if (node.kind === 'scalar') return true;
    for (const { key, place, value } of node.entries.values()) {
      if (!key.split('|').includes('re')) {
        if (!visit(value)) return false;
        continue;
      }
      for (const item of listOf(value)) left -= item.kind === 'scalar' ? costOf(item.text) : 0;
      if (left >= 0) continue;
      report(place, 'the regular expressions of this file are too large together; split it, or repeat less');
      return false;
    }
    return true;
  };
  return nodes.every(visit);
}

/** Characters, as often as the longest repetition repeats. */
function costOf(source: string): number {
  const repeats = Array.from(source.matchAll(/\{(\d{1,4})?,?(\d{1,4})?\}/g), ([, least, most]) =>
    Number(most ?? least ?? 1),
  );
  return source.length * repeats.reduce((largest, repeat) => Math.max(largest, repeat), 1);
}
