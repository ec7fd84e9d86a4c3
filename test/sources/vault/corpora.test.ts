import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { isObject, objectAt, stringAt, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import type { AuditEvent } from '../../../src/core/event.ts';
import type { RawRecord } from '../../../src/core/record.ts';
import { vault } from '../../../src/sources/vault/vault.ts';
import { describeCorpora } from '../../corpora.ts';
import { frameAll } from './run.ts';

interface Read {
  readonly lines: readonly JsonObject[];
  readonly records: readonly RawRecord[];
  readonly events: readonly AuditEvent[];
  /** By request.id. */
  readonly byRequest: ReadonlyMap<string, AuditEvent>;
}

describeCorpora('real Vault and OpenBao logs', (corpora) => {
  const folder = `${corpora}/vault`;
  const bytesOf = (name: string): Buffer => {
    const bytes = readFileSync(`${folder}/${name}`);
    return name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  };

  const reads = new Map<string, Read>();
  const read = (name: string): Read => {
    const known = reads.get(name) ?? readFile(name);
    reads.set(name, known);
    return known;
  };

  /** Everything in the file becomes an event or waits for one: nothing is rejected. */
  function readFile(name: string): Read {
    const bytes = bytesOf(name);
    const { records, rejections } = frameAll(bytes, vault.frame({ source: 'vault', offset: 0 }), 65_536);
    expect(rejections).toEqual([]);
    const events = records.map((record) => {
      const result = vault.normalize(record);
      if (!result.ok) throw new Error(JSON.stringify(result.error));
      return result.value.event;
    });
    const byRequest = new Map<string, AuditEvent>();
    for (const [index, record] of records.entries()) {
      const id = stringAt(objectAt(record.record, 'request'), 'id');
      const event = events[index];
      if (id !== undefined && event !== undefined) byRequest.set(id, event);
    }
    return { lines: linesOf(bytes), records, events, byRequest };
  }

  test.each([
    ['openbao/scenario.jsonl.gz', 4],
    ['openbao/scenario-shifted.jsonl.gz', 3],
    ['openbao/scenario-http.jsonl.gz', 6],
    ['openbao/scenario-socket.raw.gz', 4],
    ['openbao/kinds.jsonl.gz', 3],
    ['openbao/kinds-raw.jsonl.gz', 3],
    ['elastic/test-audit.log', 1],
    ['article.json', 0],
  ])('%s: each line is an event, or a request that has its response', (name, unanswered) => {
    const { lines, events } = read(name);
    const responses = lines.filter((line) => String(line['type']).endsWith('response'));
    expect(events.filter((event) => event.whosaw.unanswered === true)).toHaveLength(unanswered);
    expect(events).toHaveLength(responses.length + unanswered);
    expect(new Set(events.map((event) => event.event.id)).size).toBe(events.length);
  });

  test('the article', () => {
    const [event] = read('article.json').events;
    expect(event?.whosaw.secret?.id).toBe('vault:vault/secret/production/db-password');
    expect(event?.whosaw.actor?.id).toBe('vault:vault/token/deploy-bot');
    expect(event?.['@timestamp']).toBe('2025-03-15T02:34:12.847Z');
    expect(event?.source).toEqual({ address: '10.0.1.42', ip: '10.0.1.42' });
    expect([event?.whosaw.access.kind, event?.event.outcome]).toEqual(['read', 'success']);
  });

  test.each(['openbao/scenario-http.jsonl.gz', 'openbao/scenario-socket.raw.gz', 'openbao/scenario-shifted.jsonl.gz'])(
    '%s tells of the same accesses as the file device',
    (name) => {
      const file = read('openbao/scenario.jsonl.gz').byRequest;
      const other = read(name).byRequest;
      const shared = [...other.keys()].filter((id) => file.has(id));
      expect(shared.length).toBeGreaterThan(3_750);
      const answered = (id: string): boolean =>
        file.get(id)?.whosaw.unanswered === undefined && other.get(id)?.whosaw.unanswered === undefined;
      for (const id of shared.filter(answered)) expect(said(other.get(id))).toEqual(said(file.get(id)));
      // A device that was disabled just then has the request and not the response: the access id joins both.
      for (const id of shared) expect(other.get(id)?.whosaw.access.id).toBe(file.get(id)?.whosaw.access.id);
      expect(shared.filter((id) => !answered(id)).length).toBeLessThanOrEqual(6);
    },
  );

  test('what was done and what came of it, against what the clients saw', () => {
    const { byRequest } = read('openbao/scenario.jsonl.gz');
    const differences = new Map<string, number>();
    for (const truth of linesOf(bytesOf('openbao/truth-requests.jsonl.gz'))) {
      const event = byRequest.get(String(truth['id']));
      for (const difference of differencesOf(event, truth)) {
        differences.set(difference, (differences.get(difference) ?? 0) + 1);
      }
    }
    expect(Object.fromEntries(differences)).toEqual({
      // Its batch token displays no name of its own.
      'vault:vault/token/token is metrics-agent': 96,
      // An unwrap carries the wrapping token alone; whom it belongs to, the join with the wrapped read tells.
      'nobody is ci-runner on sys/wrapping/unwrap': 21,
      // A user who mistyped: the name is a claim of the path.
      'nobody is a person who failed to log in': 18,
      // A token that was revoked before.
      'nobody is frank on secret/data/dev/web/db': 1,
      // Denied, and the log does not say so: the response is missing.
      'unknown instead of failure: sys/seal': 1,
      'unknown instead of failure: sys/step-down': 1,
      'unknown instead of failure: sys/wrapping/unwrap': 1,
    });
  });

  test('log_raw: no value comes out that the same request hides on the other device', () => {
    const hashed = new Map(read('openbao/kinds.jsonl.gz').records.map((record) => [keyOf(record), record]));
    const clear = new Map(linesOf(bytesOf('openbao/kinds-raw.jsonl.gz')).map((line) => [lineKey(line), line]));
    const sealed = new Map(linesOf(bytesOf('openbao/kinds.jsonl.gz')).map((line) => [lineKey(line), line]));
    let hidden = 0;
    for (const record of read('openbao/kinds-raw.jsonl.gz').records) {
      const twin = hashed.get(keyOf(record));
      const values = new Set<string>();
      collectHidden(clear.get(keyOf(record)), sealed.get(keyOf(record)), values);
      const output = JSON.stringify([record, vault.normalize(record)]);
      const said = JSON.stringify([twin, twin === undefined ? undefined : vault.normalize(twin)]);
      for (const value of values) {
        if (twin === undefined || said.includes(value)) continue;
        hidden += 1;
        if (output.includes(value)) expect.fail(`a value of ${keyOf(record)} came out`);
      }
    }
    expect(hidden).toBeGreaterThan(500);
  });
});

function linesOf(bytes: Buffer): readonly JsonObject[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as JsonObject]));
}

