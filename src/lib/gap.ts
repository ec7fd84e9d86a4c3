import type { Gap, GapKind } from '../core/gap.ts';
import { id128 } from './hash.ts';
import { formatTimeUs } from './time.ts';

export interface GapFacts {
  readonly kind: GapKind;
  readonly source: string;
  readonly cluster?: string;
  readonly device?: string;
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  /** Absent: it goes on. */
  readonly toMs?: number;
}

/** The same kind of gap of the same device that begins at the same time is the same gap. */
export function gapOf({ kind, source, cluster, device, fromMs, toMs }: GapFacts): Gap {
  const from = formatTimeUs(Math.floor(fromMs) * 1_000);
  return {
    id: id128('gap', kind, source, device ?? '', from),
    version: toMs ?? 0,
    kind,
    source,
    ...(cluster === undefined ? {} : { cluster }),
    ...(device === undefined ? {} : { device }),
    from,
    ...(toMs === undefined ? {} : { to: formatTimeUs(Math.floor(toMs) * 1_000) }),
  };
}
