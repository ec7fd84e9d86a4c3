import type { RuleMeta } from '../core/rule.ts';
import type { FileReport, RuleDocument } from './registry.ts';

export type Keys = ReadonlyMap<RuleDocument, string>;

/** Its id, or where it stands: for rules whose alerts nobody keeps. */
export function placeKeysOf(documents: readonly RuleDocument[]): Keys {
  return new Map(documents.map((document) => [document, document.meta.id ?? `${document.file}:${document.meta.line}`]));
}

/** The rule's id; with only a name, that name under the id of its file's alerting rule. */
export function keysOf(
  documents: readonly RuleDocument[],
  alerting: readonly RuleDocument[],
  report: FileReport,
): Keys {
  const keys = new Map<RuleDocument, string>();
  const owners = new Map<number, string>();
  for (const { fileIndex, meta } of [...alerting, ...documents]) {
    if (meta.id !== undefined && !owners.has(fileIndex)) owners.set(fileIndex, meta.id);
  }
  const isAlerting = new Set(alerting);
  for (const document of documents) {
    const { id, name } = document.meta;
    const owner = owners.get(document.fileIndex);
    if (id !== undefined) keys.set(document, id);
    else if (!document.usable) continue;
    else if (isAlerting.has(document)) report(document.file, document.place, whyId(name));
    else if (owner === undefined)
      report(document.file, document.place, 'a rule that only other files use needs an `id`');
    else keys.set(document, `${owner}/${name ?? ''}`);
  }
  return keys;
}

function whyId(name: string | undefined): string {
  if (name === undefined) return 'a rule that raises alerts needs an `id` (a UUID), by which they are known';
  return `no correlation counts \`${name}\`, so it raises alerts itself and needs an \`id\` (a UUID)`;
}

export function metaOf(document: RuleDocument, keys: Keys): RuleMeta | undefined {
  const key = keys.get(document);
  return key === undefined ? undefined : { key, ...document.meta };
}
