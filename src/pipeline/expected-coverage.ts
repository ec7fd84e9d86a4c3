import { parseDuration } from '../lib/duration.ts';
import type { Canary } from './canary-watch.ts';
import type { Config } from './config.ts';
import type { CoverageOptions } from './coverage-watch.ts';

/** Which sources are devices of one cluster, and what each of them has to tell of now and then. */
export function expectedOf({ sources, clusters }: Config): Pick<CoverageOptions, 'clusters' | 'canaries'> {
  const canaries = Object.entries(clusters).flatMap(([name, { canary }]): readonly (readonly [string, Canary])[] =>
    canary === undefined
      ? []
      : [[name, { secret: canary.secret, everyMs: msOf(canary.every), withinMs: msOf(canary.within) }]],
  );
  return {
    clusters: Object.fromEntries(
      Object.entries(sources).flatMap(([name, source]) => (source.type === 'vault' ? [[name, source.cluster]] : [])),
    ),
    canaries: Object.fromEntries(canaries),
  };
}

function msOf(duration: string): number {
  return parseDuration(duration) ?? 0;
}
