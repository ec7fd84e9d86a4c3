import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Where a suite gets a real server from, in this order. */
export type WhereFrom =
  | { readonly from: 'environment'; readonly url: string }
  | { readonly from: 'docker' }
  /** Built once from jars and kept in a cache folder. */
  | { readonly from: 'jars'; readonly script: string }
  | { readonly from: 'nowhere'; readonly why: string };

export interface ServiceName {
  /** `elasticsearch`: a folder under services/. */
  readonly name: string;
  /** Environment variable with the server's address. */
  readonly variable: string;
  /** Script in the folder that builds, starts and stops it. */
  readonly script: string;
}

const SERVICES = fileURLToPath(new URL('../../../shared/services/', import.meta.url));
/** Unix only: the scripts are for bash. */
const TOOLS = ['bash', 'java', 'mvn', 'curl'];

export function whereFrom(service: ServiceName): WhereFrom {
  const url = process.env[service.variable];
  if (url !== undefined && url !== '') return { from: 'environment', url };
  if (answers('docker', ['compose', 'version']) && answers('docker', ['info'])) return { from: 'docker' };
  return fromJars(service);
}

/** For suites that kill or configure their server: one of their own. */
export function fromJars({ name, variable, script }: ServiceName): Extract<WhereFrom, { from: 'jars' | 'nowhere' }> {
  const path = join(SERVICES, name, script);
  const missing = TOOLS.filter((tool) => !answers('which', [tool]));
  if (existsSync(path) && missing.length === 0) return { from: 'jars', script: path };
  const jars = existsSync(path) ? `${missing.join(' and ')} missing for the jars` : 'no jars beside the project';
  return { from: 'nowhere', why: `${variable} is not set, no docker answers, and ${jars}` };
}

/** One line for what is passed over; an error where all servers have to be there. */
export function skipped(suite: string, why: string): void {
  if (process.env['WHOSAW_TEST_ALL'] === 'true') throw new Error(`${suite} must run: ${why}.`);
  console.log(`skipped: ${suite} (${why})`);
}

/** Where what is built from jars stays. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'whosaw-test');
}

function answers(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, [...args], { stdio: 'ignore', timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}
