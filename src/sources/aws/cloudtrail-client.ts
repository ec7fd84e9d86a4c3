import { credentialsOf } from './credentials.ts';
import type { AwsIdentity } from './identity.ts';

export interface LookupRequest {
  /** Inclusive, milliseconds since 1970; CloudTrail looks at whole seconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the page before. */
  readonly token?: string | undefined;
  /** Absent: 50, which is also the most. */
  readonly limit?: number;
}

export interface LookupPage {
  /** Newest first. */
  readonly events: readonly { readonly id: string; readonly text: string }[];
  readonly token: string | undefined;
}

/** LookupEvents of one region of one account. Errors are those of the SDK, which does not retry. */
export interface LookupClient {
  page(request: LookupRequest, signal: AbortSignal): Promise<LookupPage>;
  /** Milliseconds that AWS's clock is ahead of this machine's, where they differ by minutes. */
  readonly clockOffsetMs: number;
  close(): void;
}

export interface LookupClientOptions {
  readonly identity: AwsIdentity;
  readonly region: string;
  /** Absent: events of all services. */
  readonly eventSource: string | undefined;
}

const TIMEOUT_MS = 30_000;

export async function openLookup({ identity, region, eventSource }: LookupClientOptions): Promise<LookupClient> {
  const { CloudTrailClient, LookupEventsCommand } = await import('@aws-sdk/client-cloudtrail');
  const client = new CloudTrailClient({ region, maxAttempts: 1, credentials: await credentialsOf(identity, region) });
  const attributes =
    eventSource === undefined
      ? {}
      : { LookupAttributes: [{ AttributeKey: 'EventSource' as const, AttributeValue: eventSource }] };
  return {
    async page({ fromMs, toMs, token, limit = 50 }, signal) {
      const { Events: events = [], NextToken: next } = await client.send(
        new LookupEventsCommand({
          ...attributes,
          StartTime: new Date(fromMs),
          EndTime: new Date(toMs),
          MaxResults: limit,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
        { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) },
      );
      return {
        events: events.map(({ EventId: id = '', CloudTrailEvent: text = '' }) => ({ id, text })),
        token: next === '' ? undefined : next,
      };
    },
    get clockOffsetMs() {
      return client.config.systemClockOffset;
    },
    close: () => client.destroy(),
  };
}

export interface PublicKey {
  readonly fingerprint: string;
  /** PKCS #1, DER. */
  readonly der: Uint8Array;
}

/** Keys with which the digest files of a region were signed between two times. Errors are those of the SDK. */
export async function listPublicKeys(
  identity: AwsIdentity,
  region: string,
  fromMs: number,
  toMs: number,
  signal: AbortSignal,
): Promise<readonly PublicKey[]> {
  const { CloudTrailClient, ListPublicKeysCommand } = await import('@aws-sdk/client-cloudtrail');
  const client = new CloudTrailClient({ region, maxAttempts: 3, credentials: await credentialsOf(identity, region) });
  const keys: PublicKey[] = [];
  try {
    for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
      const { PublicKeyList: list = [], NextToken: next } = await client.send(
        new ListPublicKeysCommand({
          StartTime: new Date(fromMs),
          EndTime: new Date(toMs),
          ...(token === undefined ? {} : { NextToken: token }),
        }),
        { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) },
      );
      for (const { Fingerprint: fingerprint, Value: der } of list) {
        if (fingerprint !== undefined && der !== undefined) keys.push({ fingerprint, der });
      }
      token = next === '' ? undefined : next;
    }
  } finally {
    client.destroy();
  }
  return keys;
}
