import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands in front of a server, and spoils its answers. */
export interface FaultyProxy {
  readonly url: string;
  /** Those that a request meets first, by its method and path; each is used once. */
  readonly faults: ProxyFault[];
  close(): Promise<void>;
}

export interface ProxyFault {
  /** Whether it is meant for this request. */
  readonly on: (request: IncomingMessage) => boolean;
  readonly answer:
    | { readonly status: number; readonly body: string }
    /** The connection is cut after so many bytes of the body. */
    | { readonly cutAfter: number };
}

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const faults: ProxyFault[] = [];
  const server = createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    faults,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  function pass(request: IncomingMessage, response: ServerResponse): void {
    const at = faults.findIndex(({ on }) => on(request));
    const fault = at < 0 ? undefined : faults.splice(at, 1)[0]?.answer;
    if (fault !== undefined && 'status' in fault) {
      request.resume();
      response.writeHead(fault.status, { 'content-type': 'application/xml' }).end(fault.body);
      return;
    }
    const { method, url, headers } = request;
    const onward = ask(new URL(url ?? '/', target), { method: method ?? 'GET', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      if (fault === undefined) answer.pipe(response);
      else {
        answer.once('data', (chunk: Buffer) => {
          response.write(chunk.subarray(0, fault.cutAfter), () => request.socket.destroy());
        });
      }
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }
}
