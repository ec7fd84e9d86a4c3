import { decodeEvent } from '../core/encode-event.ts';
import type { Observation } from '../core/event.ts';
import type { AccessReader, SearchCursor } from '../core/access-reader.ts';
import type { SourceType } from '../core/record.ts';
import { DAY_US, parseTimeUs } from '../lib/time.ts';
import type { TimeWindow } from './window.ts';

/** Small enough that whoever answers does other work between two pages. */
const PAGE_EVENTS = 500;

/** Events of a window, oldest first, in pages: day by day, so that each page is looked for in one day only. `query`: KQL. */
export async function* allEvents(
  reader: Pick<AccessReader, 'search'>,
  { fromUs, toUs }: TimeWindow,
  query = '',
): AsyncGenerator<readonly Observation[], void, undefined> {
  for (let dayUs = fromUs; dayUs <= toUs; dayUs += DAY_US) {
    const day = { fromUs: dayUs, toUs: Math.min(dayUs + DAY_US - 1, toUs) };
    let after: SearchCursor | undefined;
    do {
      const question = { query, nowMs: 0, ...day, order: 'oldest', limit: PAGE_EVENTS } as const;
      const page = await reader.search({ ...question, ...(after === undefined ? {} : { after }) });
      if (page.documents.length > 0) yield page.documents.map(observationOf);
      after = page.next;
    } while (after !== undefined);
  }
}

function observationOf(document: string): Observation {
  const decoded = decodeEvent(document);
  const { event } = decoded;
  return { type: typeOf(event.event.dataset), ...decoded, timeUs: parseTimeUs(event['@timestamp']) ?? 0 };
}

function typeOf(dataset: string): SourceType {
  if (dataset.startsWith('aws.')) return 'cloudtrail';
  return dataset.startsWith('azure.') ? 'keyvault' : 'vault';
}
