import type { FirstTimes, IdentityFacts } from '../../core/access-reader.ts';
import type { ActorKind } from '../../core/event.ts';
import { formatTimeUs } from '../../lib/time.ts';
import { identityName, mostAlike } from '../resemblance.ts';
import { readBuckets } from './buckets.ts';
import { KEYWORD_LIMIT } from './event-document.ts';
import { readFacts, type EventFacts } from './facts.ts';
import { ANY, NONE, ODD, term, TIME, wildcardQuery } from './query-dsl.ts';
import type { Query } from './scan.ts';
import type { StoreContext } from './store-context.ts';

const ACTOR = 'whosaw.actor.id';

/** An exact id comes first. */
export async function findIdentities(
  context: StoreContext,
  text: string,
  limit: number,
): Promise<readonly IdentityFacts[]> {
  await context.settle(context.indices.events);
  const isMeant = (id: string): boolean =>
    id === text || id.endsWith(`/${text}`) || id.endsWith(`:${text}`) || id.startsWith(`person:${text}@`);
  const spans = new Map<string, Span>();
  for (const { key, aggregations } of await buckets<SpanBucket>(context, meant(text), SPAN)) {
    addTo(spans, String(key['actor']), spanOf(aggregations));
  }
  for await (const { whosaw } of oddEvents(context)) {
    const at = whosaw.store.time_us;
    const { id, kind = 'unknown' } = whosaw.actor ?? {};
    if (id !== undefined && isMeant(id)) addTo(spans, id, { events: 1, firstUs: at, lastUs: at, kind });
  }
  return Array.from(spans)
    .toSorted(([a], [b]) => Number(b === text) - Number(a === text) || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([id, { kind, events, firstUs, lastUs }]) => ({
      id,
      kind,
      events,
      first: formatTimeUs(firstUs),
      last: formatTimeUs(lastUs),
    }));
}

export async function nearIdentities(context: StoreContext, text: string, limit: number): Promise<readonly string[]> {
  await context.settle(context.indices.events);
  const ids = new Set((await buckets(context, ANY)).map(({ key }) => String(key['actor'])));
  for await (const { whosaw } of oddEvents(context)) if (whosaw.actor !== undefined) ids.add(whosaw.actor.id);
  return mostAlike(ids, text, limit, (id) => identityName(id, text));
}

export async function readFirstTimes(context: StoreContext, actor: string): Promise<FirstTimes> {
  await context.settle(context.indices.events);
  const own = term(ACTOR, actor);
  const given = { bool: { filter: [own, term('whosaw.access.kind', 'read'), term('event.outcome', 'success')] } };
  const secrets = await firsts(context, given, 'whosaw.secret.id');
  const addresses = await firsts(context, own, 'source.address');
  for await (const { event, source, whosaw } of oddEvents(context)) {
    if (whosaw.actor?.id !== actor) continue;
    const at = whosaw.store.time_us;
    const isGiven = whosaw.access.kind === 'read' && event.outcome === 'success';
    if (isGiven && whosaw.secret !== undefined) earliest(secrets, whosaw.secret.id, at);
    if (source !== undefined) earliest(addresses, source.address, at);
  }
  return { secrets: inOrder(secrets), addresses: inOrder(addresses) };
}

interface Span {
  readonly kind: ActorKind;
  readonly events: number;
  readonly firstUs: number;
  readonly lastUs: number;
}

interface SpanBucket {
  readonly events: { readonly value: number };
  readonly first: { readonly value: number };
  readonly last: { readonly value: number };
  readonly newest: { readonly hits: { readonly hits: readonly { readonly _source: EventFacts }[] } };
}

const SPAN = {
  events: { value_count: { field: TIME } },
  first: { min: { field: TIME } },
  last: { max: { field: TIME } },
  newest: { top_hits: { size: 1, sort: [{ [TIME]: 'desc' }], _source: ['whosaw.actor.kind'] } },
};

function spanOf({ events, first, last, newest }: SpanBucket): Span {
  const kind = newest.hits.hits.map(({ _source }) => _source.whosaw.actor?.kind)[0] ?? 'unknown';
  return { kind, events: events.value, firstUs: first.value, lastUs: last.value };
}

function addTo(spans: Map<string, Span>, id: string, span: Span): void {
  const known = spans.get(id);
  if (known === undefined) spans.set(id, span);
  else {
    spans.set(id, {
      kind: span.lastUs > known.lastUs ? span.kind : known.kind,
      events: known.events + span.events,
      firstUs: Math.min(known.firstUs, span.firstUs),
      lastUs: Math.max(known.lastUs, span.lastUs),
    });
  }
}

function meant(text: string): Query {
  if (text.length > TEXT_LIMIT) return text.length > KEYWORD_LIMIT ? NONE : term(ACTOR, text);
  const should = [
    term(ACTOR, text),
    wildcardQuery(ACTOR, ['', `/${text}`]),
    wildcardQuery(ACTOR, ['', `:${text}`]),
    wildcardQuery(ACTOR, [`person:${text}@`, '']),
  ];
  return { bool: { should, minimum_should_match: 1 } };
}

function buckets<A>(context: StoreContext, query: Query, aggregations?: Query): ReturnType<typeof readBuckets<A>> {
  return readBuckets<A>(context, {
    index: context.indices.events,
    query: { bool: { filter: query, must_not: ODD } },
    by: { actor: ACTOR },
    ...(aggregations === undefined ? {} : { aggregations }),
  });
}

async function firsts(context: StoreContext, query: Query, field: string): Promise<Map<string, number>> {
  const found = await readBuckets<{ first: { value: number } }>(context, {
    index: context.indices.events,
    query: { bool: { filter: query, must_not: ODD } },
    by: { value: field },
    aggregations: { first: { min: { field: TIME } } },
  });
  return new Map(found.map(({ key, aggregations }) => [String(key['value']), aggregations.first.value]));
}

/** What no keyword holds is looked at itself; there are few. */
async function* oddEvents(context: StoreContext): AsyncGenerator<EventFacts> {
  for await (const page of readFacts(context, ODD)) yield* page;
}

function earliest(times: Map<string, number>, value: string, timeUs: number): void {
  times.set(value, Math.min(timeUs, times.get(value) ?? timeUs));
}

function inOrder(times: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...times].toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
}

/** Longer texts are no patterns that the server takes. */
const TEXT_LIMIT = 500;
