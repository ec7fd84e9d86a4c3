import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { WhosawError } from '../../core/errors.ts';
import type { JsonValue } from '../../core/json.ts';
import type { FrameContext, FrameOutput, Framer, SourceFormat } from '../../core/source-format.ts';
import { CHUNK_BYTES, contentOf, contentOfStream } from './content.ts';
import { isFileError, unreadable } from './file-error.ts';
import { GzipBroken } from './gunzip.ts';
import { brokenGzip, newOutput, takeOutput } from './output.ts';
import { compareParts, streamOf } from './rotation.ts';
import { walk } from './walk.ts';
import type { WalkReport } from './walk.ts';

/** Standard input among the paths. */
export const STDIN = '-';
const DETECT_BYTES = 64 * 1024;

/** The format of a file, told from its path and first bytes (decompressed; 64 KiB, or all); undefined skips the file. */
export type ChooseFormat = (first: Buffer, path: string) => SourceFormat | undefined;

export interface ReadFilesOptions {
  /** `origin.source` of the records; default: the format's type. */
  readonly source?: string;
  /** Vault only. */
  readonly cluster?: string;
  readonly signal?: AbortSignal;
  readonly chunkBytes?: number;
  readonly stdin?: AsyncIterable<Buffer>;
  /** A file that is not read, and why. */
  skipped(path: string, reason: string): void;
  /** SOURCE_UNREADABLE for one file or folder. The run goes on with the others, unless this throws. */
  unreadable(error: WhosawError, path: string): void;
}

/** What one chunk of a file gave; the arrays are the receiver's. */
export interface FileBatch extends FrameOutput {
  readonly file: string;
}

/**
 * Reads files, folders (whole trees) and standard input (`-`) once, decompressing gzip. Order: by path, but the parts
 * of a rotated stream oldest first, and standard input last. A broken gzip file gives what comes before the
 * defect and a rejection. Ends with the signal.
 */
export async function* readFiles(
  paths: readonly string[],
  format: SourceFormat | ChooseFormat,
  options: ReadFilesOptions,
): AsyncGenerator<FileBatch, void, undefined> {
  const choose = typeof format === 'function' ? format : () => format;
  let waiting: Waiting | undefined;
  for (const file of await listFiles(paths, options)) {
    if (waiting !== undefined && streamOf(waiting.file) !== streamOf(file)) {
      yield* letGo(waiting);
      waiting = undefined;
    }
    waiting = yield* readFile(file, choose, options, waiting);
    if (isAborted(options)) return;
  }
  if (waiting !== undefined) yield* letGo(waiting);
}

/** What a stream's last part still waits for, until its next part is read. */
interface Waiting {
  readonly file: string;
  readonly reader: Reader;
  readonly state: JsonValue;
}

interface Reader {
  readonly format: SourceFormat;
  readonly context: FrameContext;
  readonly framer: Framer;
}

/** Returns what waits for the stream's next part. */
async function* readFile(
  file: string,
  choose: ChooseFormat,
  options: ReadFilesOptions,
  waiting: Waiting | undefined,
): AsyncGenerator<FileBatch, Waiting | undefined, undefined> {
  const out = newOutput();
  let reader: Reader | undefined;
  let position = 0;
  try {
    for await (const chunk of contentAt(file, options)) {
      if (isAborted(options)) return undefined;
      reader ??= newReader(file, choose(chunk, file), options, waiting);
      if (reader === undefined) {
        options.skipped(file, 'no audit stream that whosaw knows');
        return waiting;
      }
      position += chunk.length;
      reader.framer.push(chunk, now(), out);
      const batch = takeOutput(out);
      if (batch !== undefined) yield { file, ...batch };
    }
  } catch (cause) {
    if (isAborted(options)) return undefined;
    if (!isFileError(cause)) throw cause;
    if (cause instanceof GzipBroken && reader !== undefined) {
      out.rejections.push(brokenGzip(reader.context, position, cause));
    } else options.unreadable(unreadable(file, cause), file);
  }
  if (reader === undefined) return waiting;
  const state = endPart(reader, out);
  const batch = takeOutput(out);
  if (batch !== undefined) yield { file, ...batch };
  return state === undefined ? undefined : { file, reader, state };
}

function newReader(
  file: string,
  format: SourceFormat | undefined,
  { source, cluster }: ReadFilesOptions,
  waiting: Waiting | undefined,
): Reader | undefined {
  if (format === undefined) return undefined;
  const context = { source: source ?? format.type, file, ...(cluster === undefined ? {} : { cluster }), offset: 0 };
  const state = waiting?.reader.format === format ? waiting.state : undefined;
  return { format, context, framer: format.frame(context, state) };
}

/** Ends a file; what waits for the stream's next part is not let go but returned. */
function endPart({ format, framer }: Reader, out: FrameOutput): JsonValue | undefined {
  const state = format.carriesOver === true ? framer.state() : undefined;
  framer.end(now(), out);
  if (state === undefined) return undefined;
  const answered = out.records.filter((record) => record.unanswered !== true);
  out.records.splice(0, Infinity, ...answered);
  return state;
}

/** The stream has no further part. */
function* letGo({ file, reader, state }: Waiting): Generator<FileBatch, void, undefined> {
  const out = newOutput();
  reader.format.frame(reader.context, state).end(now(), out);
  const batch = takeOutput(out);
  if (batch !== undefined) yield { file, ...batch };
}

async function* contentAt(file: string, options: ReadFilesOptions): AsyncGenerator<Buffer, void, undefined> {
  if (file === STDIN) {
    yield* contentOfStream(untilAborted(options.stdin ?? process.stdin, options.signal), DETECT_BYTES);
    return;
  }
  const handle = await open(file);
  try {
    yield* contentOf(handle, options.chunkBytes ?? CHUNK_BYTES);
  } finally {
    await handle.close();
  }
}

/** A stream may be silent for ever: the signal ends it all the same. */
async function* untilAborted(
  stream: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  if (signal?.aborted === true) return;
  const chunks = stream[Symbol.asyncIterator]();
  const aborted = new Promise<undefined>((resolve) => {
    signal?.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  for (;;) {
    const coming = chunks.next();
    const next = await Promise.race([aborted, coming]);
    if (next === undefined) coming.catch(() => undefined);
    if (next === undefined || next.done === true) return;
    yield next.value;
  }
}

/** Every path once, in the order of reading. A file that is named itself is read whatever its name. */
export async function listFiles(
  paths: readonly string[],
  options: Pick<ReadFilesOptions, 'skipped' | 'unreadable'>,
): Promise<readonly string[]> {
  const files = new Map<string, string>();
  const report: WalkReport = {
    skipped: (path, reason) => options.skipped(path, reason),
    unreadable: (path, cause) => options.unreadable(unreadable(path, cause), path),
  };
  for (const path of paths) {
    if (path === STDIN) continue;
    for (const file of await filesAt(path, report)) files.set(resolve(file), file);
  }
  const sorted = [...files.values()].sort(compareParts);
  return paths.includes(STDIN) ? [...sorted, STDIN] : sorted;
}

async function filesAt(path: string, report: WalkReport): Promise<readonly string[]> {
  try {
    return (await stat(path)).isDirectory() ? await walk(path, report) : [path];
  } catch (cause) {
    report.unreadable(path, cause);
    return [];
  }
}

function isAborted({ signal }: ReadFilesOptions): boolean {
  return signal?.aborted === true;
}

function now(): string {
  return new Date().toISOString();
}
