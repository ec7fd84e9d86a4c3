import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVERS, type Started } from './servers.ts';
import { cacheFolder, fromJars, skipped, whereFrom } from './where-from.ts';

const SERVICE = { name: 'elasticsearch', variable: 'WHOSAW_TEST_ELASTICSEARCH', script: 'es.sh' } as const;
/** Of the compose file. */
const COMPOSE_PORT = 19_200;
/** Less would refuse the longest documents of the suites: a tenth is for writing, and each counts five times. */
const HEAP = '1g';
/** The first build fetches the jars. */
const BUILD_MS = 1_200_000;
const START_MS = 150_000;
/** What a build makes last. */
const LAST_BUILT = 'modules/es-shim/es-shim.jar';

/** `full` has security. */
type Flavour = '9' | 'full';

/**
 * Address of an Elasticsearch for one suite, shared by all suites of a run; undefined where there is none, which is said
 * in one line, and an error where WHOSAW_TEST_ALL=true. What is started here is stopped at the end of the run (see servers.ts).
 */
export function elasticsearch(suite: string): string | undefined {
  const where = whereFrom(SERVICE);
  switch (where.from) {
    case 'environment':
      return where.url;
    case 'docker':
      return SERVERS.shared(SERVICE.name, startCompose);
    case 'jars':
      if (!isReady(where, '9')) return unbuilt(suite);
      return SERVERS.shared(SERVICE.name, () => {
        const server = fromBuilt({ flavour: '9', script: where.script });
        server.start();
        const pid = readFileSync(join(server.folder, 'pid'), 'utf8').trim();
        return { url: server.url, stop: ['bash', '-c', 'kill "$1"; rm -rf "$2"', 'stop', pid, server.folder] };
      });
    case 'nowhere':
      skipped(suite, where.why);
      return undefined;
  }
}

export interface OwnServer {
  readonly url: string;
  readonly folder: string;
  readonly start: () => void;
  readonly kill9: () => void;
  /** Ends it, and clears away what it had. */
  readonly stop: () => void;
}

export interface OwnOptions {
  readonly flavour: Flavour;
  /** As `-Ename=value`. */
  readonly settings?: readonly string[];
}

/** A server of one's own, to configure, kill and start again with what it had; undefined where there are no jars. */
export function ownElasticsearch(suite: string, options: OwnOptions): OwnServer | undefined {
  const where = fromJars(SERVICE);
  if (where.from === 'nowhere') {
    skipped(suite, where.why);
    return undefined;
  }
  return isReady(where, options.flavour) ? fromBuilt({ ...options, script: where.script }) : unbuilt(suite);
}

function unbuilt(suite: string): undefined {
  skipped(
    suite,
    'its jars cannot be fetched and built: Maven Central and a JDK of the version that es.sh names are needed',
  );
}

/** Whether the flavour was built before: the one with security is 900 MB to fetch. */
export function isBuilt(flavour: Flavour): boolean {
  return existsSync(join(builtFolder(flavour), LAST_BUILT));
}

interface Jars {
  readonly script: string;
}

/** The jars are built once and shared; data, settings and port are the server's own. */
function fromBuilt({ script, flavour, settings = [] }: Jars & OwnOptions): OwnServer {
  const built = builtFolder(flavour);
  const folder = mkdtempSync(join(tmpdir(), 'whosaw-es-'));
  cpSync(join(built, 'config'), join(folder, 'config'), { recursive: true });
  for (const part of ['lib', 'modules', 'launcher']) symlinkSync(join(built, part), join(folder, part));
  for (const part of ['data', 'logs', 'tmp', 'plugins']) mkdirSync(join(folder, part));
  const port = portOf(flavour);
  const run = (command: string, ...args: readonly string[]): void => {
    const env = { ...environment(folder), ES_PORT: String(port) };
    execFileSync('bash', [script, command, flavour, ...args], { env, stdio: 'ignore', timeout: START_MS });
  };
  return {
    url: `http://127.0.0.1:${port}`,
    folder,
    start: () => run('start', ...settings),
    kill9: () => run('kill9'),
    stop: () => {
      run('stop');
      rmSync(folder, { recursive: true });
    },
  };
}

/** Builds what is not there yet. */
function isReady({ script }: Jars, flavour: Flavour): boolean {
  return SERVERS.alone(`elasticsearch-${flavour}`, () => {
    if (isBuilt(flavour)) return true;
    const folder = builtFolder(flavour);
    mkdirSync(folder, { recursive: true });
    try {
      execFileSync('bash', [script, 'build', flavour], { env: environment(folder), stdio: 'pipe', timeout: BUILD_MS });
      return true;
    } catch {
      return false;
    }
  });
}

function builtFolder(flavour: Flavour): string {
  return join(cacheFolder(), `elasticsearch-${flavour}`);
}

/** Other runs on the machine have others, and so has each process of this one. Nodes talk at the port 100 above. */
function portOf(flavour: Flavour): number {
  const first = flavour === '9' ? 20_000 : 26_000;
  return first + (process.pid % 25) * 200 + Math.floor(Math.random() * 100);
}

function startCompose(): Started {
  const file = fileURLToPath(new URL('elasticsearch.compose.yml', import.meta.url));
  const compose = ['compose', '-p', 'whosaw-test-elasticsearch', '-f', file];
  execFileSync('docker', [...compose, 'up', '-d', '--wait'], { stdio: 'pipe', timeout: BUILD_MS });
  return { url: `http://127.0.0.1:${COMPOSE_PORT}`, stop: ['docker', ...compose, 'down', '-v'] };
}

function environment(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, ES_DIR: folder, ES_HEAP: HEAP };
}
