import type { SearchCursor, TallyQuestion, TallyRow } from '../../core/access-reader.ts';
import { decodeEvent } from '../../core/encode-event.ts';
import { parseTimeUs } from '../../lib/time.ts';
import { readQuery } from '../../query/read-query.ts';
import { Tally } from '../../query/tally.ts';
import { between } from './events.ts';
import { readFacts } from './facts.ts';
import { indexFilter, TIME } from './query-dsl.ts';
import { searchEvents } from './search.ts';
import type { StoreContext } from './store-context.ts';

export async function readTally(context: StoreContext, question: TallyQuestion): Promise<readonly TallyRow[]> {
  const { of, query: text, nowMs, fromUs, toUs, limit } = question;
  const { query, isExact } = indexFilter(readQuery(text, nowMs));
  const tally = new Tally(of, question);
  if (isExact) {
    await context.settle(context.indices.events);
    const filter = [between(TIME, [fromUs, toUs]), query];
    for await (const page of readFacts(context, { bool: { filter } })) {
      for (const event of page) tally.add(event, event.whosaw.store.time_us);
    }
    return tally.rows(limit);
  }
  let after: SearchCursor | undefined;
  do {
    const asked = { query: text, nowMs, fromUs, toUs, order: 'newest', limit: PAGE_EVENTS } as const;
    const page = await searchEvents(context, { ...asked, ...(after === undefined ? {} : { after }) });
    for (const document of page.documents) {
      const { event } = decodeEvent(document);
      tally.add(event, parseTimeUs(event['@timestamp']) ?? 0);
    }
    after = page.next;
  } while (after !== undefined);
  return tally.rows(limit);
}

const PAGE_EVENTS = 2_000;
