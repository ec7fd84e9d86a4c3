import type { SourceConfig } from './source-config.ts';

export interface SourceProblem {
  readonly path: readonly string[];
  readonly message: string;
}

type Sources = Readonly<Record<string, SourceConfig>>;

/** What no single source shows: addresses that two of them want. */
export function sourceProblems(sources: Sources): readonly SourceProblem[] {
  return Object.entries(sources).flatMap(([name, source]) =>
    sharedProblems(name, source, sources).map((message) => ({
      path: ['sources', name],
      message: `sources.${name}: ${message}`,
    })),
  );
}

/** Several sources may be posted to at one address; the path tells them apart. */
function sharedProblems(name: string, { listen, tls }: SourceConfig, sources: Sources): readonly string[] {
  if (listen === undefined) return [];
  const others = Object.entries(sources).filter(([other, source]) => other < name && source.listen === listen);
  const [first] = others;
  if (first === undefined) return [];
  if (!/^https?:/.test(listen)) return [`${listen} is where sources.${first[0]} listens already`];
  return JSON.stringify(first[1].tls) === JSON.stringify(tls)
    ? []
    : [`tls must be as in sources.${first[0]}, at the same address`];
}

/** Sockets lose what is sent while nobody listens: names of those whose cluster has no file to heal them from. */
export function unhealedSources(sources: Sources): readonly string[] {
  const filed = new Set(
    Object.values(sources).flatMap((source) =>
      source.type === 'vault' && source.file !== undefined ? [source.cluster] : [],
    ),
  );
  return Object.entries(sources).flatMap(([name, source]) =>
    source.type === 'vault' && source.listen !== undefined && !filed.has(source.cluster) ? [name] : [],
  );
}
