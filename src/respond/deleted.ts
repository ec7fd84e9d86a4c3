import type { AccessReader } from '../core/access-reader.ts';
import { DAY_US, formatTimeUs } from '../lib/time.ts';
import type { TimeWindow } from './window.ts';

/** Of the window, what was before this day was deleted. */
export interface DeletedBefore {
  /** `2025-10-19`, UTC. */
  readonly before: string;
  /** The configured retention, as `400d`. */
  readonly retention: string;
}

/** undefined where nothing of the window was deleted. */
export async function deletedBefore(
  reader: Pick<AccessReader, 'deletions'>,
  { fromUs, toUs }: TimeWindow,
): Promise<DeletedBefore | undefined> {
  const last = (await reader.deletions([fromUs, toUs])).at(-1);
  if (last === undefined) return undefined;
  return { before: formatTimeUs((last.day + 1) * DAY_US).slice(0, 10), retention: last.setting };
}

export function printDeleted({ before, retention }: DeletedBefore): string {
  return `Events before ${before} were deleted by retention (${retention}).`;
}
