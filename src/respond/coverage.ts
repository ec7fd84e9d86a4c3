import { COVERAGE, type DeviceFacts } from '../core/coverage.ts';
import type { AccessReader, SourceFacts } from '../core/access-reader.ts';
import type { Gap } from '../core/gap.ts';
import { isObject } from '../core/json.ts';
import { parseTimeUs } from '../lib/time.ts';
import type { TimeWindow } from './window.ts';

/** What could have happened that nobody saw? */
export interface CoverageAnswer {
  readonly window: TimeWindow;
  readonly sources: readonly CoveredSource[];
  /** Those that touch the window, oldest first. */
  readonly gaps: readonly Gap[];
}

export interface CoveredSource {
  readonly source: string;
  readonly seenTo?: string;
  readonly rejected: number;
  /** RFC 3339: nothing is known to have been seen since; absent while it sees. */
  readonly blindSince?: string;
  /** By who brought them; none where nothing came yet. */
  readonly devices: readonly DeviceFacts[];
}

const GAPS_LIMIT = 10_000;
/** A quiet source says every 10 s up to when it was read. */
const QUIET_US = 60_000_000;

/** `expected`: names of the config's sources, which are told of even where they never brought anything. */
export async function coverage(
  reader: AccessReader,
  expected: readonly string[],
  window: TimeWindow,
  nowMs: number,
): Promise<CoverageAnswer> {
  const gaps = await reader.gaps({ ...window, limit: GAPS_LIMIT });
  const now = await reader.gaps({ fromUs: nowMs * 1_000, toUs: Number.MAX_SAFE_INTEGER, limit: GAPS_LIMIT });
  const facts = new Map((await reader.sources()).map((one) => [one.source, one]));
  const devices = devicesIn(await reader.checkpoint(COVERAGE));
  const sources = expected.map((source): CoveredSource => {
    const known = facts.get(source);
    const blindSince = blindSinceOf(
      known,
      now.concat(gaps).filter((gap) => gap.source === source),
      nowMs,
    );
    return {
      source,
      ...(known?.seenTo === undefined ? {} : { seenTo: known.seenTo }),
      rejected: known?.rejected ?? 0,
      ...(blindSince === undefined ? {} : { blindSince }),
      devices: devicesOf(source, devices, known),
    };
  });
  return { window, sources, gaps };
}

/** Where nobody tells devices apart (the cluster), the source is one. */
function devicesOf(
  source: string,
  devices: readonly DeviceFacts[],
  facts: SourceFacts | undefined,
): readonly DeviceFacts[] {
  const own = devices.filter((device) => device.source === source);
  if (own.length > 0 || facts?.newest === undefined) return own;
  return [{ source, last: facts.newest, events: facts.events }];
}

function devicesIn(checkpoint: unknown): readonly DeviceFacts[] {
  const devices = isObject(checkpoint) ? checkpoint['devices'] : undefined;
  return Array.isArray(devices) ? devices.filter(isDevice) : [];
}

function isDevice(value: unknown): value is DeviceFacts {
  return isObject(value) && typeof value['source'] === 'string' && typeof value['last'] === 'string';
}

/** It was not read to its end of late, its canary is overdue, or others went on while it told of nothing more. */
function blindSinceOf(facts: SourceFacts | undefined, gaps: readonly Gap[], nowMs: number): string | undefined {
  const canary = gaps.find(({ kind, to }) => kind === 'canary' && to === undefined);
  if (canary !== undefined) return canary.from;
  const newest = facts?.newest;
  const newestUs = parseTimeUs(newest ?? '') ?? 0;
  const isOvertaken = gaps.some(({ kind, to }) => kind === 'missing' && (parseTimeUs(to ?? '') ?? 0) > newestUs);
  if (isOvertaken && newest !== undefined) return newest;
  const seenUs = parseTimeUs(facts?.seenTo ?? '');
  return seenUs !== undefined && nowMs * 1_000 - seenUs > QUIET_US ? facts?.seenTo : undefined;
}
