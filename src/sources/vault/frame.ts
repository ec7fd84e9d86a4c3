import type { JsonValue } from '../../core/json.ts';
import type { FrameContext, FrameOutput, Framer } from '../../core/source-format.ts';
import type { Rejection } from '../../core/record.ts';
import { LineCutter } from '../../lib/frame-lines.ts';
import { OpenRequests, recordOf, TEXT_LIMIT, type Entry, type LineReader, type UnreadLine } from './open-requests.ts';
import { parseEntry, type ParsedLine } from './parse-entry.ts';
import { peekRequest, type Peeked } from './peek-request.ts';
import { redactEntry } from './redact.ts';

/** Vault writes entries of several megabytes (a list of a large mount); what is longer is no audit entry. */
const LINE_LIMIT_BYTES = 32 * 1024 * 1024;
/** Entries on one line that are told apart, counted from its end; what is in front of them is rejected. */
const GLUED_LIMIT = 8;

export function frameVault(context: FrameContext, state?: JsonValue, limitBytes = LINE_LIMIT_BYTES): Framer {
  return frameEntries(context, (reader) => new OpenRequests(context, reader, state), limitBytes);
}

/** Every entry is a record at once, requests too: who frames their texts again makes pairs of them. */
export function cutVault(context: FrameContext, limitBytes = LINE_LIMIT_BYTES): Framer {
  const single: Pairing = {
    take: (entry, out) => void out.records.push(recordOf(context, entry)),
    idle: () => undefined,
    end: () => undefined,
    state: () => undefined,
  };
  return frameEntries(context, () => single, limitBytes);
}

/** What becomes of entries, in the order of the stream. */
interface Pairing {
  /** Takes a request that nobody parsed yet. */
  wait?(request: Peeked, line: UnreadLine, out: FrameOutput): void;
  take(entry: Entry, out: FrameOutput): void;
  idle(nowMs: number, out: FrameOutput): void;
  end(out: FrameOutput): void;
  state(): JsonValue | undefined;
}

function frameEntries(context: FrameContext, pair: (reader: LineReader) => Pairing, limitBytes: number): Framer {
  const lines = new LineCutter(context.offset, limitBytes);
  const open = pair({ read, reject: takeUnread });
  return {
    push(bytes, seen, out) {
      lines.push(
        bytes,
        (line, offset) => takeLine(line, { offset, length: line.length, seen }, out),
        (offset, length) => tooLong(offset, length, out),
      );
    },
    idle: (nowMs, out) => open.idle(nowMs, out),
    end(seen, out) {
      lines.end(
        (line, offset) => takeLine(line, { offset, length: line.length, seen, isLast: true }, out),
        (offset, length) => tooLong(offset, length, out),
      );
      open.end(out);
    },
    get offset() {
      return lines.offset;
    },
    state: () => open.state(),
  };

  function takeLine(line: Buffer, place: Place, out: FrameOutput): void {
    const text = line.toString('utf8');
    const mayWait = open.wait !== undefined && text.length <= TEXT_LIMIT && place.isLast !== true;
    const request = mayWait ? peekRequest(text) : undefined;
    if (request === undefined) takeText(text, place, out);
    else open.wait?.(request, { text, offset: place.offset, seen: place.seen }, out);
  }

  function read({ text, offset, seen }: UnreadLine): Entry | undefined {
    const parsed = parseEntry(text);
    if (parsed.entry === undefined || parsed.text !== text) return undefined;
    const { record, text: redacted } = redactEntry(parsed.entry, text);
    return { record, text: redacted, offset, seen };
  }

  function takeUnread({ text, offset, seen }: UnreadLine, out: FrameOutput): void {
    takeText(text, { offset, seen, length: Buffer.byteLength(text) }, out);
  }

  function takeText(text: string, place: Place, out: FrameOutput): void {
    const parsed = parseEntry(text);
    if (parsed.entry !== undefined) takeEntry(parsed, text, place, out, GLUED_LIMIT);
    else if (place.isLast === true && isCutOff(parsed, text)) reject(place, LAST_CUT_OFF, out);
    else reject(place, parsed, out);
  }

  function takeEntry(parsed: FoundEntry, text: string, place: Place, out: FrameOutput, limit: number): void {
    // Counted from the end: where a character was cut in two, the text in front is longer than it was in the file.
    const start = parsed.start === 0 ? 0 : place.length - Buffer.byteLength(parsed.text);
    if (parsed.skipped > 0) takeFront(text.slice(0, parsed.skipped), { ...place, length: start }, out, limit - 1);
    const { record, text: redacted } = redactEntry(parsed.entry, parsed.text);
    open.take({ record, text: redacted, offset: place.offset + start, seen: place.seen }, out);
  }

  /** What stands in front of an entry that was glued onto it: cut off, or whole but for its newline. */
  function takeFront(text: string, place: Place, out: FrameOutput, limit: number): void {
    const parsed = limit > 0 ? parseEntry(text) : undefined;
    if (parsed?.entry === undefined) reject(place, GLUED_CUT_OFF, out);
    else takeEntry(parsed, text, place, out, limit);
  }

  function tooLong(offset: number, length: number, out: FrameOutput): void {
    const message = `A line of more than ${limitBytes} bytes is no audit entry.`;
    reject({ offset, length, seen: '' }, { reason: 'too-long', message, keys: [] }, out);
  }

  function reject({ offset, length }: Place, { reason, message, keys }: Why, out: FrameOutput): void {
    const { source, file } = context;
    const origin = file === undefined ? { source, offset } : { source, file, offset };
    out.rejections.push({ origin, reason, message, length, keys });
  }
}

type FoundEntry = Extract<ParsedLine, { readonly text: string }>;
type Why = Pick<Rejection, 'reason' | 'message' | 'keys'>;

/** What the bytes of a line were. */
interface Place {
  readonly offset: number;
  readonly length: number;
  readonly seen: string;
  /** It ends with the stream, without a newline. */
  readonly isLast?: boolean;
}

const LAST_CUT_OFF: Why = { reason: 'truncated', message: 'The last line of the file is cut off.', keys: [] };
const GLUED_CUT_OFF: Why = {
  reason: 'truncated',
  message: 'An entry was cut off, and the next one glued onto it.',
  keys: [],
};

function isCutOff(parsed: ParsedLine & { entry?: undefined }, text: string): boolean {
  return parsed.reason === 'not-json' && text.includes('{');
}
