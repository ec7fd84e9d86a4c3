import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { appendFile, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { SourceFormat } from '../../../src/core/source-format.ts';
import { readFiles } from '../../../src/sources/files/read-files.ts';
import { FORMATS } from '../../../src/sources/formats.ts';
import { describeCorpora } from '../../corpora.ts';
import { temporaryFolder } from './folder.ts';
import type { Following } from './following.ts';
import { caughtUp, follow } from './following.ts';

describeCorpora('real logs, followed through rotation and restarts, give what reading them once gives', (corpora) => {
  it('Vault', async () => {
    const folder = await temporaryFolder();
    const log = join(folder, 'audit.log');
    const entries = gunzipSync(readFileSync(join(corpora, 'vault/openbao/scenario.jsonl.gz')))
      .toString()
      .split('\n');
    await writeFile(join(folder, 'whole'), entries.join('\n'));
    const texts: string[] = [];
    let checkpoint: Following['checkpoint'];
    for (let part = 0; part < 6; part++) {
      const some = entries.slice(part * 1_300, (part + 1) * 1_300).filter((entry) => entry !== '');
      await appendFile(log, `${some.join('\n')}\n`);
      const following = follow({ path: log, format: FORMATS.vault, checkpoint, timing: { idleEveryMs: 60_000 } });
      await caughtUp(following);
      await following.stop();
      texts.push(...following.texts);
      ({ checkpoint } = following);
      if (part % 2 === 1) await rename(log, `${log}.${9 - part}`);
    }
    await writeFile(log, '');
    const last = follow({ path: log, format: FORMATS.vault, checkpoint, timing: { idleEveryMs: 60_000, drainMs: 0 } });
    await caughtUp(last);
    expect([...texts, ...last.texts].toSorted()).toEqual(await readOnce(join(folder, 'whole'), FORMATS.vault));
  });

  it('CloudTrail', async () => {
    const folder = await temporaryFolder();
    execFileSync('tar', ['xzf', join(corpora, 'aws/invictus-cloudtrail.tar.gz'), '-C', folder]);
    const trail = join(folder, 'invictus-ir-aws_dataset', 'CloudTrail');
    const names = await readdir(trail);
    for (const name of names.slice(0, names.length / 2)) {
      await writeFile(join(trail, `${name}.gz`), gzipSync(await readFile(join(trail, name))));
      await rename(join(trail, name), join(folder, name));
    }
    const expected = await readOnce(trail, FORMATS.cloudtrail);
    const following = follow({ path: trail, format: FORMATS.cloudtrail, timing: { settleMs: 600_000, stableMs: 1 } });
    await caughtUp(following);
    expect(following.texts.toSorted()).toEqual(expected);
    expect(expected.length).toBeGreaterThan(2_000);
  });
});

async function readOnce(path: string, format: SourceFormat): Promise<readonly string[]> {
  const texts: string[] = [];
  const report = { skipped: () => {}, unreadable: () => {} };
  for await (const { records } of readFiles([path], format, report)) texts.push(...records.map(({ text }) => text));
  return texts.toSorted();
}
