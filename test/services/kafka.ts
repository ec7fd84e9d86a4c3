import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVERS, type Started } from './servers.ts';
import { cacheFolder, fromJars, skipped, whereFrom } from './where-from.ts';

const SERVICE = { name: 'kafka', variable: 'WHOSAW_TEST_KAFKA', script: 'kafka.sh' } as const;
const PORT = 19_092;
/** The first start fetches the jars. */
const START_MS = 600_000;

/**
 * host:port of a broker for one suite, shared by all suites of a run; undefined where there is none, which is said in one
 * line, and an error where WHOSAW_TEST_ALL=true. What is started here is stopped at the end of the run (see servers.ts).
 */
export function kafka(suite: string): string | undefined {
  const where = whereFrom(SERVICE);
  switch (where.from) {
    case 'environment':
      return where.url;
    case 'docker':
      return SERVERS.shared(SERVICE.name, () => startCompose());
    case 'jars':
      if (!isFetched(where.script)) return unfetched(suite);
      return SERVERS.shared(SERVICE.name, () => startJars(where));
    case 'nowhere':
      skipped(suite, where.why);
      return undefined;
  }
}

/** A broker of one's own, to kill and start again with what it had. */
export interface OwnBroker {
  /** host:port. */
  readonly address: string;
  readonly start: () => void;
  readonly restart: () => void;
  readonly kill9: () => void;
  readonly stop: () => void;
}

/** Only from jars: a broker that others gave us is not ours to kill. */
export async function ownKafka(suite: string, folder: string): Promise<OwnBroker | undefined> {
  const where = fromJars(SERVICE);
  if (where.from !== 'jars') {
    skipped(suite, where.why);
    return undefined;
  }
  if (!isFetched(where.script)) return unfetched(suite);
  const [port, controller] = [await freePort(), await freePort()];
  const home = join(cacheFolder(), 'kafka-4.4.0');
  mkdirSync(folder, { recursive: true });
  execFileSync('ln', ['-sfn', join(home, 'libs'), join(folder, 'libs')]);
  const env = environment(folder, port, controller);
  return {
    address: `127.0.0.1:${port}`,
    start: () => run(where.script, 'start', env),
    restart: () => run(where.script, 'restart', env),
    kill9: () => run(where.script, 'kill9', env),
    stop: () => run(where.script, 'stop', env),
  };
}

function isFetched(script: string): boolean {
  const home = join(cacheFolder(), 'kafka-4.4.0');
  mkdirSync(home, { recursive: true });
  try {
    run(script, 'fetch', environment(home));
    return true;
  } catch {
    return false;
  }
}

function unfetched(suite: string): undefined {
  skipped(suite, 'its jars cannot be fetched: Maven Central is needed');
}

/** Jars are shared; data and ports are the run's own. */
function startJars({ script }: { readonly script: string }): Started {
  const folder = mkdtempSync(join(tmpdir(), 'whosaw-kafka-'));
  symlinkSync(join(cacheFolder(), 'kafka-4.4.0', 'libs'), join(folder, 'libs'));
  const port = 30_000 + 2 * Math.floor(Math.random() * 5_000);
  run(script, 'start', environment(folder, port, port + 1));
  const pid = readFileSync(join(folder, 'run', 'pid'), 'utf8').trim();
  return { url: `127.0.0.1:${port}`, stop: ['bash', '-c', 'kill "$1"; rm -rf "$2"', 'stop', pid, folder] };
}

function run(script: string, command: string, env: NodeJS.ProcessEnv): void {
  execFileSync('bash', [script, command], { env, stdio: 'ignore', timeout: START_MS });
}

function environment(home: string, port = PORT, controller = PORT + 1): NodeJS.ProcessEnv {
  return {
    ...process.env,
    KAFKA_HOME: home,
    KAFKA_PORT: String(port),
    KAFKA_CPORT: String(controller),
    KAFKA_HEAP: '400m',
  };
}

function startCompose(): Started {
  const file = fileURLToPath(new URL('kafka.compose.yml', import.meta.url));
  const compose = ['compose', '-p', 'whosaw-test-kafka', '-f', file];
  execFileSync('docker', [...compose, 'up', '-d', '--wait'], { stdio: 'pipe', timeout: START_MS });
  return { url: `127.0.0.1:${PORT}`, stop: ['docker', ...compose, 'down', '-v'] };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
