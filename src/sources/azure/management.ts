import { isObject, objectAt, stringAt, type JsonObject } from '../../core/json.ts';
import { azureCredential } from './credential.ts';

/** Vaults of a subscription that send their audit events nowhere: names, in their order. */
export async function vaultsWithoutAudit(
  subscription: string,
  endpoint: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const ask = await askerOf(endpoint, signal);
  const vaults = await allOf(
    ask,
    `/subscriptions/${subscription}/providers/Microsoft.KeyVault/vaults?api-version=2023-07-01`,
  );
  const without: string[] = [];
  for (const vault of vaults) {
    const id = stringAt(vault, 'id');
    const name = stringAt(vault, 'name');
    if (id === undefined || name === undefined) continue;
    const path = `${id}/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview`;
    const settings = await allOf(ask, path);
    if (!settings.some(sendsAudit)) without.push(name.toLowerCase());
  }
  return without.toSorted();
}

/** Source: https://learn.microsoft.com/rest/api/monitor/diagnostic-settings/list */
function sendsAudit(setting: JsonObject): boolean {
  const logs: unknown = objectAt(setting, 'properties')['logs'];
  if (!Array.isArray(logs)) return false;
  return logs.filter(isObject).some((log) => {
    const group = stringAt(log, 'categoryGroup')?.toLowerCase();
    const isMeant = stringAt(log, 'category') === 'AuditEvent' || group === 'audit' || group === 'alllogs';
    return isMeant && log['enabled'] === true;
  });
}

type Ask = (pathOrLink: string) => Promise<JsonObject>;

async function askerOf(endpoint: string, signal: AbortSignal): Promise<Ask> {
  const credential = await azureCredential();
  const token = await credential.getToken(`${endpoint}/.default`, { abortSignal: signal });
  return async (pathOrLink) => {
    const url = new URL(pathOrLink, endpoint);
    // A token goes to nobody else, whatever a link says.
    if (url.origin !== new URL(endpoint).origin) throw new Error('A link leads away from the management interface.');
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token?.token ?? ''}` },
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw Object.assign(new Error(`The management interface answered ${response.status}.`), {
        statusCode: response.status,
        response: { headers: { get: (name: string) => response.headers.get(name) ?? undefined } },
      });
    }
    const body: unknown = await response.json();
    return isObject(body) ? body : {};
  };
}

const TIMEOUT_MS = 30_000;

async function allOf(ask: Ask, path: string): Promise<readonly JsonObject[]> {
  const all: JsonObject[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const page: JsonObject = await ask(next);
    const value: unknown = page['value'];
    if (Array.isArray(value)) all.push(...value.filter(isObject));
    next = stringAt(page, 'nextLink');
  }
  return all;
}
