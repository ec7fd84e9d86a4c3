import { LEVELS, STATUSES, type RuleMeta } from '../core/rule.ts';
import type { Report } from './syntax.ts';
import { parseStores } from './parse-stores.ts';
import { didYouMean, textAt, textsAt } from './yaml-read.ts';
import type { YamlMap } from './yaml-tree.ts';

/** RuleMeta before the rule's key is known. */
export type Meta = Omit<RuleMeta, 'key'>;

const TITLE_LIMIT = 256;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What a rule says about itself. Without a status it is a `test` one, without a level `medium`. */
export function parseMeta(document: YamlMap, file: string, report: Report): Meta {
  const id = textAt(document, 'id', report);
  const name = textAt(document, 'name', report);
  const description = textAt(document, 'description', report)?.trim();
  const stores = parseStores(document, report);
  warnOfId(document, id, report);
  return {
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    title: titleOf(document, report),
    status: oneOf(document, 'status', STATUSES, report) ?? 'test',
    level: oneOf(document, 'level', LEVELS, report) ?? 'medium',
    ...(description === undefined ? {} : { description }),
    tags: textsAt(document, 'tags', report).map(({ text }) => text),
    falsepositives: textsAt(document, 'falsepositives', report).map(({ text }) => text),
    ...(stores === undefined ? {} : { stores }),
    file,
    line: document.place.line,
  };
}

function titleOf(document: YamlMap, report: Report): string {
  const title = textAt(document, 'title', report);
  const place = document.entries.get('title')?.place ?? document.place;
  if (!document.entries.has('title')) report(place, 'a rule needs a `title`');
  if (title !== undefined && title.length > TITLE_LIMIT) {
    report(place, `the title has more than ${TITLE_LIMIT} characters`, 'warning');
  }
  return title ?? '';
}

function warnOfId(document: YamlMap, id: string | undefined, report: Report): void {
  if (id === undefined || UUID.test(id)) return;
  report(
    document.entries.get('id')?.value.place ?? document.place,
    'an `id` should be a UUID, so that it is unique',
    'warning',
  );
}

function oneOf<T extends string>(document: YamlMap, key: string, known: readonly T[], report: Report): T | undefined {
  const text = textAt(document, key, report);
  if (text === undefined) return undefined;
  const found = known.find((value) => value === text);
  if (found === undefined) {
    const place = document.entries.get(key)?.value.place ?? document.place;
    report(place, `\`${key}\` is one of ${known.join(', ')}${didYouMean(text, known)}`);
  }
  return found;
}
