import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

const BESIDE_THE_PROJECT = fileURLToPath(new URL('../../shared/corpora', import.meta.url));
const folder = process.env['WHOSAW_CORPORA'] ?? BESIDE_THE_PROJECT;

/** The folder of real audit logs, where there is one. */
export const corpora: string | undefined = existsSync(folder) ? folder : undefined;

/** A suite over the real logs; without them, one line that says what was skipped. */
export function describeCorpora(name: string, suite: (folder: string) => void): void {
  if (corpora !== undefined) {
    describe(name, () => suite(corpora));
    return;
  }
  it(`${name}: skipped, no real logs at WHOSAW_CORPORA or ../shared/corpora`, ({ skip }) => skip());
}
