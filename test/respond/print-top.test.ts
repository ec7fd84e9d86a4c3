import { describe, expect, it } from 'vitest';
import { printTop } from '../../src/respond/print-top.ts';

const WINDOW = { fromUs: Date.UTC(2025, 2, 15) * 1_000, toUs: Date.UTC(2025, 2, 16) * 1_000 };
const UTC = { zone: 'Etc/UTC' };

describe('printTop', () => {
  it('shows bars, environments and the course of the window', () => {
    const rows = [
      {
        value: 'vault:eu/secret/db',
        count: 80,
        environments: [
          ['production', 70],
          ['', 10],
        ] as const,
        parts: [0, 40, 8, 32],
      },
      { value: 'vault:eu/\u001b[31mx', count: 41, environments: [['', 41]] as const, parts: [41, 0, 0, 0] },
      { value: 'rare', count: 1, environments: [['staging', 1]] as const, parts: [0, 0, 0, 1] },
    ];
    expect(printTop('secrets', rows, WINDOW, UTC).split('\n')).toEqual([
      '15 Mar 00:00 to 16 Mar 00:00 UTC',
      '',
      'SECRET                READS                        ENVIRONMENTS            EACH 6h',
      'vault:eu/secret/db       80  ████████████████████  production 70, none 10  ·█▂▇',
      'vault:eu/\\u001b[31mx     41  ██████████▎           -                       █···',
      'rare                      1  ▎                     staging 1               ···█',
    ]);
  });

  it('names years where the window has two', () => {
    const window = { fromUs: Date.UTC(2024, 9, 19) * 1_000, toUs: WINDOW.toUs };
    expect(printTop('denials', [], window, UTC)).toBe(
      '19 Oct 2024 00:00 to 16 Mar 2025 00:00 UTC\nNothing in this window.',
    );
  });

  it('says that there is nothing', () => {
    expect(printTop('denials', [], WINDOW, UTC)).toBe('15 Mar 00:00 to 16 Mar 00:00 UTC\nNothing in this window.');
  });
});
