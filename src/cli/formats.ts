import { stringify } from 'csv-stringify/sync';
import { Option } from 'commander';

export const ROW_FORMATS = ['ndjson', 'json', 'csv'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

export function formatOption(description: string): Option {
  return new Option('--format <format>', description).choices(ROW_FORMATS);
}

type Cell = string | number | readonly string[];

/**
 * Rows as CSV (RFC 4180) for spreadsheets: names of columns as they are; a text that a spreadsheet would take for a formula gets an apostrophe, and
 * lists are joined by spaces.
 */
export function toCsv(columns: readonly string[], rows: readonly Readonly<Record<string, Cell | undefined>>[]): string {
  const records = rows.map((row) => columns.map((column) => cell(row[column])));
  return stringify([[...columns]]) + stringify(records, { escape_formulas: true });
}

function cell(value: Cell | undefined): string | number {
  if (value === undefined) return '';
  return typeof value === 'object' ? value.join(' ') : value;
}

export function toNdjson(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
