import { displayWidth } from './display-width.ts';

/** Columns as wide as their widest cell, those in `right` (from 0) to the right. Cells are escaped already. */
export function table(rows: readonly (readonly string[])[], right: ReadonlySet<number> = NONE): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => displayWidth(row[column] ?? ''))));
  return rows
    .map((row) =>
      row
        .map((cell, column) => pad(cell, widths[column] ?? 0, right.has(column)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const NONE: ReadonlySet<number> = new Set();

function pad(cell: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(cell)));
  return right ? space + cell : cell + space;
}
