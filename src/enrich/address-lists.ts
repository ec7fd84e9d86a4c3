import type { Problem } from '../core/errors.ts';
import { isObject, objectAt } from '../core/json.ts';
import type { Result } from '../core/result.ts';
import { parseCidr, type Cidr } from '../lib/cidr.ts';
import type { YamlFile } from '../lib/yaml-file.ts';
import type { AddressList } from './expectations.ts';
import { listSchema } from './expectations-schema.ts';

export interface ReadLists {
  readonly lists: readonly AddressList[];
  /** By path: the text of those that were read. */
  readonly texts: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

/** Reads the files under `suspicious` that the schema accepts, whatever is wrong elsewhere. */
export function readLists(yaml: YamlFile, read: (path: string) => Result<string, string>): ReadLists {
  const lists: AddressList[] = [];
  const texts = new Map<string, string>();
  const problems: Problem[] = [];
  const declared = objectAt(isObject(yaml.value) ? yaml.value : undefined, 'suspicious');
  for (const name of Object.keys(declared)) {
    const entry = listSchema.safeParse(declared[name]);
    if (!entry.success) continue;
    const { file } = entry.data;
    const text = read(file);
    if (!text.ok) {
      problems.push(yaml.problem(['suspicious', name, 'file'], `${file}: ${text.error}`));
      continue;
    }
    texts.set(file, text.value);
    const { cidrs, wrong } = parseList(text.value);
    lists.push({ name, cidrs });
    problems.push(
      ...wrong.map((line) =>
        yaml.problem(['suspicious', name, 'file'], `${file}: line ${line} is no address and no network`),
      ),
    );
  }
  return { lists, texts, problems };
}

/** As many as are worth reading. */
const WRONG_SHOWN = 5;

/** One address or network a line, alone or before a comma or a space; `#` and `;` begin a comment. */
export function parseList(text: string): { readonly cidrs: readonly Cidr[]; readonly wrong: readonly number[] } {
  const cidrs: Cidr[] = [];
  const wrong: number[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const entry = /^\s*([^\s,;#]*)/.exec(line)?.[1] ?? '';
    if (entry === '') continue;
    const cidr = parseCidr(entry);
    if (cidr !== undefined) cidrs.push(cidr);
    else if (wrong.length < WRONG_SHOWN) wrong.push(index + 1);
  }
  return { cidrs, wrong };
}
