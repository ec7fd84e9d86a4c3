import { isObject, objectAt, stringAt, type JsonObject } from '../src/core/json.ts';

/** A record whose time and id can be written anew. */
export interface Template {
  /** The line is head + time + middle + id + tail; without an id it ends with the middle. */
  readonly head: string;
  readonly middle: string;
  readonly tail: string;
  readonly id: string | undefined;
}

/** A request of Vault and its response, whose id and secret can be written anew. */
export interface Read {
  readonly request: Template;
  readonly response: Template;
}

export function vaultTemplate(line: string): Template {
  const entry = parse(line);
  return templateOf(line, `"time":"${stringAt(entry, 'time')}`, stringAt(objectAt(entry, 'request'), 'id'));
}

/** The time stands before the id in every record that CloudTrail writes. */
export function cloudtrailTemplate(line: string): Template {
  const record = parse(line);
  return templateOf(line, `"eventTime":"${stringAt(record, 'eventTime')}`, stringAt(record, 'eventID'));
}

/** Reads of KV secrets that were answered, as reads of `secret`. */
export function readsOf(lines: readonly string[], secret: string): readonly Read[] {
  const requests = new Map<string, string>();
  const reads: Read[] = [];
  for (const line of lines) {
    const entry = parse(line);
    const request = objectAt(entry, 'request');
    const id = stringAt(request, 'id');
    const path = stringAt(request, 'path') ?? '';
    if (id === undefined || !isReadOfKv(entry, path)) continue;
    const renamed = line.replaceAll(path, `secret/data/${secret}`);
    const first = requests.get(id);
    if (entry['type'] === 'request') requests.set(id, renamed);
    else if (first !== undefined) reads.push({ request: vaultTemplate(first), response: vaultTemplate(renamed) });
  }
  return reads;
}

function isReadOfKv(entry: JsonObject, path: string): boolean {
  const request = objectAt(entry, 'request');
  const isRead = stringAt(request, 'operation') === 'read' && path.startsWith('secret/data/');
  const isAnswered = entry['type'] === 'request' || isObject(objectAt(entry, 'response')['data']);
  return isRead && isAnswered && entry['error'] === undefined;
}

/** `number`: each gives another id. */
export function fill({ head, middle, tail, id }: Template, time: string, number: number): string {
  if (id === undefined) return head + time + middle;
  return head + time + middle + number.toString(16).padStart(8, '0') + id.slice(8) + tail;
}

/** `timed`: the time with its key before it. */
function templateOf(line: string, timed: string, id: string | undefined): Template {
  const end = line.indexOf(timed) + timed.length;
  const head = line.slice(0, line.lastIndexOf('"', end - 1) + 1);
  const rest = line.slice(end);
  const idAt = id === undefined ? -1 : rest.indexOf(`"${id}"`) + 1;
  if (id === undefined || idAt <= 0) return { head, middle: rest, tail: '', id: undefined };
  return { head, middle: rest.slice(0, idAt), tail: rest.slice(idAt + id.length), id };
}

function parse(line: string): JsonObject {
  const value: unknown = JSON.parse(line);
  return isObject(value) ? value : {};
}
