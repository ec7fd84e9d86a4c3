import type { EventOutline } from '../core/event-outline.ts';
import { quoteValue } from '../query/quote-value.ts';

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
  events: readonly EventOutline[],
  ask: (query: string) => Promise<readonly EventOutline[]>,
): Promise<Unwraps> {
  const tokens = Array.from(new Set(events.flatMap((event) => (isWrapped(event) ? event.wrap : []))));
  const found = new Map<string, Unwrap>();
  for (let at = 0; at < tokens.length; at += TOKENS) {
    const any = tokens
      .slice(at, at + TOKENS)
      .map(quoteValue)
      .join(' or ');
    const unwraps = await ask(`whosaw.wrap.token: (${any}) and url.path: ${quoteValue(UNWRAP)}`);
    for (const { wrap = '', timeUs, address } of unwraps) {
      if (!found.has(wrap)) found.set(wrap, { atUs: timeUs, ...(address === undefined ? {} : { address }) });
    }
  }
  return found;
}

export function unwrapped(event: EventOutline, unwraps: Unwraps): { readonly unwrapped?: Unwrap } {
  const found = isWrapped(event) ? unwraps.get(event.wrap) : undefined;
  return found === undefined ? {} : { unwrapped: found };
}

function isWrapped(event: EventOutline): event is EventOutline & { readonly wrap: string } {
  return event.wrap !== undefined && event.path !== UNWRAP;
}
