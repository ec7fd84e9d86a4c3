import { isObject, objectAt, stringAt, stringsAt, type JsonObject } from '../../core/json.ts';
import type { S3Place } from './s3-client.ts';

/** What a message in the queue is about. */
export type Announcement =
  | { readonly kind: 'files'; readonly files: readonly S3Place[] }
  /** S3 tries whether it may send. */
  | { readonly kind: 'test' }
  /** Nothing that trail files are announced with: somebody else's. */
  | { readonly kind: 'foreign' };

/**
 * Reads a message of S3 (event notifications), EventBridge (Object Created) or CloudTrail itself, as it is or wrapped by
 * SNS. Names of files that are no trail files are left out; a message that has no other is foreign. Sources:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html and its kin.
 */
export function readAnnouncement(body: string): Announcement {
  const message = unwrapped(parse(body));
  if (message === undefined) return FOREIGN;
  if (message['Service'] === 'Amazon S3' && message['Event'] === 's3:TestEvent') return { kind: 'test' };
  if (typeof message['Message'] === 'string' && /^CloudTrail validation message/i.test(message['Message']))
    return { kind: 'test' };
  const files = filesIn(message).filter(({ key }) => isTrailFile(key));
  return files.length === 0 ? FOREIGN : { kind: 'files', files };
}

/** A log file or a digest file of a trail. */
export function isTrailFile(key: string): boolean {
  return /\/CloudTrail(?:-Digest|-Insight)?\/.+\.json(?:\.gz)?$/.test(`/${key}`);
}

export function isDigest(key: string): boolean {
  return /\/CloudTrail-Digest\//.test(`/${key}`);
}

const FOREIGN: Announcement = { kind: 'foreign' };

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** SNS puts the message, as text, into one of its own. */
function unwrapped(message: JsonObject | undefined): JsonObject | undefined {
  const inner = message?.['Type'] === 'Notification' ? stringAt(message, 'Message') : undefined;
  return inner === undefined ? message : (parse(inner) ?? message);
}

function filesIn(message: JsonObject): readonly S3Place[] {
  const bucket = stringAt(message, 's3Bucket');
  if (bucket !== undefined) return stringsAt(message, 's3ObjectKey').map((key) => ({ bucket, key }));
  if (message['detail-type'] === 'Object Created') return placeIn(objectAt(message, 'detail'), (key) => key);
  const records: unknown = message['Records'];
  if (!Array.isArray(records)) return [];
  return records.filter(isObject).flatMap((record) => placeIn(objectAt(record, 's3'), decodeKey));
}

function placeIn(parent: JsonObject, decode: (key: string) => string): readonly S3Place[] {
  const bucket = stringAt(objectAt(parent, 'bucket'), 'name');
  const key = stringAt(objectAt(parent, 'object'), 'key');
  return bucket === undefined || key === undefined ? [] : [{ bucket, key: decode(key) }];
}

/** Event notifications write keys as forms do. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
