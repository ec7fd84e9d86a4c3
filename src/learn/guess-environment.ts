/** What a secret's id says of its environment, by the words that people use for environments. */
export interface EnvironmentGuess {
  /** In one word for its synonyms: rules know `production`, `staging`, `development` and `test`. */
  readonly environment: string;
  /** Over secret ids: covers this one, and what lies beside it. */
  readonly pattern: string;
}

/**
 * Looks for a whole segment first (`secret/prod/db`), the outermost one, and then for the first or last word of a
 * segment (`payments-prod`, `prod-db`). The last segment of a Vault or AWS id is the secret's own name: there only the
 * word counts, because a secret may be called `test`.
 */
export function guessEnvironment(id: string): EnvironmentGuess | undefined {
  const [, store, rest = ''] = /^(vault|aws|azure):(.+)$/s.exec(id) ?? [];
  if (store === undefined || id.includes('*')) return undefined;
  const segments = rest.split('/');
  const first = FIRST_SEGMENT[store] ?? 0;
  const end = store === 'azure' ? 1 : segments.length;
  for (let at = first; at < end; at++) {
    const environment = at < segments.length - 1 ? WORDS.get((segments[at] ?? '').toLowerCase()) : undefined;
    if (environment !== undefined) return { environment, pattern: patternOf(store, segments, at, segments[at] ?? '') };
  }
  for (let at = first; at < end; at++) {
    const affix = affixOf(segments[at] ?? '');
    if (affix !== undefined) return { ...affix, pattern: patternOf(store, segments, at, affix.pattern) };
  }
  return undefined;
}

/** Before it stand the cluster, or account and region: they are no names that people give to secrets. */
const FIRST_SEGMENT: Readonly<Record<string, number>> = { vault: 1, aws: 2, azure: 0 };

const WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    production: ['production', 'prod', 'prd', 'live'],
    staging: ['staging', 'stage', 'stg', 'preprod', 'pre-prod', 'preproduction', 'uat'],
    development: ['development', 'develop', 'dev'],
    test: ['test', 'testing', 'tst', 'qa', 'sandbox'],
  }).flatMap(([environment, words]) => words.map((word) => [word, environment] as const)),
);

/** `payments-prod` -> `*-prod`, `prod_db` -> `prod_*`. */
function affixOf(segment: string): EnvironmentGuess | undefined {
  const [, head = '', headMark = ''] = /^([A-Za-z]+)([-_.])./.exec(segment) ?? [];
  const [, tailMark = '', tail = ''] = /([-_.])([A-Za-z]+)$/.exec(segment) ?? [];
  const byTail = WORDS.get(tail.toLowerCase());
  if (byTail !== undefined) return { environment: byTail, pattern: `*${tailMark}${tail}` };
  const byHead = WORDS.get(head.toLowerCase());
  return byHead === undefined ? undefined : { environment: byHead, pattern: `${head}${headMark}*` };
}

/** An AWS account keeps its environments in all regions. */
function patternOf(store: string, segments: readonly string[], at: number, segment: string): string {
  const before = segments.slice(0, at).map((text, index) => (store === 'aws' && index === 1 ? '*' : text));
  const isName = store !== 'azure' && at === segments.length - 1;
  return `${store}:${[...before, segment, ...(isName ? [] : ['**'])].join('/')}`;
}