function said(event: AuditEvent | undefined): unknown {
  return {
    id: event?.event.id,
    actor: event?.whosaw.actor,
    secret: event?.whosaw.secret,
    kind: event?.whosaw.access.kind,
    outcome: event?.event.outcome,
    reason: event?.event.reason,
    source: event?.source,
  };
}

/** Outcome, path, address and identity of an event that are not those of its request. */
function differencesOf(event: AuditEvent | undefined, truth: JsonObject): readonly string[] {
  const path = decodeURIComponent(String(truth['path']).split('?')[0] ?? '') + (truth['method'] === 'LIST' ? '/' : '');
  const found: string[] = [];
  const outcome = Number(truth['http']) < 400 ? 'success' : 'failure';
  if (event?.event.outcome !== outcome) found.push(`${event?.event.outcome} instead of ${outcome}: ${path}`);
  if (event?.url?.path !== path.replace('//', '/')) found.push(`path ${path}`);
  if (event?.source?.ip !== truth['ip']) found.push(`address ${String(truth['ip'])}`);
  return [...found, ...actorDifference(event, String(truth['actor']), path)];
}

function actorDifference(event: AuditEvent | undefined, actor: string, path: string): readonly string[] {
  const id = event?.whosaw.actor?.id;
  if (id === undefined && actor === 'unknown') return [];
  if (id?.endsWith(`/${actor}`) === true) return [];
  if (id !== undefined) return [`${id} is ${actor}`];
  if (event?.whosaw.access.kind === 'login' && event.user?.name === actor)
    return ['nobody is a person who failed to log in'];
  return [`nobody is ${actor} on ${path}`];
}

function lineKey(line: JsonObject): string {
  const request = objectAt(line, 'request');
  return `${stringAt(line, 'type') ?? ''} ${stringAt(request, 'id') ?? stringAt(request, 'path') ?? ''}`;
}

function keyOf({ record }: RawRecord): string {
  return lineKey(record);
}

/** The clear values at all places where the other device wrote an HMAC; short ones may stand anywhere by chance. */
function collectHidden(clear: JsonValue | undefined, sealed: JsonValue | undefined, into: Set<string>): void {
  if (typeof sealed === 'string' && sealed.startsWith('hmac-sha256:')) {
    if (typeof clear === 'string' && clear.length >= 6 && !clear.startsWith('hmac-sha256:'))
      into.add(JSON.stringify(clear).slice(1, -1));
  } else if (Array.isArray(sealed) && Array.isArray(clear)) {
    const items: readonly JsonValue[] = clear;
    for (const [index, item] of sealed.entries()) collectHidden(items[index], item as JsonValue, into);
  } else if (isObject(sealed) && isObject(clear)) {
    for (const name of Object.keys(sealed)) collectHidden(clear[name], sealed[name], into);
  }
}
