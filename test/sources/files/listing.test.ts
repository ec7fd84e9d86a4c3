import { appendFile, mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Listing } from '../../../src/sources/files/listing.ts';
import { SiblingListing } from '../../../src/sources/files/sibling-listing.ts';
import { TreeListing } from '../../../src/sources/files/tree-listing.ts';
import { temporaryFolder } from './folder.ts';

/** What `rounds` refreshes find, without a hint from the system: names with their sizes. */
async function found(listing: Listing, rounds = 1): Promise<readonly string[]> {
  const names = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    for (const { path, size } of (await listing.refresh()).found) names.add(`${basename(path)} ${size}`);
  }
  return [...names].sort();
}

/** A folder that changed just now is listed again in any case. */
function longAgo(folder: string): Promise<void> {
  return utimes(folder, 0, 0);
}

describe('SiblingListing', () => {
  it('finds new and changed parts without hints', async () => {
    const folder = await temporaryFolder();
    const log = join(folder, 'audit.log');
    const listing = new SiblingListing(log);
    expect((await listing.refresh()).lost).toEqual([log]);
    await writeFile(log, 'live');
    for (let part = 1; part < 10; part++) await writeFile(`${log}.${part}`, 'x');
    expect(await found(listing)).toHaveLength(10);
    await rename(`${log}.9`, `${log}.10`);
    expect(await found(listing)).toContain('audit.log.10 1');
    await longAgo(folder);
    await found(listing);
    await appendFile(`${log}.5`, 'y');
    expect(await found(listing, 6)).toContain('audit.log.5 2');
  });

  it('knows what concerns it', () => {
    const listing = new SiblingListing('/var/log/audit.log');
    expect(
      ['audit.log', 'audit.log.1', 'audit.log.2.gz', 'syslog'].map((name) => listing.touch('/var/log', name)),
    ).toEqual([true, true, true, false]);
  });
});

describe('TreeListing', () => {
  it('finds files and folders that are new, changed, replaced or gone without hints', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'a', 'b'), { recursive: true });
    await writeFile(join(folder, 'a', 'b', 'one.json'), '1');
    const listing = new TreeListing(folder, 0);
    expect(await found(listing)).toEqual(['one.json 1']);
    await appendFile(join(folder, 'a', 'b', 'one.json'), '2');
    expect(await found(listing, 3)).toContain('one.json 2');
    await mkdir(join(folder, 'c'));
    await writeFile(join(folder, 'c', 'two.json'), '123');
    expect(await found(listing, 3)).toContain('two.json 3');
    await rm(join(folder, 'c'), { recursive: true });
    expect((await listing.refresh()).lost).toContain(join(folder, 'c', 'two.json'));
  });

  it('looks at all files of a folder that changed: one may have replaced another', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'one.json'), '1');
    const listing = new TreeListing(folder, Infinity);
    await longAgo(folder);
    await found(listing);
    await writeFile(join(folder, '.next'), '12');
    await rename(join(folder, '.next'), join(folder, 'one.json'));
    expect(await found(listing)).toEqual(['one.json 2']);
  });

  it('says up to when all files were found: what changed later than the files of the round before is not counted', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'one.json'), '1');
    const listing = new TreeListing(folder, 0);
    expect(listing.completeBeforeMs).toBe(undefined);
    const [one] = (await listing.refresh()).found;
    expect(listing.completeBeforeMs).toBe(one?.ctimeMs);
    await writeFile(join(folder, 'two.json'), '2');
    await listing.refresh();
    expect(listing.completeBeforeMs).toBe(one?.ctimeMs);
  });
});
