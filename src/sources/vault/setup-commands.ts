import { shellQuote } from '../../lib/shell-quote.ts';

/** A source as far as its audit device is concerned. */
export interface DeviceGiven {
  readonly name: string;
  readonly file?: string;
  /** `tcp://`, `tls://`, `unix://`, `http://` or `https://`. */
  readonly listen?: string;
  readonly hasToken: boolean;
}

/**
 * What enables the audit device of a source, ready to paste into a shell where VAULT_ADDR and VAULT_TOKEN are set. The token
 * itself is never printed: the shell puts it in.
 */
export function setupCommands({ name, file, listen = '', hasToken }: DeviceGiven): readonly string[] {
  if (file !== undefined) {
    return [
      `# ${name}: the record; mode 0640 lets the group of the file read it`,
      `vault audit enable -path=${name} file file_path=${shellQuote(file)} mode=0640`,
    ];
  }
  if (listen.startsWith('http')) return httpDevice(name, listen, hasToken);
  const [, kind = '', address = ''] = /^(tcp|tls|unix):\/\/(.*)$/.exec(listen) ?? [];
  if (kind === 'unix') {
    return [
      `# ${name}: on this machine; start whosaw first`,
      `vault audit enable -path=${name} socket address=${shellQuote(address)} socket_type=unix`,
    ];
  }
  const note =
    kind === 'tls'
      ? `# ${name}: the socket device speaks no TLS: put a TLS client (stunnel, client = yes) beside Vault, and its own address here`
      : `# ${name}: start whosaw first, Vault tries the address`;
  return [
    note,
    `vault audit enable -path=${name} socket address=${kind === 'tls' ? '127.0.0.1:9190' : shellQuote(address)} socket_type=tcp`,
  ];
}

function httpDevice(name: string, listen: string, hasToken: boolean): readonly string[] {
  const uri = `${listen.replace(/\/$/, '')}/v1/ingest/${name}`;
  const headers = hasToken ? ` headers="{\\"Authorization\\":[\\"Bearer $WHOSAW_TOKEN\\"]}"` : '';
  return [
    `# ${name}: OpenBao only${hasToken ? '; WHOSAW_TOKEN is the token of this source' : ''}`,
    `bao audit enable -path=${name} http uri=${shellQuote(uri)}${headers}`,
  ];
}
