import type { FrameOutput } from '../../core/source-format.ts';
import type { Rejection } from '../../core/record.ts';
import { RecentMap } from '../../lib/recent-map.ts';
import type { Notice } from '../streams/stream.ts';
import { explainAwsError } from './aws-error.ts';
import type { PublicKey } from './cloudtrail-client.ts';
import { isSigned, parseDigest, type Digest } from './digest.ts';
import type { S3Place } from './s3-client.ts';
import { uriOf, type FileEnd, type TrailFiles } from './trail-files.ts';

export interface DigestCheckOptions {
  /** The source's name in the config. */
  readonly source: string;
  readonly files: TrailFiles;
  /** Keys of a region's digest files between two times. */
  readonly publicKeys: (
    region: string,
    fromMs: number,
    toMs: number,
    signal: AbortSignal,
  ) => Promise<readonly PublicKey[]>;
  readonly notice: Notice;
}

const KNOWN_LIMIT = 200_000;
const DAY_MS = 86_400_000;

/**
 * Holds what a trail says that it wrote against what is there. A log file that is missing or altered, and a digest file
 * that is missing, altered or not signed, is a rejection that names it; a log file that was not read yet is read.
 */
export class DigestCheck {
  readonly #options: DigestCheckOptions;
  /** SHA-256 of files that were read, by their place. */
  readonly #hashes = new RecentMap<string>(KNOWN_LIMIT);
  readonly #keys = new Map<string, Promise<readonly PublicKey[]>>();
  #saidNoKeys = false;

  constructor(options: DigestCheckOptions) {
    this.#options = options;
  }

  /** A log file was read. */
  saw(place: S3Place, sha256: string): void {
    this.#hashes.set(uriOf(place), sha256);
  }

  /** `later`: something of it could not be read now. Yields as `TrailFiles.read` does. */
  async *check(
    place: S3Place,
    out: FrameOutput,
    signal: AbortSignal,
  ): AsyncGenerator<void, FileEnd['state'], undefined> {
    const end = await this.#options.files.text(place, signal);
    if (end.state !== 'read') return end.state;
    const digest = parseDigest(end.text);
    if (digest === undefined) {
      out.rejections.push(this.#reject('not-a-record', place, 'Expected the digest file of a trail.'));
      return 'read';
    }
    const signature = end.metadata['signature'];
    const verdict = await this.#verdict(digest, place, end.sha256, signature, signal);
    if (verdict === 'later') return 'later';
    if (verdict === 'altered') {
      const message =
        'The digest file was not signed by CloudTrail as it is: what it says of the log files is worth nothing.';
      out.rejections.push(this.#reject('altered', place, message));
      return 'read';
    }
    this.saw(place, end.sha256);
    const state = yield* this.#files(digest, out, signal);
    const previous = await this.#previous(digest, out, signal);
    return state === 'later' || previous === 'later' ? 'later' : 'read';
  }

  async *#files(
    { files, startTime, endTime }: Digest,
    out: FrameOutput,
    signal: AbortSignal,
  ): AsyncGenerator<void, 'read' | 'later', undefined> {
    let state: 'read' | 'later' = 'read';
    for (const { place, sha256 } of files) {
      let known = this.#hashes.get(uriOf(place));
      if (known === undefined) {
        const end = yield* this.#options.files.read(place, out, signal);
        if (end.state === 'later') state = 'later';
        if (end.state === 'missing') {
          const message = `CloudTrail wrote this log file between ${startTime} and ${endTime}, and it is not there.`;
          out.rejections.push(this.#reject('missing', place, message));
        }
        if (end.state !== 'read') continue;
        known = end.sha256;
        this.saw(place, known);
      }
      if (known !== sha256) {
        const message = `This log file is not as CloudTrail wrote it between ${startTime} and ${endTime}.`;
        out.rejections.push(this.#reject('altered', place, message));
      }
    }
    return state;
  }

  /** The chain: each digest file names the one before, with its hash. */
  async #previous({ previous }: Digest, out: FrameOutput, signal: AbortSignal): Promise<FileEnd['state']> {
    if (previous === undefined) return 'read';
    let known = this.#hashes.get(uriOf(previous.place));
    if (known === undefined) {
      const end = await this.#options.files.text(previous.place, signal);
      if (end.state === 'missing') {
        const message = 'The digest file before this time is not there: which log files it named is not known.';
        out.rejections.push(this.#reject('missing', previous.place, message));
      }
      if (end.state !== 'read') return end.state;
      known = end.sha256;
      this.saw(previous.place, known);
    }
    if (known !== previous.sha256) {
      const message = 'This digest file is not the one that the next one goes on from.';
      out.rejections.push(this.#reject('altered', previous.place, message));
    }
    return 'read';
  }

  async #verdict(
    digest: Digest,
    place: S3Place,
    sha256: string,
    signature: string | undefined,
    signal: AbortSignal,
  ): Promise<'good' | 'altered' | 'later'> {
    const region = /\/CloudTrail-Digest\/([a-z0-9-]+)\//.exec(place.key)?.[1];
    const isItself = digest.place.key === place.key && digest.place.bucket === place.bucket;
    if (signature === undefined || region === undefined || !isItself) return 'altered';
    const keys = await this.#keysOf(region, Date.parse(digest.endTime), signal);
    // Without keys the hashes still tell what was lost by accident.
    if (keys === undefined) return signal.aborted ? 'later' : 'good';
    const key = keys.find(({ fingerprint }) => fingerprint === digest.fingerprint);
    return key !== undefined && isGood(() => isSigned(digest, sha256, signature, key.der)) ? 'good' : 'altered';
  }

  /** undefined: they could not be had, which was said. */
  async #keysOf(region: string, atMs: number, signal: AbortSignal): Promise<readonly PublicKey[] | undefined> {
    const day = Math.floor(atMs / DAY_MS);
    const name = `${region} ${day}`;
    const asked =
      this.#keys.get(name) ?? this.#options.publicKeys(region, (day - 1) * DAY_MS, (day + 2) * DAY_MS, signal);
    this.#keys.set(name, asked);
    if (this.#keys.size > KEYS_LIMIT) this.#keys.delete([...this.#keys.keys()][0] ?? '');
    try {
      const keys = await asked;
      this.#saidNoKeys = false;
      return keys;
    } catch (error) {
      this.#keys.delete(name);
      if (!this.#saidNoKeys && !signal.aborted) {
        const call = { action: 'cloudtrail:ListPublicKeys', resource: region };
        const { message } = explainAwsError(error, call);
        this.#options.notice(`${message} Digest files are not verified until then.`, {});
      }
      this.#saidNoKeys = true;
      return undefined;
    }
  }

  #reject(reason: 'missing' | 'altered' | 'not-a-record', place: S3Place, message: string): Rejection {
    if (reason !== 'not-a-record') this.#options.notice(message, { file: uriOf(place) });
    return { origin: { source: this.#options.source, file: uriOf(place) }, reason, message, length: 0, keys: [] };
  }
}

const KEYS_LIMIT = 200;

/** A key or signature that is none is no proof. */
function isGood(prove: () => boolean): boolean {
  try {
    return prove();
  } catch {
    return false;
  }
}
