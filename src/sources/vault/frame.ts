import type { JsonValue } from '../../core/json.ts';
import type { FrameContext, FrameOutput, Framer } from '../../core/source-format.ts';
import type { RejectionReason } from '../../core/record.ts';
import { LineCutter } from '../../lib/frame-lines.ts';
import { OpenRequests } from './open-requests.ts';
import { parseEntry } from './parse-entry.ts';
import { redactEntry } from './redact.ts';

/** Vault writes entries of several megabytes (a list of a large mount); what is longer is no audit entry. */
const LINE_LIMIT_BYTES = 32 * 1024 * 1024;

export function frameVault(context: FrameContext, state?: JsonValue): Framer {
  const lines = new LineCutter(context.offset, LINE_LIMIT_BYTES);
  const open = new OpenRequests(context, state);

  const take = (line: Buffer, offset: number, seen: string, out: FrameOutput): void => {
    const text = line.toString('utf8');
    const parsed = parseEntry(text);
    if (parsed.skipped > 0) {
      const skipped = Buffer.byteLength(text.slice(0, parsed.skipped));
      reject(offset, skipped, 'truncated', 'An entry was cut off, and the next one glued onto it.', [], out);
    }
    if (parsed.entry === undefined) {
      reject(offset, line.length, parsed.reason, parsed.message, parsed.keys, out);
      return;
    }
    const start = parsed.start === 0 ? offset : offset + Buffer.byteLength(text.slice(0, parsed.start));
    const entry = redactEntry(parsed.entry, parsed.text);
    open.take({ ...entry, offset: start, seen }, out);
  };

  const reject = (
    offset: number,
    length: number,
    reason: RejectionReason,
    message: string,
    keys: readonly string[],
    out: FrameOutput,
  ): void => {
    out.rejections.push({ origin: origin(context, offset), reason, message, length, keys });
  };

  const tooLong = (offset: number, length: number, out: FrameOutput): void =>
    reject(offset, length, 'too-long', `A line of more than ${LINE_LIMIT_BYTES} bytes is no audit entry.`, [], out);

  return {
    push(bytes, seen, out) {
      lines.push(
        bytes,
        (line, offset) => take(line, offset, seen, out),
        (offset, length) => tooLong(offset, length, out),
      );
    },
    idle: (nowMs, out) => open.idle(nowMs, out),
    end(seen, out) {
      lines.end(
        (line, offset) => takeLast(line, offset, seen, out),
        (offset, length) => tooLong(offset, length, out),
      );
      open.end(out);
    },
    get offset() {
      return lines.offset;
    },
    state: () => open.state(),
  };

  /** The last line may lack its newline: whole, it counts; else it was cut off. */
  function takeLast(line: Buffer, offset: number, seen: string, out: FrameOutput): void {
    const text = line.toString('utf8');
    if (parseEntry(text).entry !== undefined || !looksCutOff(text)) take(line, offset, seen, out);
    else reject(offset, line.length, 'truncated', 'The last line of the file is cut off.', [], out);
  }
}

function looksCutOff(text: string): boolean {
  return text.includes('{') && !text.trimEnd().endsWith('}');
}

export function origin(context: FrameContext, offset: number): { source: string; file?: string; offset: number } {
  return { source: context.source, ...(context.file === undefined ? {} : { file: context.file }), offset };
}
