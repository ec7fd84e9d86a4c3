import type { Problem } from '../core/errors.ts';
import type { ParsedDocument } from './parse-document.ts';
import type { Place } from './syntax.ts';

export interface RuleDocument extends ParsedDocument {
  /** There is no error in its file. */
  readonly usable: boolean;
}

/** A rule of an earlier folder that does not count, because a later one has its id. */
export interface Replacement {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly by: { readonly file: string; readonly line: number };
}

export interface FileReport {
  (file: string, place: Place, message: string, severity?: Problem['severity']): void;
}

/** All documents, and which of them an id or name means. */
export interface Registry {
  readonly byNameOrId: ReadonlyMap<string, readonly RuleDocument[]>;
  readonly byId: ReadonlyMap<string, RuleDocument>;
  readonly replacedBy: ReadonlyMap<RuleDocument, RuleDocument>;
  readonly replacements: readonly Replacement[];
}

export function register(documents: readonly RuleDocument[], report: FileReport): Registry {
  const byId = new Map<string, RuleDocument>();
  const replacedBy = new Map<RuleDocument, RuleDocument>();
  const replacements: Replacement[] = [];
  for (const document of documents) {
    const { id, line } = document.meta;
    const earlier = id === undefined ? undefined : byId.get(id);
    if (id === undefined) continue;
    if (earlier !== undefined && earlier.folder === document.folder) {
      report(document.file, document.place, `the id ${id} is already that of ${placeOf(earlier)}`);
      replacedBy.set(document, earlier);
      continue;
    }
    byId.set(id, document);
    if (earlier === undefined) continue;
    replacedBy.set(earlier, document);
    replacements.push({ id, file: earlier.file, line: earlier.meta.line, by: { file: document.file, line } });
  }
  for (const [document, first] of namesakes(documents)) {
    report(
      document.file,
      document.place,
      `the name \`${first.meta.name ?? ''}\` is already that of line ${first.meta.line}`,
    );
    replacedBy.set(document, first);
  }
  return { byNameOrId: indexDocuments(documents), byId, replacedBy, replacements };
}

function indexDocuments(documents: readonly RuleDocument[]): ReadonlyMap<string, readonly RuleDocument[]> {
  const index = new Map<string, RuleDocument[]>();
  for (const document of documents) {
    for (const text of new Set([document.meta.name, document.meta.id])) {
      if (text === undefined) continue;
      const known = index.get(text);
      if (known === undefined) index.set(text, [document]);
      else known.push(document);
    }
  }
  return index;
}

/** Within a file a name is one rule's: those that come too late, with the first. */
function namesakes(documents: readonly RuleDocument[]): ReadonlyMap<RuleDocument, RuleDocument> {
  const first = new Map<string, RuleDocument>();
  const later = new Map<RuleDocument, RuleDocument>();
  for (const document of documents) {
    const { meta, fileIndex } = document;
    if (meta.name === undefined) continue;
    const key = `${fileIndex} ${meta.name}`;
    const known = first.get(key);
    if (known === undefined) first.set(key, document);
    else later.set(document, known);
  }
  return later;
}

/** A name is looked up in its own file first, then over all files, also as an id. */
export function lookUp(document: RuleDocument, text: string, registry: Registry): readonly RuleDocument[] {
  const current = (found: RuleDocument): RuleDocument => {
    const newer = registry.replacedBy.get(found);
    return newer === undefined ? found : current(newer);
  };
  const matching = registry.byNameOrId.get(text) ?? [];
  const own = matching.find(({ fileIndex }) => fileIndex === document.fileIndex);
  if (own !== undefined) return [current(own)];
  const byId = registry.byId.get(text);
  return byId === undefined ? [...new Set(matching.map(current))] : [byId];
}

export function placeOf({ file, meta }: RuleDocument): string {
  return `${file}:${meta.line}`;
}
