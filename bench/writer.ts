import { openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadSeeds } from './seeds.ts';
import { MARK } from './rules.ts';
import { fill, readsOf, vaultTemplate, type Template } from './templates.ts';
import { nowMs, vaultClock } from './times.ts';

/** Entry of a child process: appends entries with the current time to a log, at a pace, and tells when it wrote a mark. */
export interface WriterOptions {
  readonly file: string;
  readonly eventsPerSecond: number;
  readonly marksPerSecond: number;
  readonly seconds: number;
}

/** A marked read is in the file. */
export interface Marked {
  readonly number: number;
  /** See times.ts. */
  readonly atMs: number;
}

const TICK_MS = 10;
/** Ids of marked reads begin here. */
const MARK_IDS = 0xc000_0000;

async function run({ file, eventsPerSecond, marksPerSecond, seconds }: WriterOptions): Promise<void> {
  const seeds = loadSeeds();
  const templates = seeds.vault.filter((line) => line.length < LONG_LINE).map(vaultTemplate);
  const [mark] = readsOf(seeds.vault, `${MARK}${NUMBER}`);
  if (mark === undefined) throw new Error('The seeds hold no answered read of a KV secret.');
  const clock = vaultClock();
  const log = openSync(file, 'a', 0o600);
  const start = nowMs();
  let lines = 0;
  let marks = 0;
  for (let at = 0; at < seconds * 1_000; at = nowMs() - start) {
    const time = clock(Date.now() * 1_000);
    const text: string[] = [];
    // An event is a request and its response.
    for (const due = Math.floor((at / 1_000) * eventsPerSecond * 2); lines < due; lines++) {
      const template = templates[lines % templates.length];
      if (template !== undefined) text.push(fill(template, time, Math.floor(lines / templates.length)), '\n');
    }
    const number = marks;
    const isDue = (at / 1_000) * marksPerSecond >= marks + 1;
    if (isDue) {
      marks += 1;
      for (const part of [mark.request, mark.response]) text.push(marked(part, time, number), '\n');
    }
    if (text.length > 0) writeSync(log, text.join(''));
    if (isDue) process.send?.({ number, atMs: nowMs() } satisfies Marked);
    await sleep(Math.max(0, TICK_MS - (nowMs() - start - at)));
  }
}

/** Stands for the mark's number in the seed. */
const NUMBER = 'NUMBER';
/** One list of a large mount would take its second's pace alone. */
const LONG_LINE = 64 * 1024;

function marked(template: Template, time: string, number: number): string {
  return fill(template, time, MARK_IDS + number).replaceAll(NUMBER, String(number));
}

await run(JSON.parse(process.argv[2] ?? '') as WriterOptions);
process.disconnect();
