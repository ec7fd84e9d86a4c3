import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WhosawError } from '../core/errors.ts';
import type { Sink } from '../core/ports.ts';

export interface FileOptions {
  readonly name: string;
  readonly path: string;
}

/** Appends alerts as NDJSON; they are on disk when the delivery is acknowledged. */
export function file({ name, path }: FileOptions): Sink {
  return {
    name,
    callsPeople: false,
    async deliver(alerts) {
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        const handle = await open(path, 'a+', 0o600);
        try {
          if (await endsInMidLine(handle)) await handle.appendFile('\n');
          await handle.appendFile(alerts.map((alert) => `${JSON.stringify(alert)}\n`).join(''));
          await handle.datasync();
        } finally {
          await handle.close();
        }
      } catch (cause) {
        throw new WhosawError(
          'SINK_UNAVAILABLE',
          `The alert file ${path} cannot be written; check the path, its permissions and the disk.`,
          {
            cause,
            retryable: true,
          },
        );
      }
    },
  };
}

/** A crash or a full disk can leave half a line behind. */
async function endsInMidLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== NEWLINE;
}

const NEWLINE = 0x0a;
