import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What the proxy does with a request: undefined passes it on. */
export type Fault =
  | { readonly status: number; readonly body?: object }
  /** The server does it, and nobody hears of it. */
  | 'lose the answer'
  /** Of a bulk request every other item is refused with this status, and not passed on. */
  | { readonly everyOther: number };

type Faults = (request: { readonly method: string; readonly path: string }) => Fault | undefined;

/** A proxy before a server; its address. Ends with the test. */
export async function faultyProxy(target: string, faults: Faults): Promise<string> {
  const server = createServer((request, response) => {
    handle(target, faults, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function handle(
  target: string,
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await textOf(request);
  const { method = 'GET', url = '/' } = request;
  const fault = faults({ method, path: url });
  if (fault === 'lose the answer') {
    await pass(target, request, body);
    response.destroy();
  } else if (fault === undefined) await answer(response, await pass(target, request, body));
  else if ('status' in fault) answerJson(response, fault.status, fault.body ?? { error: { type: 'a_fault' } });
  else await answerHalf(target, request, body, response, fault.everyOther);
}

async function answerHalf(
  target: string,
  request: IncomingMessage,
  body: string,
  response: ServerResponse,
  status: number,
): Promise<void> {
  const lines = body.trimEnd().split('\n');
  const pairs = Array.from(
    { length: lines.length / 2 },
    (_, index) => `${lines[2 * index]}\n${lines[2 * index + 1]}\n`,
  );
  const isPassed = (_: unknown, index: number): boolean => index % 2 === 0;
  const passed = await pass(target, request, pairs.filter(isPassed).join(''));
  const { items } = (await passed.json()) as { items: object[] };
  const refused = { create: { status, error: { type: 'es_rejected_execution_exception', reason: 'busy' } } };
  answerJson(response, 200, { items: pairs.map((_, index) => (index % 2 === 0 ? items[index / 2] : refused)) });
}

function pass(
  target: string,
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: string,
): Promise<Response> {
  const { accept = '*/*', 'content-type': type } = headers;
  return fetch(target + url, {
    method,
    headers: { accept, ...(type === undefined ? {} : { 'content-type': type }) },
    ...(method === 'GET' || method === 'HEAD' ? {} : { body }),
  });
}

async function answer(response: ServerResponse, answered: Response): Promise<void> {
  const type = answered.headers.get('content-type') ?? 'application/json';
  response.writeHead(answered.status, { 'content-type': type, ...PRODUCT });
  response.end(Buffer.from(await answered.arrayBuffer()));
}

function answerJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', ...PRODUCT });
  response.end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

const PRODUCT = { 'x-elastic-product': 'Elasticsearch' };
