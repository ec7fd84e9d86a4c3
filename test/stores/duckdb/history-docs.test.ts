import { readFileSync, rmSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it, onTestFinished } from 'vitest';
import { newFolder } from './adapter.ts';
import { writeHistory } from './history-events.ts';

const DOCS = readFileSync(new URL('../../../docs/history.md', import.meta.url), 'utf8');

it('the query in the docs prints what they say, in any DuckDB', async () => {
  const path = newFolder();
  onTestFinished(() => rmSync(path, { recursive: true }));
  await writeHistory(path);
  const [, sql = '', printed = ''] = /```sql\n(.*?)```\n\n```\n(.*?)```/s.exec(DOCS) ?? [];
  expect(sql).toContain("'/var/lib/whosaw/sealed/*.parquet'");
  const instance = await DuckDBInstance.create(':memory:');
  onTestFinished(() => instance.closeSync());
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(sql.replace('/var/lib/whosaw', path));
  const rows = reader.getRows().map((row) => row.map(String));
  // A box: names, types, a line, and the rows.
  const lines = printed.split('\n').filter((line) => line.startsWith('│'));
  const cells = lines.map((line) =>
    line
      .split('│')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(cells[0]).toStrictEqual(reader.columnNames());
  expect(cells.slice(2)).toStrictEqual(rows);
});
