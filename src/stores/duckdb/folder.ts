import { chmodSync, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { WhosawError } from '../../core/errors.ts';

/** The store's file in its folder, both only for the user who runs this; the folder is made where there is none. */
export function prepareFolder(path: string, readOnly: boolean): string {
  if (!readOnly) mkdirSync(path, { recursive: true, mode: 0o700 });
  else if (!existsSync(join(path, FILE))) {
    throw new WhosawError(
      'NOT_FOUND',
      `There is no store in ${path}: name the folder of a running or past \`whosaw up\`.`,
    );
  }
  refuseOthers(path);
  const file = join(realpathSync(path), FILE);
  for (const name of [file, `${file}.wal`]) if (!readOnly && existsSync(name)) chmodSync(name, 0o600);
  return file;
}

export function refuseOthers(path: string): void {
  const stat = statSync(path);
  if (!stat.isDirectory()) throw new WhosawError('STORE_UNSAFE', `${path} is no folder: name another as store.path.`);
  const user = process.getuid?.();
  if (user === undefined) return;
  if (stat.uid !== user) {
    throw new WhosawError(
      'STORE_UNSAFE',
      `${path} belongs to user ${stat.uid}, and this is user ${user}: run whosaw as its owner, or chown it.`,
    );
  }
  if ((stat.mode & 0o077) !== 0) {
    throw new WhosawError('STORE_UNSAFE', `${path} is open to other users: run \`chmod 700 ${path}\`.`);
  }
}

const FILE = 'whosaw.duckdb';
