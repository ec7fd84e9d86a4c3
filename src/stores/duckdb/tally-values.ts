import type { TallyOf } from '../../core/access-reader.ts';
import { BY_ACTOR, BY_ADDRESS, BY_SECRET, type SortedCopy } from './day-index-tables.ts';

/** What a tally counts, and the copy of a day that is in the order of it. */
export interface Counted {
  readonly of: TallyOf;
  readonly column: string;
  readonly where: string;
  readonly copy: SortedCopy;
}

export const COUNTED: Readonly<Record<TallyOf, Counted>> = {
  secrets: { of: 'secrets', column: 'secret', where: "kind = 'read' AND outcome = 'success'", copy: BY_SECRET },
  identities: { of: 'identities', column: 'actor', where: "kind = 'read' AND outcome = 'success'", copy: BY_ACTOR },
  denials: { of: 'denials', column: 'actor', where: "kind IS NOT NULL AND outcome = 'failure'", copy: BY_ACTOR },
  addresses: { of: 'addresses', column: 'address', where: 'kind IS NOT NULL', copy: BY_ADDRESS },
};
