import { createPublicKey, verify } from 'node:crypto';
import { isObject, stringAt, type JsonObject } from '../../core/json.ts';
import type { S3Place } from './s3-client.ts';

/** What a trail says that it wrote within an hour. */
export interface Digest {
  readonly startTime: string;
  readonly endTime: string;
  /** Its own place, which is part of what is signed. */
  readonly place: S3Place;
  readonly fingerprint: string;
  /** Hexadecimal; absent in the first one of a trail. */
  readonly previousSignature: string | undefined;
  readonly previous: { readonly place: S3Place; readonly sha256: string } | undefined;
  readonly files: readonly { readonly place: S3Place; readonly sha256: string }[];
}

/**
 * A digest file's content, or undefined where it is none. Source:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
export function parseDigest(text: string): Digest | undefined {
  const value = parse(text);
  const place = placeIn(value, 'digestS3Bucket', 'digestS3Object');
  const startTime = stringAt(value, 'digestStartTime');
  const endTime = stringAt(value, 'digestEndTime');
  const fingerprint = stringAt(value, 'digestPublicKeyFingerprint');
  if (place === undefined || startTime === undefined || endTime === undefined || fingerprint === undefined)
    return undefined;
  const previousPlace = placeIn(value, 'previousDigestS3Bucket', 'previousDigestS3Object');
  const previousHash = stringAt(value, 'previousDigestHashValue');
  const logFiles: unknown = value?.['logFiles'];
  return {
    startTime,
    endTime,
    place,
    fingerprint,
    previousSignature: stringAt(value, 'previousDigestSignature'),
    previous:
      previousPlace === undefined || previousHash === undefined
        ? undefined
        : { place: previousPlace, sha256: previousHash },
    files: (Array.isArray(logFiles) ? logFiles : []).filter(isObject).flatMap((file) => {
      const at = placeIn(file, 's3Bucket', 's3Object');
      const sha256 = stringAt(file, 'hashValue');
      return at === undefined || sha256 === undefined ? [] : [{ place: at, sha256 }];
    }),
  };
}

/**
 * Whether a digest file was signed with this key. `sha256` is that of its uncompressed content, hexadecimal. Source:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
 */
export function isSigned(digest: Digest, sha256: string, signature: string, publicKey: Uint8Array): boolean {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'pkcs1' });
  return verify('RSA-SHA256', Buffer.from(signedText(digest, sha256)), key, Buffer.from(signature, 'hex'));
}

export function signedText({ endTime, place, previousSignature }: Digest, sha256: string): string {
  return `${endTime}\n${place.bucket}/${place.key}\n${sha256}\n${previousSignature ?? 'null'}`;
}

function placeIn(parent: JsonObject | undefined, bucketKey: string, objectKey: string): S3Place | undefined {
  const bucket = stringAt(parent, bucketKey);
  const key = stringAt(parent, objectKey);
  return bucket === undefined || key === undefined ? undefined : { bucket, key };
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
