import { Readable } from 'node:stream';
import { credentialsOf } from './credentials.ts';
import type { AwsIdentity } from './identity.ts';

export interface S3Place {
  readonly bucket: string;
  readonly key: string;
}

export interface S3Object {
  /** As it is stored; read once, or destroyed. */
  readonly body: Readable;
  readonly bytes: number | undefined;
  /** `x-amz-meta-...` */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface S3Listing {
  readonly keys: readonly { readonly key: string; readonly bytes: number }[];
  /** With a delimiter: the "folders". */
  readonly prefixes: readonly string[];
  readonly token: string | undefined;
}

/** Errors are those of the SDK, which does not retry. */
export interface S3Access {
  get(place: S3Place, signal: AbortSignal): Promise<S3Object>;
  /** Up to 1000 keys and prefixes a page. */
  list(
    bucket: string,
    request: { readonly prefix: string; readonly delimiter?: string; readonly token?: string | undefined },
    signal: AbortSignal,
  ): Promise<S3Listing>;
  close(): void;
}

const TIMEOUT_MS = 60_000;

export async function openS3(identity: AwsIdentity, region: string): Promise<S3Access> {
  const { GetObjectCommand, ListObjectsV2Command, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({
    region,
    maxAttempts: 1,
    followRegionRedirects: true,
    // Trail files are gzip, which has a checksum.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { requestTimeout: TIMEOUT_MS },
    credentials: await credentialsOf(identity, region),
  });
  return {
    async get({ bucket, key }, signal) {
      const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
      const body = object.Body instanceof Readable ? object.Body : Readable.from([]);
      return { body, bytes: object.ContentLength, metadata: object.Metadata ?? {} };
    },
    async list(bucket, { prefix, delimiter, token }, signal) {
      const page = await client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
        { abortSignal: signal },
      );
      return {
        keys: (page.Contents ?? []).flatMap(({ Key: key, Size: bytes = 0 }) =>
          key === undefined ? [] : [{ key, bytes }],
        ),
        prefixes: (page.CommonPrefixes ?? []).flatMap(({ Prefix: found }) => found ?? []),
        token: page.IsTruncated === true ? page.NextContinuationToken : undefined,
      };
    },
    close: () => client.destroy(),
  };
}
