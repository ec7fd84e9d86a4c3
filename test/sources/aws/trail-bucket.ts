import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { secretRead } from '../../services/lookup-events.ts';
import type { Moto } from '../../services/moto.ts';

const ACCOUNT = '123456789012';
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const FINGERPRINT = 'c0ffee';
export const PUBLIC_KEY = publicKey.export({ format: 'der', type: 'pkcs1' });

/** A bucket with a trail in it, and a queue that announces its files. */
export interface TrailBucket {
  readonly bucket: string;
  readonly queue: string;
  /** Writes a log file with these events; its key. */
  write(ids: readonly string[], more?: WriteOptions): Promise<string>;
  /** Signs what was written since the last digest file; its key. */
  digest(change?: (digest: Record<string, unknown>) => void): Promise<string>;
  put(key: string, body: Buffer): Promise<void>;
  remove(key: string): Promise<void>;
  announce(key: string): Promise<void>;
  send(body: string): Promise<void>;
  /** Messages that wait, and that somebody holds. */
  messages(): Promise<readonly [number, number]>;
}

export interface WriteOptions {
  /** Sorts behind `a`, before `z`. */
  readonly name?: string;
  readonly timeMs?: number;
  readonly body?: (gzip: Buffer) => Buffer;
}

export async function makeTrail(moto: Moto, name: string): Promise<TrailBucket> {
  const surroundings = {
    endpoint: moto.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' },
  };
  const s3 = new S3Client({ ...surroundings, forcePathStyle: true });
  const sqs = new SQSClient(surroundings);
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  const { QueueUrl: queue = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  let pending: { readonly key: string; readonly sha256: string }[] = [];
  let previous: { readonly key: string; readonly sha256: string; readonly signature: string } | undefined;
  let count = 0;
  const put = async (key: string, body: Buffer, metadata: Record<string, string> = {}): Promise<void> => {
    await s3.send(new PutObjectCommand({ Bucket: name, Key: key, Body: body, Metadata: metadata }));
  };
  const send = async (body: string): Promise<void> => {
    await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: body }));
  };
  const folder = (type: string, timeMs: number): string =>
    `AWSLogs/${ACCOUNT}/${type}/eu-central-1/${new Date(timeMs).toISOString().slice(0, 10).replaceAll('-', '/')}`;
  return {
    bucket: name,
    queue,
    put,
    send,
    async write(
      ids,
      { name: file = `m-${(count += 1)}`, timeMs = Date.now() - 60_000, body = (gzip: Buffer) => gzip } = {},
    ) {
      const text = `{"Records":[${ids.map((id, index) => secretRead(id, timeMs - index * 1_000).text).join(',')}]}`;
      const key = `${folder('CloudTrail', timeMs)}/${ACCOUNT}_CloudTrail_eu-central-1_${file}.json.gz`;
      await put(key, body(gzipSync(text)));
      pending.push({ key, sha256: sha256(Buffer.from(text)) });
      return key;
    },
    async digest(change = () => undefined) {
      const nowMs = Date.now();
      const end = new Date(nowMs).toISOString().replace(/\.\d+Z/, 'Z');
      const key = `${folder('CloudTrail-Digest', nowMs)}/${ACCOUNT}_CloudTrail-Digest_eu-central-1_t_${(count += 1)}.json.gz`;
      const digest = {
        awsAccountId: ACCOUNT,
        digestStartTime: new Date(nowMs - 3_600_000).toISOString().replace(/\.\d+Z/, 'Z'),
        digestEndTime: end,
        digestS3Bucket: name,
        digestS3Object: key,
        digestPublicKeyFingerprint: FINGERPRINT,
        digestSignatureAlgorithm: 'SHA256withRSA',
        previousDigestS3Bucket: previous === undefined ? null : name,
        previousDigestS3Object: previous?.key ?? null,
        previousDigestHashValue: previous?.sha256 ?? null,
        previousDigestHashAlgorithm: 'SHA-256',
        previousDigestSignature: previous?.signature ?? null,
        logFiles: pending.map((file) => ({
          s3Bucket: name,
          s3Object: file.key,
          hashValue: file.sha256,
          hashAlgorithm: 'SHA-256',
        })),
      };
      const signed = Buffer.from(JSON.stringify(digest));
      const text = `${end}\n${name}/${key}\n${sha256(signed)}\n${previous?.signature ?? 'null'}`;
      const signature = createSign('RSA-SHA256').update(text).sign(privateKey, 'hex');
      change(digest);
      const body = Buffer.from(JSON.stringify(digest));
      await put(key, gzipSync(body), { signature, 'signature-algorithm': 'SHA256withRSA' });
      previous = { key, sha256: sha256(body), signature };
      pending = [];
      return key;
    },
    async remove(key) {
      await s3.send(new DeleteObjectCommand({ Bucket: name, Key: key }));
    },
    announce: (key) => send(announcement(name, key)),
    async messages() {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const { Attributes: found } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: [...names] }),
      );
      return [Number(found?.ApproximateNumberOfMessages), Number(found?.ApproximateNumberOfMessagesNotVisible)];
    },
  };
}

export function announcement(bucket: string, key: string): string {
  const object = { key: encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+'), size: 1 };
  const record = { eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3: { bucket: { name: bucket }, object } };
  return JSON.stringify({ Records: [record] });
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
