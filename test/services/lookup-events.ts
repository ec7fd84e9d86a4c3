import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A stand-in for CloudTrail's LookupEvents (moto has none): answers in the documented shapes, newest first, 50 a page.
 * Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
export interface LookupServer {
  readonly url: string;
  /** What it knows; `shownMs`: from when on (its clock) it is told. */
  readonly events: LookupEvent[];
  /** Answers that come first, one for each request. */
  readonly faults: Fault[];
  readonly requests: LookupRequest[];
  /** Milliseconds that its clock is ahead. */
  clockMs: number;
  /** What ListPublicKeys answers: base64 of PKCS #1 DER. */
  readonly publicKeys: { readonly Fingerprint: string; readonly Value: string }[];
  /** Regions that do not answer. */
  readonly down: Set<string>;
  close(): Promise<void>;
}

export interface LookupEvent {
  readonly id: string;
  readonly timeMs: number;
  readonly region: string;
  readonly shownMs?: number;
  readonly source?: string;
  readonly text: string;
}

export type Fault =
  | { readonly status: number; readonly code: string; readonly message?: string }
  /** The connection is cut in the middle of the answer. */
  | 'cut'
  /** The page before, once more. */
  | 'repeat';

export interface LookupRequest {
  readonly region: string;
  /** The access key id that signed it. */
  readonly key: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export async function startLookupServer(): Promise<LookupServer> {
  const server = createServer((request, response) => void answer(request, response));
  const state: Omit<LookupServer, 'url' | 'close'> & { clockMs: number } = {
    events: [],
    faults: [],
    requests: [],
    clockMs: 0,
    publicKeys: [],
    down: new Set(),
  };
  let last = '';
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [, key = '', region = ''] =
      /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Readonly<Record<string, unknown>>;
    state.requests.push({ region, key, body });
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.setHeader('date', new Date(Date.now() + state.clockMs).toUTCString());
    if (request.headers['x-amz-target'] === KEYS_TARGET) {
      response.end(JSON.stringify({ PublicKeyList: state.publicKeys }));
      return undefined;
    }
    if (request.headers['x-amz-target'] !== TARGET) return refuse(response, 400, 'UnknownOperationException');
    if (state.down.has(region)) return refuse(response, 503, 'ServiceUnavailable');
    const fault = isAbout(state.faults[0], body) ? state.faults.shift() : undefined;
    if (fault === undefined) last = JSON.stringify(page(region, body));
    else if (fault === 'cut') {
      response.writeHead(200, { 'content-length': 100_000 });
      response.write('{"Events":[', () => request.socket.destroy());
      return undefined;
    } else if (fault !== 'repeat') return refuse(response, fault.status, fault.code, fault.message);
    response.end(last);
    return undefined;
  }

  function page(region: string, body: Readonly<Record<string, unknown>>): unknown {
    const nowMs = Date.now() + state.clockMs;
    const fromMs = Number(body['StartTime']) * 1_000;
    const toMs = Number(body['EndTime']) * 1_000 + 999;
    const attributes = body['LookupAttributes'] as readonly { readonly AttributeValue: string }[] | undefined;
    const source = attributes?.[0]?.AttributeValue;
    const found = state.events
      .filter((event) => event.region === region && event.timeMs >= fromMs && event.timeMs <= toMs)
      .filter(({ shownMs = 0 }) => shownMs <= nowMs)
      .filter((event) => source === undefined || (event.source ?? 'secretsmanager.amazonaws.com') === source)
      .toSorted((a, b) => b.timeMs - a.timeMs);
    const at = Number(body['NextToken'] ?? 0);
    const size = Math.min(Number(body['MaxResults'] ?? 50), 50);
    const events = found.slice(at, at + size).map(({ id, timeMs, text }) => ({
      EventId: id,
      EventTime: timeMs / 1_000,
      CloudTrailEvent: text,
    }));
    return at + size < found.length ? { Events: events, NextToken: String(at + size) } : { Events: events };
  }
}

const KEYS_TARGET = 'CloudTrail_20131101.ListPublicKeys';
const TARGET = 'CloudTrail_20131101.LookupEvents';

function refuse(response: ServerResponse, status: number, code: string, message = 'said the stand-in'): void {
  response.writeHead(status, { 'x-amzn-errortype': code });
  response.end(JSON.stringify({ __type: code, message }));
}

/** A read of a secret, as CloudTrail tells of it. */
export function secretRead(
  id: string,
  timeMs: number,
  more: { readonly region?: string; readonly user?: string } = {},
): LookupEvent {
  const { region = 'eu-central-1', user = 'ana' } = more;
  const record = {
    eventVersion: '1.11',
    userIdentity: { type: 'IAMUser', accountId: '444455556666', userName: user, principalId: `AIDA${user}` },
    eventTime: new Date(Math.floor(timeMs / 1_000) * 1_000).toISOString().replace('.000Z', 'Z'),
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'GetSecretValue',
    awsRegion: region,
    sourceIPAddress: '198.51.100.7',
    userAgent: 'aws-cli',
    requestParameters: { secretId: `arn:aws:secretsmanager:${region}:444455556666:secret:prod/db-AbCdEf` },
    responseElements: null,
    eventID: id,
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '444455556666',
    eventCategory: 'Management',
  };
  return { id, timeMs, region, text: JSON.stringify(record) };
}

/** Only who hands a token in hears of it. */
function isAbout(fault: Fault | undefined, { NextToken: token }: Readonly<Record<string, unknown>>): boolean {
  const isOfToken = typeof fault === 'object' && fault.code === 'InvalidNextTokenException';
  return !isOfToken || token !== undefined;
}
