import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** S3, SQS and STS of moto, which this project did not write. */
export interface Moto {
  readonly url: string;
  close(): Promise<void>;
}

const VENV = join(tmpdir(), 'whosaw-test-moto');
const READY = join(VENV, '.ready');

/** undefined: it is not installed (`.ci/services` does that), which is said in a line. */
export async function startMoto(): Promise<Moto | undefined> {
  if (!existsSync(READY)) {
    console.log('Skips what needs moto (S3, SQS, STS): run .ci/services, which installs it.');
    return undefined;
  }
  const port = await freePort();
  const child = spawn(join(VENV, 'bin', 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch(`${url}/moto-api/`).catch(() => undefined);
    if (answer?.ok === true) break;
    if (tries > 600) throw new Error('moto does not answer.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    close: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
