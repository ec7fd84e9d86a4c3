import { availableParallelism } from 'node:os';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** One line of the table. */
export interface Row {
  /** The same from run to run: the history is compared by it. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What to reach, where there is something: at most so much, or with `atLeast` at least. */
  readonly aim?: number;
  readonly atLeast?: true;
  /** More figures of the same measurement. */
  readonly note?: string;
}

export function printTable(rows: readonly Row[]): string {
  const lines = rows.map(({ name, value, unit, aim, atLeast, note = '' }) => {
    const goal = aim === undefined ? '' : `${atLeast === true ? 'at least' : 'at most'} ${print(aim)}`;
    return `| ${name} | ${print(value)} ${unit} | ${goal} | ${aim === undefined ? '' : isMet({ value, aim, atLeast }) ? 'yes' : '**no**'} | ${note} |`;
  });
  return ['| measure | figure | aim | met | beside |', '| --- | ---: | ---: | --- | --- |', ...lines].join('\n');
}

/** Three digits that say something. */
export function print(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

function isMet({ value, aim, atLeast }: { value: number; aim: number; atLeast: true | undefined }): boolean {
  return atLeast === true ? value >= aim : value <= aim;
}

export interface RunFacts {
  readonly quick: boolean;
  readonly runs: number;
  readonly seeds: string;
  /** Of the machine, by others. */
  readonly loadBefore: number;
}

/** Appends the run: when, on what, and the figures by their names. */
export function keep(file: string, rows: readonly Row[], facts: RunFacts): void {
  const history = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly unknown[]) : [];
  const figures = Object.fromEntries(
    rows.map(({ name, value, unit }) => [`${name} [${unit}]`, Number(value.toPrecision(4))]),
  );
  const run = {
    date: new Date().toISOString(),
    node: process.version,
    cores: availableParallelism(),
    ...facts,
    figures,
  };
  writeFileSync(file, `${JSON.stringify([...history, run], undefined, 2)}\n`);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which the share of the values lies (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}
