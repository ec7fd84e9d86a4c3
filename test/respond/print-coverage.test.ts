import { expect, it } from 'vitest';
import type { Gap } from '../../src/core/gap.ts';
import { parseTimeUs } from '../../src/lib/time.ts';
import { clockOf } from '../../src/respond/clock.ts';
import { coverage } from '../../src/respond/coverage.ts';
import { printCoverage } from '../../src/respond/print-coverage.ts';
import { printGapLine } from '../../src/respond/print-gaps.ts';
import { memoryReader } from './memory-reader.ts';

const us = (text: string): number => parseTimeUs(text) ?? 0;
const NOW = Date.parse('2025-03-15T13:00:00Z');
const WINDOW = { fromUs: us('2025-03-15T10:00:00Z'), toUs: us('2025-03-15T12:00:00Z') };
const gap = (more: Partial<Gap>): Gap => ({
  id: '0',
  version: 1,
  kind: 'missing',
  source: 'vault-socket',
  from: '2025-03-15T11:00:00Z',
  to: '2025-03-15T11:00:05.5Z',
  ...more,
});
const GAPS = [
  gap({ count: 5, healedBy: 'vault-file' }),
  gap({ kind: 'down', count: 2 }),
  gap({ kind: 'salt', to: '2025-03-15T11:00:00Z' }),
  gap({ kind: 'dropped', count: 7, source: 'evil\u001b[31m' }),
];

it('one line says what is missing of a window, what is nowhere else first', () => {
  const clock = clockOf(WINDOW, 'Etc/UTC');
  expect(printGapLine([], clock)).toBe('');
  expect(printGapLine([gap({ kind: 'salt' })], clock)).toBe('');
  expect(printGapLine([...GAPS, gap({ kind: 'canary', source: 'x' })], clock)).toBe(
    'gaps: vault-socket not listened to, missed 2 11:00:00.000 to 11:00:05.500; ' +
      'evil\\u001b[31m dropped 7 11:00:00.000 to 11:00:05.500; ' +
      'x canary overdue 11:00:00.000 to 11:00:05.500; 1 more: whosaw coverage',
  );
});

it.each<[string, Partial<Gap>, string | undefined, string | undefined]>([
  ['sees', {}, '2025-03-15T12:59:55Z', undefined],
  ['was not read to its end of late', {}, '2025-03-15T12:30:00Z', '2025-03-15T12:30:00Z'],
  ['tells of nothing while others do', { to: '2025-03-15T12:59:00Z' }, '2025-03-15T12:59:55Z', '2025-03-15T12:10:00Z'],
])('a source that %s', async (_, more, seenTo, blindSince) => {
  const facts = { source: 'vault-socket', newest: '2025-03-15T12:10:00Z', events: 1, rejected: 0 };
  const sources = [{ ...facts, ...(seenTo === undefined ? {} : { seenTo }) }];
  const reader = memoryReader({ sources, gaps: [gap(more)] });
  const answer = await coverage(reader, ['vault-socket', 'never'], WINDOW, NOW);
  expect(answer.sources.map((source) => source.blindSince)).toEqual([blindSince, undefined]);
  expect(printCoverage(answer, 'Etc/UTC')).toMatch(/^never +- +never +0 +- /m);
});

it('a source whose canary is overdue is blind since it came last', async () => {
  const canary: Gap = { id: '1', version: 0, kind: 'canary', source: 'vault-socket', from: '2025-03-15T12:40:00Z' };
  const reader = memoryReader({ gaps: [canary] });
  const answer = await coverage(reader, ['vault-socket'], WINDOW, NOW);
  expect(answer.sources[0]?.blindSince).toBe('2025-03-15T12:40:00Z');
});
