import type { S3Access } from './s3-client.ts';

/** Folders with a day's files in them: `AWSLogs/444455556666/CloudTrail/eu-central-1/`. */
export interface TrailFolders {
  readonly logs: readonly string[];
  readonly digests: readonly string[];
}

/** Which accounts and regions a trail writes for, of one account or of an organization. */
export async function trailFolders(
  s3: S3Access,
  bucket: string,
  prefix: string,
  signal: AbortSignal,
): Promise<TrailFolders> {
  const accounts = await accountsBelow(s3, bucket, `${prefix}AWSLogs/`, signal);
  const below = async (type: string): Promise<readonly string[]> => {
    const regions: string[] = [];
    for (const account of accounts) regions.push(...(await prefixesOf(s3, bucket, `${account}${type}/`, signal)));
    return regions;
  };
  return { logs: await below('CloudTrail'), digests: await below('CloudTrail-Digest') };
}

/** All keys below a prefix, a page at a time; nothing is said about their order. */
export async function* keysBelow(
  s3: S3Access,
  bucket: string,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<readonly { readonly key: string; readonly bytes: number }[], void, undefined> {
  let token: string | undefined;
  do {
    const page = await s3.list(bucket, { prefix, token }, signal);
    yield page.keys;
    token = page.token;
  } while (token !== undefined);
}

async function accountsBelow(
  s3: S3Access,
  bucket: string,
  root: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await prefixesOf(s3, bucket, root, signal);
  const accounts = found.filter((folder) => /\/\d{12}\/$/.test(`/${folder}`));
  for (const organization of found.filter((folder) => /\/o-[a-z0-9]{10,32}\/$/.test(folder))) {
    accounts.push(
      ...(await prefixesOf(s3, bucket, organization, signal)).filter((folder) => /\/\d{12}\/$/.test(folder)),
    );
  }
  return accounts;
}

async function prefixesOf(
  s3: S3Access,
  bucket: string,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const prefixes: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.list(bucket, { prefix, delimiter: '/', token }, signal);
    prefixes.push(...page.prefixes);
    token = page.token;
  } while (token !== undefined);
  return prefixes;
}
