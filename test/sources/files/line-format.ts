import type { JsonValue } from '../../../src/core/json.ts';
import type { FrameContext, FrameOutput, Framer, SourceFormat } from '../../../src/core/source-format.ts';
import { fail } from '../../../src/core/result.ts';

/**
 * A stream of text lines. `ask ID` waits for `answer ID`, which comes out as `answer ID (asked)` then; what nobody
 * answers is let go on idle and at the end. A line that begins with `!` is rejected.
 */
export const lines: SourceFormat = {
  type: 'vault',
  carriesOver: true,
  frame: (context, state) => new LineFramer(context, state),
  normalize: () => fail({ origin: { source: '' }, reason: 'not-a-record', message: '', length: 0, keys: [] }),
};

class LineFramer implements Framer {
  readonly #context: FrameContext;
  readonly #waiting: Set<string>;
  #tail = '';
  #offset: number;

  constructor(context: FrameContext, state?: JsonValue) {
    this.#context = context;
    this.#offset = context.offset;
    this.#waiting = new Set(Array.isArray(state) ? state.filter((id) => typeof id === 'string') : []);
  }

  get offset(): number {
    return this.#offset;
  }

  push(bytes: Buffer, seen: string, out: FrameOutput): void {
    const parts = (this.#tail + bytes.toString('latin1')).split('\n');
    this.#tail = parts.pop() ?? '';
    for (const line of parts) this.#take(line, 1, seen, out);
  }

  idle(_: number, out: FrameOutput): void {
    this.#letGo('idle', out);
  }

  end(seen: string, out: FrameOutput): void {
    if (this.#tail !== '') this.#reject(this.#tail, 'truncated', out);
    this.#offset += this.#tail.length;
    this.#tail = '';
    this.#letGo(seen, out);
  }

  state(): JsonValue | undefined {
    return this.#waiting.size === 0 ? undefined : [...this.#waiting];
  }

  #take(line: string, newline: number, seen: string, out: FrameOutput): void {
    const [, verb, id] = /^(ask|answer) (.+)$/.exec(line) ?? [];
    if (line.startsWith('!')) this.#reject(line, 'not-a-record', out);
    else if (verb === 'ask' && id !== undefined) this.#waiting.add(id);
    else if (id !== undefined && this.#waiting.delete(id)) this.#emit(`${line} (asked)`, seen, out);
    else this.#emit(line, seen, out);
    this.#offset += line.length + newline;
  }

  #letGo(seen: string, out: FrameOutput): void {
    for (const id of this.#waiting) this.#emit(`ask ${id} (unanswered)`, seen, out, true);
    this.#waiting.clear();
  }

  #emit(text: string, seen: string, out: FrameOutput, isUnanswered = false): void {
    const origin = { source: this.#context.source, file: this.#context.file ?? '', offset: this.#offset };
    const record = { type: 'vault' as const, origin, record: {}, text, seen };
    out.records.push(isUnanswered ? { ...record, unanswered: true } : record);
  }

  #reject(line: string, reason: 'truncated' | 'not-a-record', out: FrameOutput): void {
    const origin = { source: this.#context.source, file: this.#context.file ?? '', offset: this.#offset };
    out.rejections.push({ origin, reason, message: 'no line', length: line.length, keys: [] });
  }
}
