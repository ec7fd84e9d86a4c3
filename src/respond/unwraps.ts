import type { AuditEvent } from '../core/event.ts';
import { parseTimeUs } from '../lib/time.ts';
import { quoteValue } from '../query/quote-value.ts';
import type { FoundEvent } from './search.ts';

/** Somebody had the token of what was wrapped: an unwrap names nobody, only where it came from. */
export interface Unwrap {
  /** Microseconds. */
  readonly atUs: number;
  readonly address?: string;
}

/** The first unwrap of each wrapping token, by the token's HMAC. */
export type Unwraps = ReadonlyMap<string, Unwrap>;

const UNWRAP = 'sys/wrapping/unwrap';
/** Tokens in one question. */
const TOKENS = 50;

/**
 * Joins what was wrapped with who unwrapped it, by the HMAC of the wrapping token. Equal HMACs come from one salt, so events of
 * two devices, or of before and after a new salt, are never joined by mistake; they are not joined at all.
 */
export async function findUnwraps(
  events: readonly FoundEvent[],
  ask: (query: string) => Promise<readonly FoundEvent[]>,
): Promise<Unwraps> {
  const tokens = Array.from(new Set(events.flatMap(({ event }) => (isWrapped(event) ? tokenOf(event) : []))));
  const found = new Map<string, Unwrap>();
  for (let at = 0; at < tokens.length; at += TOKENS) {
    const any = tokens
      .slice(at, at + TOKENS)
      .map(quoteValue)
      .join(' or ');
    for (const { event } of await ask(`whosaw.wrap.token: (${any}) and url.path: ${quoteValue(UNWRAP)}`)) {
      const [token = ''] = tokenOf(event);
      if (found.has(token)) continue;
      const { address } = event.source ?? {};
      const atUs = parseTimeUs(event['@timestamp']) ?? 0;
      found.set(token, { atUs, ...(address === undefined ? {} : { address }) });
    }
  }
  return found;
}

export function unwrapped(event: AuditEvent, unwraps: Unwraps): { readonly unwrapped?: Unwrap } {
  const found = isWrapped(event) ? unwraps.get(tokenOf(event)[0] ?? '') : undefined;
  return found === undefined ? {} : { unwrapped: found };
}

function isWrapped(event: AuditEvent): boolean {
  return event.whosaw.wrap !== undefined && event.url?.path !== UNWRAP;
}

function tokenOf({ whosaw }: AuditEvent): readonly string[] {
  return whosaw.wrap === undefined ? [] : [whosaw.wrap.token];
}
