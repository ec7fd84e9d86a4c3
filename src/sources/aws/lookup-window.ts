/** Where the reading of one stream is; milliseconds since 1970. */
export interface LookupPlace {
  /** Windows up to here were paged to their end. */
  readonly doneMs: number;
  /** Until here late events were looked for. */
  readonly sweptMs: number;
}

export interface LookupWindow {
  readonly fromMs: number;
  readonly toMs: number;
  /** The place once it is paged to its end. */
  readonly after: LookupPlace;
  /** There is nothing newer yet. */
  readonly isLast: boolean;
}

export interface WindowTiming {
  /** Each window begins so much before the end of the last: most events show up within it. */
  readonly nearMs: number;
  /** Now and then a window begins so much before the last such one: some events show up hours late. */
  readonly overlapMs: number;
  readonly sweepEveryMs: number;
}

export const WINDOW_TIMING: WindowTiming = { nearMs: 15 * 60_000, overlapMs: 2 * 3_600_000, sweepEveryMs: 15 * 60_000 };

/** The next window to read: overlapped, and at most `sliceMs` of new time. Pages come newest first, so only a whole window counts. */
export function nextWindow(
  { doneMs, sweptMs }: LookupPlace,
  endMs: number,
  sliceMs: number,
  { nearMs, overlapMs, sweepEveryMs }: WindowTiming,
): LookupWindow {
  // A clock that went back must not make the window empty.
  const toMs = Math.max(Math.min(endMs, doneMs + sliceMs), doneMs);
  const isLast = toMs >= endMs;
  const isSweep = isLast && toMs - sweptMs >= sweepEveryMs;
  const fromMs = isSweep ? Math.min(doneMs - nearMs, sweptMs - overlapMs) : doneMs - nearMs;
  const swept = isSweep || !isLast ? toMs : sweptMs;
  return { fromMs, toMs, after: { doneMs: toMs, sweptMs: swept }, isLast };
}

const SLICE_MIN_MS = 5 * 60_000;
const SLICE_MAX_MS = 24 * 3_600_000;

/** How much time the next window of a long past should have: a few dozen pages, so that little is paged again after a kill. */
export function nextSlice(sliceMs: number, pages: number): number {
  if (pages > 40) return Math.max(SLICE_MIN_MS, sliceMs / 2);
  return pages < 10 ? Math.min(SLICE_MAX_MS, sliceMs * 2) : sliceMs;
}
