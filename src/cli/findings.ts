import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { openSink } from '../alerts/open-sink.ts';
import { readAddress } from '../alerts/read-secret.ts';
import type { SinkConfig } from '../alerts/sink-config.ts';
import { printProblem, WhosawError } from '../core/errors.ts';
import { askLocal } from '../server/ask-local.ts';
import { checkElasticsearch } from './check-elasticsearch.ts';
import { groupId } from '../server/group-id.ts';
import { refuseOthers } from '../stores/duckdb/folder.ts';
import type { Config } from '../pipeline/config.ts';
import { retentionOf, shortRetention } from '../pipeline/retention.ts';
import { listenerOf, spillFolder, UNHEALED } from '../pipeline/open-listeners.ts';
import type { SourceConfig } from '../pipeline/source-config.ts';
import { unhealedSources } from '../pipeline/source-problems.ts';
import { printAddress } from '../sources/listen/address.ts';
import { mayListen } from '../sources/listen/bind.ts';
import { triesOf } from '../pipeline/collectors.ts';
import { loadStages } from '../pipeline/load-stages.ts';

export interface Finding {
  readonly ok: boolean;
  readonly what: string;
  readonly message: string;
}

const REACH_WITHIN_MS = 5_000;
const TRY_WITHIN_MS = 15_000;

/** Everything that `up` would need, tried one by one; nothing is started, written or sent. */
export async function check(config: Config): Promise<readonly Finding[]> {
  const findings = await Promise.all([
    attempt('rules and expectations', () => checkRules(config)),
    ...Object.entries(config.sources).map(([name, source]) => checkSource(name, source, config)),
    attempt('store', () => checkStore(config)),
    attempt('socket', () => checkSocket(config)),
    ...Object.entries(config.sinks).map(([name, sink]) => attempt(`sink ${name}`, () => checkSink(name, sink))),
  ]);
  return findings.flat();
}

async function attempt(what: string, run: () => Promise<string>): Promise<readonly Finding[]> {
  try {
    return [{ ok: true, what, message: await run() }];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const problems = error instanceof WhosawError ? error.problems.map(printProblem) : [];
    return [message, ...problems].map((line) => ({ ok: false, what, message: line }));
  }
}

async function checkRules(config: Config): Promise<string> {
  const { stages, inert } = await loadStages(config);
  const silent = inert.map(({ title, reason }) => `; inert: ${title} (${reason})`).join('');
  const short = shortRetention(stages.rules, retentionOf(config));
  return `${stages.rules.correlations.length} rules${silent}${short === undefined ? '' : `; ${short}`}`;
}

/** Each place that a source reads is a finding of its own. */
async function checkSource(name: string, source: SourceConfig, config: Config): Promise<readonly Finding[]> {
  const { file } = source;
  if (source.listen !== undefined) return attempt(`source ${name}`, () => checkListener(name, source, config));
  if (file !== undefined) return attempt(`source ${name}`, () => checkFile(file));
  const findings = await Promise.all(
    triesOf(name, source).map((one) =>
      attempt(`source ${name}: ${one.what}`, () => one.run(AbortSignal.timeout(TRY_WITHIN_MS))),
    ),
  );
  return findings.flat();
}

async function checkFile(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return `${file} does not exist yet; it will be waited for`;
  const mode = found.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK;
  await access(file, mode).catch((cause: unknown) => {
    throw new WhosawError('SOURCE_UNREADABLE', `${file} may not be read by this user; check its permissions.`, {
      cause,
    });
  });
  return found.isDirectory() ? `${file} is a folder that can be read` : `${file} can be read, ${found.size} bytes`;
}

async function checkListener(name: string, source: SourceConfig, config: Config): Promise<string> {
  const { address } = await listenerOf(name, source);
  const running = await askLocal(config.socket.path);
  running?.close();
  if (running === undefined) await mayListen(address);
  await mayMake(spillFolder(config, name), 'STORE_UNAVAILABLE');
  const unhealed = unhealedSources(config.sources).includes(name) ? `; warning: ${UNHEALED}` : '';
  const state = running === undefined ? 'can be listened at' : 'is a matter of the running whosaw';
  return `${printAddress(address)} ${state}; spill in ${spillFolder(config, name)}${unhealed}`;
}

async function checkStore({ store, socket }: Config): Promise<string> {
  if (store.type === 'elasticsearch') return checkElasticsearch(store);
  if ((await stat(store.path).catch(() => undefined)) === undefined) {
    await mayMake(store.path, 'STORE_UNAVAILABLE');
    return `${store.path} does not exist yet; it will be made, 0700`;
  }
  refuseOthers(store.path);
  const running = await askLocal(socket.path);
  running?.close();
  return running === undefined
    ? `${store.path} is private to this user`
    : `${store.path} is in use by a running whosaw`;
}

async function checkSocket({ socket }: Config): Promise<string> {
  if (socket.group !== undefined) await groupId(socket.group);
  const running = await askLocal(socket.path);
  running?.close();
  if (running !== undefined) return `a running whosaw answers at ${socket.path}`;
  await mayMake(socket.path, 'SOCKET_UNAVAILABLE');
  return `${socket.path} can be made`;
}

/** The nearest folder above that exists must be writable. */
async function mayMake(path: string, code: 'STORE_UNAVAILABLE' | 'SOCKET_UNAVAILABLE'): Promise<void> {
  const folder = dirname(path);
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined && folder !== path) return mayMake(folder, code);
  await access(folder, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw new WhosawError(code, `${path} cannot be made: ${folder} may not be written by this user.`, { cause });
  });
  return undefined;
}

async function checkSink(name: string, config: SinkConfig): Promise<string> {
  await openSink(name, config, { write: () => undefined, colours: false, clock: Date.now });
  switch (config.type) {
    case 'terminal':
      return `shows ${config.level} and above`;
    case 'file':
      await mayMake(config.path, 'STORE_UNAVAILABLE');
      return `${config.path} can be written`;
    case 'webhook':
      return reach(await readAddress(config.url, `sinks.${name}.url`));
    case 'slack':
      return reach(await readAddress(config.webhook, `sinks.${name}.webhook`));
  }
}

/** Only a connection: a request would be an alert to somebody. */
async function reach(address: { reveal(): string }): Promise<string> {
  const { hostname, port, protocol } = new URL(address.reveal());
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: number, timeout: REACH_WITHIN_MS });
    const end = (code?: string): void => {
      socket.destroy();
      if (code === undefined) resolve();
      else
        reject(
          new WhosawError(
            'SINK_UNAVAILABLE',
            `${hostname}:${number} cannot be reached (${code}); check address and network.`,
          ),
        );
    };
    socket.once('connect', () => end());
    socket.once('timeout', () => end('timeout'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'error'));
  });
  return `${hostname}:${number} answers; \`whosaw alerts test\` sends a test`;
}
