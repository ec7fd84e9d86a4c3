import type { InMessage } from '../../core/bus.ts';
import type { IHeaders } from './client.ts';

export function messageOf(message: {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: string;
  readonly headers?: IHeaders | undefined;
}): InMessage {
  return {
    offset: Number(message.offset),
    key: message.key === null ? undefined : message.key.toString(),
    value: message.value,
    headers: message.headers === undefined ? NONE : headersOf(message.headers),
    appendedMs: Number(message.timestamp),
  };
}

const NONE: InMessage['headers'] = {};

function headersOf(headers: IHeaders): InMessage['headers'] {
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const one = Array.isArray(value) ? value[0] : value;
    if (one !== undefined) read[name] = String(one);
  }
  return read;
}
