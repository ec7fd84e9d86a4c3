import {
  appendFile,
  copyFile,
  mkdtemp,
  open,
  readFile,
  rename,
  rm,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Following } from './following.ts';
import { caughtUp, follow } from './following.ts';

const PARTS = 6;

/** Writes numbered lines, and rotates its log in every way there is. */
class Writer {
  readonly log: string;
  readonly written: string[] = [];
  /** Written before a truncation that kept no copy: the follower may not have come in time. */
  readonly atRisk = new Set<string>();
  #sinceTruncated: string[] = [];
  #kept = 0;

  constructor(folder: string) {
    this.log = join(folder, 'audit.log');
  }

  async append(sizes: readonly number[], file = this.log): Promise<void> {
    for (const size of sizes) {
      const line = `line ${this.written.length} ${'x'.repeat(size)}`;
      this.written.push(line);
      this.#sinceTruncated.push(line);
      const half = Math.floor(line.length / 2);
      await appendFile(file, line.slice(0, half));
      await appendFile(file, `${line.slice(half)}\n`);
    }
  }

  /** logrotate with `create`: the writer goes on in the renamed file until it is told. */
  async rotate(late: readonly number[]): Promise<void> {
    await this.#makeRoom();
    await this.#touch();
    await rename(this.log, `${this.log}.1`);
    await this.append(late, `${this.log}.1`);
    this.#sinceTruncated = [];
    await this.#touch();
  }

  async compress(): Promise<void> {
    const part = `${this.log}.1`;
    if (!existsSync(part)) return;
    await writeFile(`${part}.gz`, gzipSync(await readFile(part)));
    await unlink(part);
  }

  async copyTruncate(): Promise<void> {
    await this.#makeRoom();
    await this.#touch();
    await copyFile(this.log, `${this.log}.1`);
    await this.truncate(false);
  }

  async truncate(isLossy = true): Promise<void> {
    await this.#touch();
    if (isLossy) for (const line of this.#sinceTruncated) this.atRisk.add(line);
    this.#sinceTruncated = [];
    await truncate(this.log);
  }

  /** The last part stays for ever: it may not have been read yet. */
  async #makeRoom(): Promise<void> {
    for (let part = PARTS; part >= 1; part--) {
      for (const end of ['', '.gz']) {
        const name = `${this.log}.${part}${end}`;
        const next = part === PARTS ? `${this.log}-20260101-${++this.#kept}` : `${this.log}.${part + 1}`;
        if (existsSync(name)) await rename(name, `${next}${end}`);
      }
    }
  }

  async #touch(): Promise<void> {
    await (await open(this.log, 'a')).close();
  }
}

const sizes = fc.array(fc.oneof(fc.nat(40), fc.nat(3_000)), { minLength: 1, maxLength: 12 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), sizes }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rotate' as const), sizes }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compress' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('copy-truncate' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('catch-up' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('kill' as const), uncommitted: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('start' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

it('gives every line exactly once, however the log is rotated and the follower restarted', async () => {
  const run = fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const folder = await mkdtemp(join(tmpdir(), 'whosaw-chaos-'));
      try {
        await play(folder, steps);
      } finally {
        await rm(folder, { recursive: true });
      }
    }),
    { numRuns: Number(process.env['CHAOS_RUNS'] ?? 25) },
  );
  await expect(run).resolves.toBeUndefined();
});

async function play(folder: string, steps: readonly Step[]): Promise<void> {
  const writer = new Writer(folder);
  const texts: string[] = [];
  let following: Following | undefined;
  let checkpoint: Following['checkpoint'];
  const start = () => {
    following ??= follow({ path: writer.log, checkpoint, limits: { chunkBytes: 4_096, batchRecords: 20, batchMs: 5 } });
  };
  // What is not committed is gone, its events and its checkpoint alike.
  const kill = async (uncommitted: number) => {
    await following?.stop();
    const committed = following?.commits.at(-1 - uncommitted);
    texts.push(...(following?.texts.slice(0, committed?.texts ?? 0) ?? []));
    checkpoint = committed?.checkpoint ?? checkpoint;
    following = undefined;
  };
  for (const step of steps) {
    if (step.do === 'append') await writer.append(step.sizes);
    else if (step.do === 'rotate') await writer.rotate(step.sizes);
    else if (step.do === 'compress') await writer.compress();
    else if (step.do === 'copy-truncate') await writer.copyTruncate();
    else if (step.do === 'truncate') await writer.truncate();
    else if (step.do === 'start') start();
    else if (step.do === 'kill') await kill(step.uncommitted);
    else if (following !== undefined && existsSync(writer.log)) await caughtUp(following);
  }
  await writer.append([1]);
  start();
  if (following !== undefined) await caughtUp(following);
  await kill(0);
  const came = new Set(texts);
  expect(
    texts.filter((text, at) => texts.indexOf(text) !== at),
    'came twice',
  ).toEqual([]);
  expect(
    [...came].filter((text) => !writer.written.includes(text)),
    'invented',
  ).toEqual([]);
  expect(
    writer.written.filter((line) => !came.has(line) && !writer.atRisk.has(line)),
    'lost',
  ).toEqual([]);
}
