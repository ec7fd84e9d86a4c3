import { isLocal, parseAddress } from '../sources/listen/address.ts';

/** Of every source. */
export interface SourceKeys {
  readonly file?: string | undefined;
  readonly listen?: string | undefined;
  readonly kafka?: unknown;
  readonly token?: unknown;
  readonly tls?: unknown;
}

/**
 * What no single key of a source shows: keys that exclude or need each other. `ways`: keys that say where it comes from as
 * `file` and `listen` do, `given` of which are there.
 */
export function ownProblems(
  { file, listen, kafka, token, tls }: SourceKeys,
  given: number,
  ways: readonly string[],
): readonly string[] {
  const own = [file, listen, kafka].filter((way) => way !== undefined);
  if (own.length + given !== 1) {
    return [`must have exactly one of ${['file', 'listen', 'kafka', ...ways].join(', ')}`];
  }
  const address = parseAddress(listen ?? '');
  if (address === undefined) {
    return token === undefined && tls === undefined ? [] : ['token and tls are for sources that listen'];
  }
  const isSecure = address.kind === 'tls' || address.kind === 'https';
  const isPosted = address.kind === 'http' || address.kind === 'https';
  return [
    ...(isSecure && tls === undefined ? [`${address.kind}:// needs tls: { certificate, key }`] : []),
    ...(!isSecure && tls !== undefined ? ['tls is for tls:// and https:// addresses'] : []),
    ...(!isPosted && token !== undefined ? ['token is for http:// and https:// addresses'] : []),
    ...(isPosted && token === undefined && !isLocal(address)
      ? ['an address that other machines reach needs a token']
      : []),
  ];
}
