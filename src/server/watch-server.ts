import { createServer, type ServerResponse } from 'node:http';
import { WhosawError } from '../core/errors.ts';
import type { Metrics } from './metrics.ts';

/**
 * Serves /metrics (Prometheus), /healthz (the process lives) and /readyz (it does its work; 503 and what it waits for while
 * it does not). It tells numbers only, and answers nothing else. `listen`: host:port. Throws CONFIG_INVALID where it may not.
 */
export async function serveWatchers(
  listen: string,
  metrics: Metrics,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(request.url ?? '', metrics, response).catch(() => response.destroy());
  });
  server.requestTimeout = 10_000;
  const [host, port] = placeOf(listen);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new WhosawError(
          'CONFIG_INVALID',
          `metrics.listen: ${listen} cannot be listened on (${cause.code}); choose another.`,
          {
            cause,
          },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(path: string, metrics: Metrics, response: ServerResponse): Promise<void> {
  const say = (status: number, type: string, text: string): void => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(text);
  };
  switch (path) {
    case '/metrics':
      say(200, metrics.contentType, await metrics.text());
      return;
    case '/healthz':
      say(200, PLAIN, 'alive\n');
      return;
    case '/readyz': {
      const { waitsFor } = metrics;
      if (waitsFor.length === 0) say(200, PLAIN, 'ready\n');
      else say(503, PLAIN, `waits for ${waitsFor.join(', ')}\n`);
      return;
    }
    default:
      say(404, PLAIN, 'there are /metrics, /healthz and /readyz\n');
  }
}

const PLAIN = 'text/plain; charset=utf-8';

function placeOf(listen: string): readonly [string, number] {
  const at = listen.lastIndexOf(':');
  return [listen.slice(0, at).replace(/^\[|\]$/g, ''), Number(listen.slice(at + 1))];
}
