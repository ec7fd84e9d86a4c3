import type { InMessage, OutMessage } from '../core/bus.ts';
import type { Mark, SourceCheckpoint } from '../core/ports.ts';
import type { Topics } from './topics.ts';

/** What the compacted topic remembers: the last word on each key. */
export interface Memory {
  /** By the name of a source: where its collector goes on. */
  readonly source: SourceCheckpoint;
  /** By partition and name: where a lane of a partition of hits goes on. */
  readonly lane: SourceCheckpoint;
  /** By rule, group and day. */
  readonly mark: Mark;
  /** By partition and the key of a rule whose history is marked completely. */
  readonly warmed: { readonly rule: string };
}
export type MemoryKind = keyof Memory;

export function memoryKey(kind: MemoryKind, ...parts: readonly (string | number)[]): string {
  return [kind, ...parts.map((part) => encodeURIComponent(part))].join('/');
}

/** undefined: of another kind, deleted, or nobody of us wrote it. */
export function readMemory<K extends MemoryKind>(
  { key, value }: Pick<InMessage, 'key' | 'value'>,
  kind: K,
): Memory[K] | undefined {
  if (key === undefined || value === null || !key.startsWith(`${kind}/`)) return undefined;
  try {
    return JSON.parse(value.toString()) as Memory[K];
  } catch {
    return undefined;
  }
}

export function memoryMessage(
  topics: Topics,
  partition: number,
  key: string,
  value: Memory[MemoryKind] | null,
): OutMessage {
  const text = value === null ? null : Buffer.from(JSON.stringify(value));
  return { topic: topics.name('memory'), partition, key, value: text };
}
