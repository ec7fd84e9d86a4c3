import { readFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { WhosawError } from '../core/errors.ts';

/** The number of a Unix group: by getent, which asks all directories; else from /etc/group. Throws CONFIG_INVALID. */
export async function groupId(name: string): Promise<number> {
  const line = (await getent(name)) ?? (await fromFile(name));
  const gid = Number(line?.split(':')[2]);
  if (line === undefined || !Number.isInteger(gid)) {
    throw new WhosawError(
      'CONFIG_INVALID',
      `socket.group: there is no group "${name}" here; make it with: groupadd ${name}`,
    );
  }
  return gid;
}

async function getent(name: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('getent', ['--', 'group', name]);
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

async function fromFile(name: string): Promise<string | undefined> {
  const text = await readFile('/etc/group', 'utf8').catch(() => '');
  return text.split('\n').find((line) => line.startsWith(`${name}:`));
}
