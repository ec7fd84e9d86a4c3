import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parse } from 'yaml';
import { elasticsearch } from '../services/elasticsearch.ts';
import { kafka } from '../services/kafka.ts';
import { vaultRead } from './vault-log.ts';
import { folderWith, whosaw } from './whosaw.ts';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const textOf = (path: string): string => readFileSync(at(path), 'utf8');

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly healthcheck?: object;
  readonly read_only?: boolean;
}
const compose = parse(textOf('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};
const dockerfile = textOf('Dockerfile');
const broker = kafka('the command line of the image');
const elastic = elasticsearch('the command line of the image');

describe('docker-compose.yml', () => {
  it('pins every version', () => {
    for (const { image } of Object.values(compose.services)) expect(image).toMatch(/:\d+\.\d+\.\d+$/);
    for (const [, image] of dockerfile.matchAll(/^FROM (\S+)/gm)) expect(image).toMatch(/:\d+\.\d+\.\d+-slim$/);
  });

  it('has no password, and starts nothing without those of .env', () => {
    const secrets = Object.values(compose.services).flatMap(({ environment = {} }) =>
      Object.entries(environment).filter(([name]) => /PASSWORD|TOKEN|KEY/.test(name)),
    );
    expect(secrets.length).toBeGreaterThan(3);
    for (const [, value] of secrets) expect(value).toMatch(/^\$\{[A-Z_]+:\?set it in .env\}$/);
    const asked = new Set(Array.from(textOf('docker-compose.yml').matchAll(/\$\{([A-Z_]+):\?/g), ([, name]) => name));
    const shipped = Array.from(textOf('.env.example').matchAll(/^([A-Z_]+)=$/gm), ([, name]) => name);
    expect(new Set(shipped)).toEqual(asked);
  });

  it('runs whosaw without root, on a file system that it cannot write to, and looked after', () => {
    expect(compose.services['whosaw']).toMatchObject({ read_only: true, command: ['up'] });
    expect(dockerfile).toContain('\nUSER node\n');
    expect(dockerfile).toMatch(/^HEALTHCHECK /m);
    for (const [name, { healthcheck }] of Object.entries(compose.services))
      if (!/whosaw|-user$/.test(name))
        expect({ name, healthcheck }).toMatchObject({ healthcheck: { retries: expect.any(Number) } });
  });
});

describe.runIf(broker !== undefined && elastic !== undefined)('the image, without docker', () => {
  it('makes topics and indices, runs, is healthy, and answers who', async () => {
    const folder = folderWith();
    onTestFinished(folder.remove);
    const port = await freePort();
    writeFileSync(folder.at('whosaw.yaml'), deployedConfig(folder.at, port));
    const env = { PATH: process.env['PATH'], WHOSAW_CONFIG: folder.at('whosaw.yaml') };
    const entry = jsonOf('ENTRYPOINT').map((part) => part.replace('/app/', at('')));
    const [command = '', ...args] = entry;
    for (const service of ['whosaw-setup-kafka', 'whosaw-setup-elasticsearch']) {
      const own = (compose.services[service]?.command ?? []).map((part) =>
        part.replace('/var/lib/whosaw', folder.path),
      );
      const setup = spawnSync(command, [...args, ...own], { env });
      expect(setup.stderr.toString()).toBe('');
      expect(setup.status).toBe(0);
    }
    const up = spawn(command, [...args, ...jsonOf('CMD')], { env, stdio: 'ignore' });
    onTestFinished(() => void up.kill('SIGKILL'));
    const ended = new Promise((resolve) => up.once('exit', resolve));
    const health =
      /^HEALTHCHECK [^[]*\\\n\s+CMD (\[.*\])$/m.exec(dockerfile)?.[1]?.replace('9464', String(port)) ?? '[]';
    const [probe = '', ...probeArgs] = JSON.parse(health) as readonly string[];
    const isHealthy = (): boolean => spawnSync(probe, probeArgs, { env }).status === 0;
    await vi.waitUntil(isHealthy, { timeout: 60_000, interval: 500 });
    appendFileSync(folder.at('audit.log'), vaultRead({ time: new Date().toISOString(), id: 'r-1' }));
    const ask = async (): Promise<string> =>
      (await whosaw(['who', 'production/db-password', '-c', folder.at('whosaw.yaml')])).stdout;
    await expect.poll(ask, { timeout: 60_000, interval: 1_000 }).toContain('vault:bao/approle/payments-api');
    up.kill('SIGTERM');
    expect(await ended).toBe(0);
  }, 180_000);
});

/** The config of the container, with this machine's places. */
function deployedConfig(place: (name: string) => string, port: number): string {
  return (
    textOf('deploy/whosaw.yaml')
      .replace('kafka:9092', broker ?? '')
      .replace('partitions: 6', `partitions: 6\n  prefix: c${port}`)
      .replace('/var/log/openbao/audit.log', place('audit.log'))
      .replace('http://elasticsearch:9200', elastic ?? '')
      // The server of the tests has no security.
      .replace(/ {2}api_key: .*/, `  prefix: c${port}`)
      .replace('/run/whosaw/whosaw.sock', place('s'))
      .replace('9464', String(port))
  );
}

function jsonOf(instruction: string): readonly string[] {
  const list = new RegExp(`^${instruction} (\\[.*\\])$`, 'm').exec(dockerfile)?.[1] ?? '[]';
  return JSON.parse(list) as readonly string[];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
