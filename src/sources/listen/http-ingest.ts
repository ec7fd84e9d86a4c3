import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FrameOutput } from '../../core/source-format.ts';
import { sha256 } from '../../lib/hash.ts';
import type { Intake } from './intake.ts';
import type { Unfinished } from './unfinished.ts';

/** Of a body as it comes, and of what is in it. Vault writes single entries of several megabytes. */
const BODY_LIMIT_BYTES = 32 * 1024 * 1024;
const RETRY_AFTER_S = 5;

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * `POST /v1/ingest/{source}`: a body of NDJSON, or an entry of OpenBao's HTTP audit device. The token is a bearer token,
 * the header X-Whosaw-Token, or the last part of the path. 202 means that all of it is down on the disk; anything else that none is.
 */
export function answerWith(intakes: readonly Intake[], unfinished: Unfinished): RequestListener {
  const bySource = new Map(intakes.map((intake) => [intake.source.name, intake]));
  return (request, response) => {
    void answer(request, bySource, unfinished)
      .catch((): Answer => problem(500, 'The request could not be taken in; send it again.'))
      .then((found) => {
        unfinished.delete(request);
        send(request, response, found);
      });
  };
}

async function answer(
  request: IncomingMessage,
  intakes: ReadonlyMap<string, Intake>,
  unfinished: Unfinished,
): Promise<Answer> {
  const [, name = '', pathToken] = PATH.exec(request.url ?? '') ?? [];
  if (name === '') return problem(404, 'There is POST /v1/ingest/SOURCE, and nothing else.');
  if (request.method !== 'POST') return problem(405, 'Use POST.');
  const intake = intakes.get(decode(name));
  if (intake === undefined) return problem(404, 'No source of that name listens here.');
  if (!isAllowed(request, pathToken, intake))
    return problem(401, 'The token is missing, or not the one of this source.');
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') return problem(415, 'Content-Encoding is gzip, or none.');
  const body = await bodyOf(request, unfinished);
  if (!Buffer.isBuffer(body)) {
    if (body.status === 429) intake.refused(1, Number(request.headers['content-length'] ?? 0), Date.now());
    return body;
  }
  const bytes = encoding === 'gzip' ? await unzip(body) : body;
  return Buffer.isBuffer(bytes) ? take(bytes, intake, request.socket.remoteAddress ?? 'local') : bytes;
}

const PATH = /^\/v1\/ingest\/([^/?]+)(?:\/([^/?]+))?\/?(?:\?.*)?$/;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Compared by their hashes, which are equally long. */
function isAllowed({ headers }: IncomingMessage, pathToken: string | undefined, { source }: Intake): boolean {
  if (source.tokenHash === undefined) return true;
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  const own = headers['x-whosaw-token'];
  const token = bearer ?? (typeof own === 'string' ? own : undefined) ?? decode(pathToken ?? '');
  return timingSafeEqual(Buffer.from(sha256(token), 'hex'), Buffer.from(source.tokenHash, 'hex'));
}

async function bodyOf(request: IncomingMessage, unfinished: Unfinished): Promise<Buffer | Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT_BYTES) return tooLarge();
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    length += chunk.length;
    if (length > BODY_LIMIT_BYTES) return tooLarge();
    if (!unfinished.set(request, length)) return busy('Too many requests are being sent at once.');
  }
  return Buffer.concat(chunks, length);
}

async function unzip(body: Buffer): Promise<Buffer | Answer> {
  try {
    return await promisify(gunzip)(body, { maxOutputLength: BODY_LIMIT_BYTES });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ERR_BUFFER_TOO_LARGE'
      ? tooLarge()
      : problem(400, 'The body is no gzip, though its header says so.');
  }
}

async function take(bytes: Buffer, intake: Intake, peer: string): Promise<Answer> {
  const nowMs = Date.now();
  const seen = new Date(nowMs).toISOString();
  const out: FrameOutput = { records: [], rejections: [] };
  const framer = intake.framer();
  framer.push(bytes, seen, out);
  framer.end(seen, out);
  const [first] = out.rejections;
  if (out.records.length === 0 && first !== undefined) {
    return problem(400, `Nothing in the body is a record: ${first.message}`);
  }
  if (!intake.put(out, peer, nowMs)) return busy('The spill has no room.');
  if (intake.isSynced) await intake.sync();
  return { status: 202, body: { accepted: out.records.length, rejected: out.rejections.length } };
}

function problem(status: number, message: string): Answer {
  return { status, body: { error: message } };
}

function tooLarge(): Answer {
  return problem(413, `A body has at most ${BODY_LIMIT_BYTES} bytes, unpacked.`);
}

function busy(message: string): Answer {
  return problem(429, `${message} Send it again later.`);
}

function send(request: IncomingMessage, response: ServerResponse, { status, body }: Answer): void {
  if (response.destroyed) return;
  // What was not read of the body is not waited for.
  const isRead = request.complete;
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 429 ? { 'retry-after': String(RETRY_AFTER_S) } : {}),
    ...(isRead ? {} : { connection: 'close' }),
  });
  response.end(`${JSON.stringify(body)}\n`);
}
