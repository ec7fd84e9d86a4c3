import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { isObject, type JsonObject } from '../src/core/json.ts';
import { detectSource } from '../src/sources/files/detect-source.ts';
import { readTarGz } from '../test/rules/tar.ts';

/** Real records that the inputs repeat, each as one line of JSON. */
export interface Seeds {
  readonly origin: 'real logs' | 'samples';
  readonly vault: readonly string[];
  readonly cloudtrail: readonly string[];
}

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** From `$WHOSAW_CORPORA`, else the folder beside the project; without both from the project's own samples. */
export function loadSeeds(): Seeds {
  const folder = process.env['WHOSAW_CORPORA'] ?? join(PROJECT, '../shared/corpora');
  return existsSync(folder) ? fromCorpora(folder) : fromSamples(join(PROJECT, 'samples'));
}

function fromCorpora(folder: string): Seeds {
  const trail = readTarGz(readFileSync(join(folder, 'aws/invictus-cloudtrail.tar.gz')));
  const files = Array.from(trail).filter(([file]) => file.endsWith('.json'));
  const secrets = linesOf(readFileSync(join(folder, 'aws/secretsmanager-events.jsonl.gz')))
    .map((line) => JSON.parse(line) as { readonly corpus: string; readonly event: JsonObject })
    .filter(({ corpus }) => !corpus.startsWith('invictus'));
  const records = [
    ...files.flatMap(([, text]) => recordsOf(text)),
    ...secrets.map(({ event }) => JSON.stringify(event)),
  ];
  return {
    origin: 'real logs',
    vault: linesOf(readFileSync(join(folder, 'vault/openbao/scenario.jsonl.gz'))),
    // Some were delivered twice.
    cloudtrail: Array.from(
      new Map(records.map((record) => [/"eventID":"([^"]*)"/.exec(record)?.[1], record])).values(),
    ),
  };
}

function fromSamples(folder: string): Seeds {
  const seeds = { origin: 'samples' as const, vault: [] as string[], cloudtrail: [] as string[] };
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  for (const file of names.filter((name) => /\.jsonl?(?:\.gz)?$/.test(name)).map((name) => join(folder, name))) {
    const bytes = plain(readFileSync(file));
    const type = detectSource(bytes, file);
    if (type === 'vault') seeds.vault.push(...linesOf(bytes));
    if (type === 'cloudtrail') seeds.cloudtrail.push(...recordsOf(bytes.toString()));
  }
  return seeds;
}

/** Of a trail file, or of one record a line. */
function recordsOf(text: string): readonly string[] {
  const values = text.startsWith('{"Records"') ? [JSON.parse(text) as unknown] : linesOf(Buffer.from(text)).map(parse);
  return values.flatMap((value) => {
    const records = isObject(value) ? value['Records'] : undefined;
    return (Array.isArray(records) ? records : [value]).map((record) => JSON.stringify(record));
  });
}

function parse(line: string): unknown {
  return JSON.parse(line);
}

function linesOf(bytes: Buffer): readonly string[] {
  return plain(bytes)
    .toString()
    .split('\n')
    .filter((line) => line !== '');
}

function plain(bytes: Buffer): Buffer {
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
}
