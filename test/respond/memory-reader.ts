import type { StoredEvent } from '../../src/core/ports.ts';
import type {
  AccessGroup,
  AccessReader,
  FirstTimes,
  IdentityFacts,
  SearchPage,
  SearchQuestion,
  SecretFacts,
  SourceFacts,
  StoredAlert,
} from '../../src/core/access-reader.ts';
import type { Deletion } from '../../src/core/days.ts';
import { DAY_US, parseTimeUs } from '../../src/lib/time.ts';
import type { Gap } from '../../src/core/gap.ts';

export interface MemoryFacts {
  readonly secrets?: readonly SecretFacts[];
  /** Answered for windows in which their first access lies. */
  readonly accesses?: readonly AccessGroup[];
  readonly sources?: readonly SourceFacts[];
  readonly alerts?: readonly StoredAlert[];
  readonly identities?: readonly IdentityFacts[];
  readonly firstTimes?: FirstTimes;
  readonly events?: readonly StoredEvent[];
  readonly deletions?: readonly Deletion[];
  readonly gaps?: readonly Gap[];
  readonly search?: (question: SearchQuestion) => SearchPage;
}

/** A reader over values, with the store's rules of which secret a text means. */
export function memoryReader({
  secrets = [],
  accesses = [],
  sources = [],
  alerts = [],
  events = [],
  search = () => ({ documents: [] }),
  identities = [],
  gaps = [],
  firstTimes = { secrets: [], addresses: [] },
  deletions = [],
}: MemoryFacts = {}): AccessReader {
  const ends = (id: string, text: string): boolean => id === text || id.endsWith(`/${text}`) || id.endsWith(`:${text}`);
  return {
    secrets: (text, limit) => Promise.resolve(secrets.filter(({ secret }) => ends(secret.id, text)).slice(0, limit)),
    near: (text, limit) =>
      Promise.resolve(
        secrets
          .map(({ secret }) => secret.id)
          .filter((id) => id.includes(text.slice(0, 4)))
          .slice(0, limit),
      ),
    accesses: ({ fromUs, toUs }) =>
      Promise.resolve(
        accesses.filter(({ first }) => {
          const us = parseTimeUs(first) ?? -1;
          return fromUs <= us && us <= toUs;
        }),
      ),
    sources: () => Promise.resolve(sources),
    findEvents: ({ ids, limit }) =>
      Promise.resolve(
        events.filter(({ observation }) => ids.some((id) => observation.event.event.id.startsWith(id))).slice(0, limit),
      ),
    alerts: ({ id, limit }) =>
      Promise.resolve(alerts.filter(({ alert }) => id === undefined || alert.id.startsWith(id)).slice(0, limit)),
    identities: (text, limit) => Promise.resolve(identities.filter(({ id }) => ends(id, text)).slice(0, limit)),
    nearIdentities: (text, limit) =>
      Promise.resolve(
        identities
          .map(({ id }) => id)
          .filter((id) => id.includes(text.slice(0, 4)))
          .slice(0, limit),
      ),
    firstTimes: () => Promise.resolve(firstTimes),
    tally: () => Promise.resolve([]),
    gaps: () => Promise.resolve(gaps),
    checkpoint: () => Promise.resolve(undefined),
    search: (question) => Promise.resolve(search(question)),
    outlines: () => Promise.resolve({ outlines: [] }),
    deletions: ([from, to]) =>
      Promise.resolve(deletions.filter(({ day }) => (day + 1) * DAY_US > from && day * DAY_US <= to)),
    days: () => Promise.resolve([]),
  };
}

export function secretFacts(id: string, more: Partial<SecretFacts> = {}): SecretFacts {
  return { secret: { id, name: id.split('/').slice(1).join('/'), store: 'vault', kind: 'secret' }, ...more };
}
