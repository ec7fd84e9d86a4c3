import type { InMessage, OutMessage } from '../core/bus.ts';
import { GAP_KINDS, type Gap } from '../core/gap.ts';
import { isObject } from '../core/json.ts';
import type { Topics } from './topics.ts';

/** Gaps travel with the rejections: what did not become an event. */
const HEADERS = { type: 'gap' } as const;

export function gapMessage(topics: Topics, gap: Gap): OutMessage {
  const value = Buffer.from(JSON.stringify(gap));
  return {
    topic: topics.name('rejected'),
    partition: topics.partitionOfId(gap.id),
    key: gap.id,
    value,
    headers: HEADERS,
  };
}

export function isGapMessage({ headers }: Pick<InMessage, 'headers'>): boolean {
  return headers['type'] === HEADERS.type;
}

/** undefined: nobody of us wrote it. */
export function readGap({ value }: Pick<InMessage, 'value'>): Gap | undefined {
  try {
    const read: unknown = JSON.parse(value?.toString() ?? '');
    if (!isObject(read) || typeof read['id'] !== 'string' || typeof read['version'] !== 'number') return undefined;
    const isKnown = GAP_KINDS.some((kind) => kind === read['kind']);
    return isKnown && typeof read['from'] === 'string' ? (read as unknown as Gap) : undefined;
  } catch {
    return undefined;
  }
}
