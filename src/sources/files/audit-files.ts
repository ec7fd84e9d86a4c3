import { basename } from 'node:path';

/**
 * Why a file found in a folder is no audit file, or undefined where it may be one. Passed over are files whose name
 * begins with a dot, README and LICENSE files, Markdown, and CloudTrail's digests (they sign log files and hold no
 * events). Nothing else is guessed from a name: content that is no audit stream shows as rejections.
 */
export function reasonToSkip(path: string): string | undefined {
  const name = basename(path);
  if (name.startsWith('.')) return 'its name begins with a dot';
  if (/^(?:readme|license|licence)(?:\.|$)/i.test(name) || /\.md$/i.test(name)) return 'a text for people';
  if (name.includes('_CloudTrail-Digest_')) return 'a CloudTrail digest holds signatures, no events';
  return undefined;
}
