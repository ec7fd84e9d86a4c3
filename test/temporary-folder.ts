import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder with a short name (sockets' paths are bounded) that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ws-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
