import { setTimeout as sleep } from 'node:timers/promises';
import { WhosawError } from '../core/errors.ts';
import { fileState, rulesState } from '../rules/read-rules.effect.ts';
import { loadStages, pathsOf, type LoadedStages, type StagePaths } from './load-stages.ts';
import type { Log } from './log.ts';

/** Twice this, and a change is taken over: once to see it, once to see that nobody is writing any more. */
const POLL_MS = 300;

/**
 * Looks whether rules or expectations change, and gives the next ones that are right (undefined: the signal came first).
 * What is wrong is said with file:line:column, once, and what was there before stays.
 */
export function watchStages(
  paths: StagePaths,
  loaded: LoadedStages,
  log: Log,
): (signal: AbortSignal) => Promise<LoadedStages | undefined> {
  let current = loaded;
  let known: string | undefined;
  return async (signal) => {
    known ??= await stateOf(paths, current);
    for (let seen = known; ;) {
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return undefined;
      const state = await stateOf(paths, current);
      const isQuiet = state === seen;
      seen = state;
      if (!isQuiet || state === known) continue;
      known = state;
      const next = await load(paths, log);
      if (next === undefined || isSame(current, next)) continue;
      current = next;
      return next;
    }
  };
}

async function load(paths: StagePaths, log: Log): Promise<LoadedStages | undefined> {
  try {
    return await loadStages(paths);
  } catch (error) {
    if (!(error instanceof WhosawError)) throw error;
    const problems = error.problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
    log.error({ problems }, `${error.message} What ran before goes on.`);
    return undefined;
  }
}

/** Folders that cannot be read now are said once the state is looked at closer. */
async function stateOf({ rules, expectations }: StagePaths, { files }: LoadedStages): Promise<string> {
  const others = new Set([...(expectations === undefined ? [] : [expectations]), ...files]);
  const states = await Promise.all(Array.from(others, fileState));
  const ofRules = await rulesState(pathsOf(rules)).catch((error: unknown) => String(error));
  return [ofRules, ...states].join('\n');
}

function isSame(a: LoadedStages, b: LoadedStages): boolean {
  return a.stages.rules.version === b.stages.rules.version && a.stages.enricher.version === b.stages.enricher.version;
}
