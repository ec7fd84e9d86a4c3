import { createHash } from 'node:crypto';
import type { Framer, FrameOutput, SourceFormat } from '../../core/source-format.ts';
import { contentOfStream } from '../files/content.ts';
import { GzipBroken } from '../files/gunzip.ts';
import { brokenGzip } from '../files/output.ts';
import { Bell } from '../../lib/bell.ts';
import type { AttemptsTiming } from '../streams/attempts.ts';
import type { Notice } from '../streams/stream.ts';
import { explainAwsError, isExpired, nameOf } from './aws-error.ts';
import type { S3Access, S3Object, S3Place } from './s3-client.ts';

export interface TrailFilesOptions {
  /** The source's name in the config. */
  readonly source: string;
  readonly format: SourceFormat;
  /** A new client, with credentials that are asked for anew. */
  readonly open: () => Promise<S3Access>;
  readonly notice: Notice;
  readonly timing?: Partial<AttemptsTiming> | undefined;
}

/** What became of a file. */
export type FileEnd =
  | {
      readonly state: 'read';
      /** Of the uncompressed content, hexadecimal. */
      readonly sha256: string;
      readonly metadata: Readonly<Record<string, string>>;
    }
  | { readonly state: 'missing' }
  /** It could not be read now, which was said. */
  | { readonly state: 'later' };

/** Gets the files of a trail, and cuts them into records. */
export class TrailFiles {
  readonly #options: TrailFilesOptions;
  readonly #bell = new Bell();
  readonly #said = new Set<string>();
  #client: Promise<S3Access> | undefined;

  constructor(options: TrailFilesOptions) {
    this.#options = options;
  }

  /** The source's name in the config. */
  get source(): string {
    return this.#options.source;
  }

  /**
   * Adds a file's records to `out`, and yields whenever there may be enough of them. After a cut the file is read from
   * its beginning again: what was given twice is one event.
   */
  async *read(place: S3Place, out: FrameOutput, signal: AbortSignal): AsyncGenerator<void, FileEnd, undefined> {
    const { source, format } = this.#options;
    const context = { source, file: uriOf(place), offset: 0 };
    return yield* this.#attempts(place, signal, (object) => frame(format.frame(context), object, context, out));
  }

  /** The uncompressed content of a small file, as text. */
  async text(place: S3Place, signal: AbortSignal): Promise<FileEnd & { readonly text: string }> {
    let text = '';
    const reading = this.#attempts(place, signal, async function* (object) {
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of contentOfStream(whole(object), 2)) {
        bytes += chunk.length;
        if (bytes > TEXT_LIMIT_BYTES) throw new Error('The digest file is too long to be one.');
        chunks.push(Buffer.from(chunk));
        yield;
      }
      const content = Buffer.concat(chunks);
      text = content.toString();
      return createHash('sha256').update(content).digest('hex');
    });
    for (;;) {
      const step = await reading.next();
      if (step.done === true) return { ...step.value, text };
    }
  }

  close(): void {
    void this.#client?.then(
      (client) => client.close(),
      () => undefined,
    );
    this.#client = undefined;
  }

  get client(): Promise<S3Access> {
    return (this.#client ??= this.#options.open());
  }

  async *#attempts(
    place: S3Place,
    signal: AbortSignal,
    use: (object: S3Object) => AsyncGenerator<void, string, undefined>,
  ): AsyncGenerator<void, FileEnd, undefined> {
    for (let attempt = 1; ; attempt += 1) {
      let object: S3Object | undefined;
      try {
        object = await (await this.client).get(place, signal);
        const sha256 = yield* use(object);
        this.#said.clear();
        return { state: 'read', sha256, metadata: object.metadata };
      } catch (error) {
        if (signal.aborted) return { state: 'later' };
        if (nameOf(error) === 'NoSuchKey') return { state: 'missing' };
        if (isExpired(error)) this.close();
        const { kind, message } = explainAwsError(error, {
          action: 's3:GetObject',
          resource: `arn:aws:s3:::${place.bucket}/${place.key}`,
        });
        if (kind === 'refused' || attempt >= ATTEMPTS) {
          this.#say(`${nameOf(error)} ${place.bucket}`, message);
          return { state: 'later' };
        }
        const { firstMs = 500 } = this.#options.timing ?? {};
        await this.#bell.sleep(firstMs * 2 ** (attempt - 1), signal);
      } finally {
        object?.body.destroy();
      }
    }
  }

  /** Once for each kind of trouble with a bucket, until a file can be read again. */
  #say(key: string, message: string): void {
    if (this.#said.has(key)) return;
    this.#said.add(key);
    this.#options.notice(message, {});
  }
}

export function uriOf({ bucket, key }: S3Place): string {
  return `s3://${bucket}/${key}`;
}

const ATTEMPTS = 5;
const TEXT_LIMIT_BYTES = 64 * 1024 * 1024;

async function* frame(
  framer: Framer,
  object: S3Object,
  context: { readonly source: string; readonly file: string; readonly offset: number },
  out: FrameOutput,
): AsyncGenerator<void, string, undefined> {
  const hash = createHash('sha256');
  const seen = new Date().toISOString();
  let position = 0;
  try {
    for await (const chunk of contentOfStream(whole(object), 2)) {
      hash.update(chunk);
      position += chunk.length;
      framer.push(chunk, seen, out);
      yield;
    }
  } catch (error) {
    if (!(error instanceof GzipBroken)) throw error;
    out.rejections.push(brokenGzip(context, position, error));
  }
  framer.end(seen, out);
  return hash.digest('hex');
}

/** The stored bytes; throws where the connection gave fewer than there are. */
async function* whole({ body, bytes }: S3Object): AsyncGenerator<Buffer, void, undefined> {
  let count = 0;
  for await (const chunk of body) {
    const buffer = chunk as Buffer;
    count += buffer.length;
    yield buffer;
  }
  if (bytes !== undefined && count < bytes) {
    throw Object.assign(new Error('The connection ended early.'), { code: 'ECONNRESET' });
  }
}
