import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BUILTIN, loadStages } from '../../src/pipeline/load-stages.ts';
import { measure } from './measure.ts';

const CORPORA = process.env['WHOSAW_CORPORA'] ?? fileURLToPath(new URL('../../../shared/corpora', import.meta.url));
const DOCS = fileURLToPath(new URL('../../docs/detection.md', import.meta.url));
const BEGIN = '<!-- begin measured -->\n';
const END = '<!-- end measured -->';

const { values } = parseArgs({ options: { write: { type: 'boolean' } } });
if (existsSync(CORPORA)) {
  const { stages } = await loadStages({ rules: [BUILTIN] });
  const report = measure(CORPORA, stages.rules);
  process.stdout.write(report);
  if (values.write === true) await fill(report);
} else {
  console.log('bench:detection needs labelled audit logs: name their folder in WHOSAW_CORPORA.');
}

async function fill(report: string): Promise<void> {
  const text = await readFile(DOCS, 'utf8');
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from === -1 || to === -1) throw new Error(`${DOCS} has no place for the measurement.`);
  await writeFile(DOCS, text.slice(0, from + BEGIN.length) + report + text.slice(to));
}
