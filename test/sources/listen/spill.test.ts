import { appendFileSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SpillEncoder, type SpillRecord } from '../../../src/sources/listen/spill-record.ts';
import { SpillReader } from '../../../src/sources/listen/spill-reader.ts';
import { SpillStateFile } from '../../../src/sources/listen/spill-state.ts';
import { SpillWriter } from '../../../src/sources/listen/spill-writer.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const record = (text: string): SpillRecord => ({ kind: 'entry', seenMs: 1_700_000_000_123.5, peer: '10.0.0.1', text });

function encoded(...texts: readonly string[]): Buffer {
  const encoder = new SpillEncoder();
  for (const text of texts) encoder.add(record(text));
  return Buffer.from(encoder.take());
}

function writer(folder: string, given: { readonly limitBytes?: number; readonly floor?: number } = {}): SpillWriter {
  return new SpillWriter({ folder, limitBytes: 1_000_000, floor: 0, ...given });
}

async function textsIn(folder: string, end: number, from = 0): Promise<readonly string[]> {
  const reader = new SpillReader(folder, from);
  const texts: string[] = [];
  for (;;) {
    const some = await reader.read(end);
    texts.push(...some.map(({ record: one }) => one.text));
    if (some.length === 0) break;
  }
  await reader.close();
  return texts;
}

describe('a spill', () => {
  it('gives back what was put down, across segments and openings', async () => {
    const folder = temporaryFolder();
    const texts = Array.from({ length: 300 }, (_, index) => `${index} ä€ ${'x'.repeat(index * 7)}`);
    let spill = writer(folder);
    for (const [index, text] of texts.entries()) {
      expect(spill.append(encoded(text))).toBe(true);
      if (index % 50 === 0) {
        spill.close();
        spill = writer(folder);
      }
    }
    expect(readdirSync(folder).length).toBeGreaterThan(3);
    expect(await textsIn(folder, spill.end)).toEqual(texts);
    const reader = new SpillReader(folder, 0);
    const [first] = await reader.read(spill.end);
    expect(first?.record).toEqual(record(texts[0] ?? ''));
    await reader.close();
    expect(await textsIn(folder, spill.end, first?.next)).toEqual(texts.slice(1));
    spill.close();
  });

  it('holds an entry of many megabytes', async () => {
    const folder = temporaryFolder();
    const spill = writer(folder, { limitBytes: 100_000_000 });
    const text = 'ü'.repeat(20_000_000);
    expect(spill.append(encoded(text, 'behind'))).toBe(true);
    expect((await textsIn(folder, spill.end)).map(({ length }) => length)).toEqual([text.length, 6]);
    spill.close();
  });

  it('cuts off half a record, wherever a kill left it', async () => {
    const whole = encoded('a', 'b');
    const last = encoded('the last');
    for (let length = 1; length < last.length; length++) {
      const folder = temporaryFolder();
      const spill = writer(folder);
      spill.append(whole);
      spill.close();
      appendFileSync(join(folder, '0000000000000000.spill'), last.subarray(0, length));
      const again = writer(folder);
      expect(again.end).toBe(whole.length);
      again.append(encoded('c'));
      expect(await textsIn(folder, again.end)).toEqual(['a', 'b', 'c']);
      again.close();
    }
  });

  it('passes over a segment that is damaged, and says how much that was', async () => {
    const folder = temporaryFolder();
    const spill = writer(folder, { limitBytes: 16_000 });
    for (let index = 0; index < 20; index++) spill.append(encoded(`${index}${'x'.repeat(400)}`));
    const [first = ''] = readdirSync(folder);
    const bytes = readFileSync(join(folder, first));
    bytes[bytes.length - 3] = 0;
    writeFileSync(join(folder, first), bytes);
    const reader = new SpillReader(folder, 0);
    let found = 0;
    for (let some = await reader.read(spill.end); some.length > 0; some = await reader.read(spill.end)) {
      found += some.length;
    }
    expect(found).toBe(19);
    expect(reader.takeLost()).toBeGreaterThan(400);
    await reader.close();
    spill.close();
  });

  it('is full at its limit, takes nothing of what does not fit, and makes room for what was read', () => {
    const folder = temporaryFolder();
    const spill = writer(folder, { limitBytes: 16_000 });
    const one = encoded('x'.repeat(500));
    while (spill.append(one));
    expect(spill.usedBytes).toBeLessThanOrEqual(16_000);
    const full = spill.end;
    expect(spill.append(one)).toBe(false);
    expect(spill.end).toBe(full);
    spill.release(full / 2);
    expect(spill.append(one)).toBe(true);
    spill.release(spill.end);
    expect(spill.usedBytes).toBeLessThan(1_200);
    // The disk may be smaller than a segment.
    spill.append(one);
    spill.release(spill.end, true);
    expect(spill.usedBytes).toBe(0);
    expect(spill.append(one)).toBe(true);
    spill.close();
  });

  it('begins behind what was read before, when its files are gone', async () => {
    const folder = temporaryFolder();
    const spill = writer(folder, { floor: 5_000 });
    expect(spill.end).toBe(5_000);
    spill.append(encoded('a'));
    expect(await textsIn(folder, spill.end, 5_000)).toEqual(['a']);
    spill.close();
  });

  it('is nobody else’s to read', () => {
    const folder = join(temporaryFolder(), 'new');
    const spill = writer(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    spill.close();
  });
});

describe('the state of a listener', () => {
  it('is what was written last, or nothing where that is damaged', () => {
    const path = join(temporaryFolder(), 'state');
    const drops = { fromMs: 1, toMs: 2, count: 3, bytes: 4 };
    let file = new SpillStateFile(path);
    expect(file.before).toBeUndefined();
    file.write({ aliveMs: 5, drops });
    file.write({ aliveMs: 6 });
    file.close();
    file = new SpillStateFile(path);
    expect(file.before).toEqual({ aliveMs: 6 });
    file.write({ aliveMs: 7, drops });
    file.close();
    expect(new SpillStateFile(path).before).toEqual({ aliveMs: 7, drops });
    truncateSync(path, 20);
    expect(new SpillStateFile(path).before).toBeUndefined();
  });
});
