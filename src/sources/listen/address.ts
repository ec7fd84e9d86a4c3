/** Where a source listens. */
export type Address =
  | { readonly kind: 'tcp' | 'tls' | 'http' | 'https'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** `tcp://127.0.0.1:9190`, `tls://[::]:9191`, `unix:///run/whosaw/vault.sock`, `http://`, `https://`; undefined for any other text. */
export function parseAddress(text: string): Address | undefined {
  const unix = /^unix:\/\/(\/.+)$/.exec(text);
  if (unix?.[1] !== undefined) return { kind: 'unix', path: unix[1] };
  const match = /^(tcp|tls|https?):\/\/(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})\/?$/.exec(text);
  const kind = match?.[1];
  const host = match?.[2] ?? match?.[3];
  const port = Number(match?.[4]);
  if (host === undefined || port < 0 || port > 65_535) return undefined;
  return kind === 'tcp' || kind === 'tls' || kind === 'http' || kind === 'https' ? { kind, host, port } : undefined;
}

export function printAddress(address: Address): string {
  if (address.kind === 'unix') return `unix://${address.path}`;
  const { kind, host, port } = address;
  return `${kind}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Whether others than this machine's own processes can reach it. */
export function isLocal(address: Address): boolean {
  if (address.kind === 'unix') return true;
  return address.host === 'localhost' || address.host === '::1' || address.host.startsWith('127.');
}
