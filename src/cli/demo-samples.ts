import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** At the package's root, from src/cli and from dist/cli alike. */
const SAMPLES = fileURLToPath(new URL('../../samples', import.meta.url));

/** The instant at which the incident in the shipped samples ends. */
export const SAMPLES_END_MS = Date.UTC(2026, 2, 9, 15, 40);

/**
 * Writes the shipped sample streams and their expectations into `folder`, all times moved by the same whole seconds so
 * that the incident ends at `endMs` or less than a second before: vault-audit.jsonl, cloudtrail/, key-vault.json,
 * expectations.yaml. Existing files are replaced.
 */
export async function writeShiftedSamples(folder: string, endMs: number): Promise<void> {
  const byMs = endMs - SAMPLES_END_MS;
  for (const path of await readdir(SAMPLES, { recursive: true })) {
    if (!path.endsWith('.gz')) continue;
    const packed = await readFile(join(SAMPLES, path));
    const target = join(folder, shiftPath(path.slice(0, -'.gz'.length), byMs));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, shiftTimes((await unpack(packed)).toString(), byMs));
  }
  const expectations = await readFile(join(SAMPLES, EXPECTATIONS), 'utf8');
  await writeFile(join(folder, EXPECTATIONS), shiftWindow(expectations, byMs));
}

const unpack = promisify(gunzip);
const EXPECTATIONS = 'expectations.yaml';
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Every JSON string that is a time; what is behind the seconds stays as it is. */
function shiftTimes(text: string, byMs: number): string {
  return text.replace(TIME, (_, seconds: string, rest: string) => `"${shift(`${seconds}Z`, byMs)}${rest}"`);
}

const TIME = /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)((?:\.\d{1,9})?Z)"/g;

/** Whole seconds without the zone: `2026-03-09T15:40:00`. */
function shift(time: string, byMs: number): string {
  return new Date(Date.parse(time) + byMs).toISOString().slice(0, '2026-03-09T15:40:00'.length);
}

/** CloudTrail's files say their day and time in folder and name. */
function shiftPath(path: string, byMs: number): string {
  const found = CLOUDTRAIL.exec(path);
  if (found === null) return path;
  const [, before = '', year = '', month = '', day = '', name = '', hour = '', minute = '', after = ''] = found;
  const [date = '', time = ''] = shift(`${year}-${month}-${day}T${hour}:${minute}:00Z`, byMs).split('T');
  const stamp = `${date.replaceAll('-', '')}T${time.slice(0, 5).replace(':', '')}Z`;
  return `${before}${date.replaceAll('-', '/')}/${name}${stamp}${after}`;
}

const CLOUDTRAIL = /^(.*\/)(\d{4})\/(\d\d)\/(\d\d)\/([^/]*_CloudTrail_[^/]*_)\d{8}T(\d\d)(\d\d)Z(_[^/]*)$/;

/**
 * The nightly window opens every day, so that it moves with the deployments to any hour of any day. A cron expression
 * has no seconds: it opens up to a minute early, and the deployments come minutes later.
 */
function shiftWindow(expectations: string, byMs: number): string {
  return expectations.replace(WINDOW, (_, before: string, minute: string, hour: string) => {
    const opens = (Number(hour) * 60 + Number(minute)) * MINUTE_MS + byMs;
    const moved = new Date(((opens % DAY_MS) + DAY_MS) % DAY_MS);
    const comment = `  # ${hour.padStart(2, '0')}:${minute} in the shipped samples: moved by as much as the times of the streams.\n`;
    return `${comment}${before}'${moved.getUTCMinutes()} ${moved.getUTCHours()} * * *'`;
  });
}

const WINDOW = /^( *nightly-deploy: \{ cron: )'(\d+) (\d+) \* \* \*'/m;
