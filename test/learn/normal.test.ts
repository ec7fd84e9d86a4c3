import { describe, expect, it } from 'vitest';
import { NormalObserver, type NormalSecret } from '../../src/learn/normal.ts';
import { printHours, printNormal } from '../../src/learn/print-normal.ts';
import { PASSWORD, SAM, observation, type Given } from '../contract/store-fixtures.ts';

const WINDOW = { fromUs: Date.UTC(2025, 2, 10) * 1_000, toUs: Date.UTC(2025, 2, 15) * 1_000 };

function normal(...events: readonly Given[]): readonly NormalSecret[] {
  const observer = new NormalObserver(WINDOW);
  for (const event of events) observer.add(observation(event));
  return observer.normal;
}

const at = (day: number, hour: number): string => new Date(Date.UTC(2025, 2, day, hour)).toISOString();

describe('what is normal', () => {
  it('is who reads a secret, how often, when and from where', () => {
    const bot = 'vault:eu/approle/bot';
    expect(
      normal(
        { id: 'a', at: at(10, 8), environment: 'production', address: '10.0.0.1', ip: '10.0.0.1' },
        { id: 'b', at: at(10, 9), environment: 'production', actor: bot, address: '10.0.0.2', ip: '10.0.0.2' },
        { id: 'c', at: at(12, 9), environment: 'production', actor: bot, address: '192.0.2.1', ip: '192.0.2.1' },
        { id: 'd', at: at(12, 9), outcome: 'failure' },
        { id: 'e', at: at(12, 9), kind: 'write' },
        { id: 'f', at: at(12, 9), secret: null },
        { id: 'g', at: at(13, 3), secret: 'vault:eu/other', actor: null },
      ),
    ).toEqual([
      {
        secret: PASSWORD,
        environment: 'production',
        readers: [
          [bot, 2],
          [SAM, 1],
        ],
        reads: 3,
        daily: { least: 0, median: 0, most: 2 },
        hours: [8, 9],
        networks: ['10.0.0.0/24', '192.0.2.0/24'],
      },
      {
        secret: 'vault:eu/other',
        environment: undefined,
        readers: [['unknown', 1]],
        reads: 1,
        daily: { least: 0, median: 0, most: 1 },
        hours: [3],
        networks: [],
      },
    ]);
  });

  it('counts no days from before there was anything', () => {
    const late = [12, 13, 14].map((day): Given => ({ id: `day ${day}`, at: at(day, 8) }));
    expect(normal(...late)[0]?.daily).toEqual({ least: 1, median: 1, most: 1 });
  });

  it('is a table for each environment, undeclared last, escaped', () => {
    const text = printNormal(
      normal(
        { id: 'a', at: at(10, 8), secret: 'vault:eu/\u001b[31m' },
        { id: 'b', at: at(10, 8), environment: 'staging' },
        { id: 'c', at: at(10, 8), environment: 'production', secret: 'vault:eu/p' },
      ),
    );
    expect(text.split('\n').filter((line) => /^[A-Z ]+ {2}\d/.test(line))).toEqual([
      'PRODUCTION  1 secrets',
      'STAGING  1 secrets',
      'NO ENVIRONMENT DECLARED  1 secrets',
    ]);
    expect(text).toContain('vault:eu/\\u001b[31m');
    expect(printNormal([])).toBe('Nothing was read in this window.\n');
  });

  it.each([
    [[], ''],
    [[3], '3'],
    [[0, 1, 2, 5, 7, 8], '0-2, 5, 7-8'],
    [Array.from({ length: 24 }, (_, hour) => hour), 'all'],
  ])('hours %j: %s', (hours, printed) => {
    expect(printHours(hours)).toBe(printed);
  });
});
