import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A stand-in for the query interface of Log Analytics, for the management interface and for the token endpoint of a managed
 * identity. It answers in the documented shapes. Sources: https://learn.microsoft.com/azure/azure-monitor/logs/api/response-format,
 * https://learn.microsoft.com/rest/api/monitor/diagnostic-settings/list
 */
export interface AzureServer {
  readonly url: string;
  /** Of its certificate, for NODE_EXTRA_CA_CERTS. */
  readonly certificate: string;
  /** What makes the standard credential chain ask it for tokens. */
  readonly env: Readonly<Record<string, string>>;
  readonly rows: TableRow[];
  /** Answers of the query interface that come first. */
  readonly faults: AzureFault[];
  readonly queries: string[];
  /** Rows that an answer has at most, before it is partial. */
  limit: number;
  /** Vaults by their names; true: their audit events go somewhere. */
  readonly vaults: Map<string, boolean>;
  close(): Promise<void>;
}

export interface TableRow {
  readonly table: string;
  readonly arrivedMs: number;
  readonly row: Readonly<Record<string, unknown>>;
}

export type AzureFault =
  | { readonly status: number; readonly code: string; readonly headers?: Readonly<Record<string, string>> }
  | 'cut';

export async function startAzure(): Promise<AzureServer> {
  const folder = mkdtempSync(join(tmpdir(), 'whosaw-azure-'));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate, ...subject],
    { stdio: 'ignore' },
  );
  const secure = createServer(
    { key: readFileSync(key), cert: readFileSync(certificate) },
    (request, response) => void answer(request, response),
  );
  const tokens = createHttp((_, response) => {
    const expires = String(Math.floor(Date.now() / 1_000) + 3_600);
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ access_token: 'token-CANARY', expires_on: expires, resource: 'x', token_type: 'Bearer' }),
    );
  });
  const [url, tokenUrl] = [`https://127.0.0.1:${await listen(secure)}`, `http://127.0.0.1:${await listen(tokens)}`];
  const state = {
    rows: [] as TableRow[],
    faults: [] as AzureFault[],
    queries: [] as string[],
    limit: 500_000,
    vaults: new Map<string, boolean>(),
  };
  return Object.assign(state, {
    url,
    certificate,
    env: { IDENTITY_ENDPOINT: `${tokenUrl}/msi/token`, IDENTITY_HEADER: 'x' },
    close: async () => {
      for (const server of [secure, tokens]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.setHeader('content-type', 'application/json');
    const path = new URL(request.url ?? '/', url).pathname;
    if (request.headers.authorization !== 'Bearer token-CANARY') return refuse(response, 401, 'InvalidTokenError');
    if (path.startsWith('/subscriptions/')) {
      response.end(JSON.stringify({ value: managed(path) }));
      return undefined;
    }
    const fault = state.faults.shift();
    if (fault === 'cut') {
      response.writeHead(200, { 'content-length': 100_000 });
      response.write('{"tables":[', () => request.socket.destroy());
      return undefined;
    }
    if (fault !== undefined) return refuse(response, fault.status, fault.code, fault.headers);
    const { query } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly query: string };
    state.queries.push(query);
    response.end(JSON.stringify(result(query)));
    return undefined;
  }

  function managed(path: string): unknown {
    const vault = /vaults\/([^/]+)\//.exec(path)?.[1];
    if (vault === undefined) return [...state.vaults.keys()].map((name) => ({ name, id: `${path}/${name}` }));
    const logs = [{ categoryGroup: 'allLogs', enabled: true }];
    return state.vaults.get(vault) === true ? [{ properties: { logs } }] : [{ properties: { logs: [], metrics: [] } }];
  }

  function result(query: string): unknown {
    const [table = ''] = query.split('\n');
    const times = [...query.matchAll(/datetime\(([^)]+)\)/g)].map(([, time = '']) => Date.parse(time));
    const [fromMs = 0, toMs = Number.POSITIVE_INFINITY] = times;
    const take = Number(/take (\d+)/.exec(query)?.[1] ?? state.limit);
    const found = state.rows.filter((row) => row.table === table && row.arrivedMs >= fromMs && row.arrivedMs < toMs);
    const rows = found.slice(0, Math.min(take, state.limit)).map(({ row }) => row);
    const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const columns = names.map((name) => ({
      name,
      type: typeof rows.find((row) => name in row)?.[name] === 'object' ? 'dynamic' : 'string',
    }));
    const tables = [
      { name: 'PrimaryResult', columns, rows: rows.map((row) => names.map((name) => row[name] ?? null)) },
    ];
    const error = { code: 'PartialError', message: 'There were some errors when processing your query.' };
    return found.length > state.limit && take > state.limit ? { tables, error } : { tables };
  }
}

function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, headers);
  response.end(JSON.stringify({ error: { code, message: `said the stand-in: ${code}` } }));
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

/** A row of AZKVAuditLogs: a secret was read. */
export function auditRow(id: string, atMs: number): Readonly<Record<string, unknown>> {
  return {
    TimeGenerated: new Date(atMs).toISOString().replace('Z', '4567Z'),
    OperationName: 'SecretGet',
    ResultSignature: 'OK',
    HttpStatusCode: '200',
    DurationMs: '12',
    CallerIpAddress: '203.0.113.9',
    CorrelationId: id,
    Id: 'https://payments-prod.vault.azure.net/secrets/db-password',
    Identity: { claim: { upn: 'ana@acme.example', oid: '33333333-aaaa-4bbb-8ccc-000000000003' } },
    _ResourceId: '/subscriptions/s/resourcegroups/rg/providers/microsoft.keyvault/vaults/payments-prod',
  };
}
