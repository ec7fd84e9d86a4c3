import type { AccessKind, Outcome } from '../core/event.ts';

/** Version of the Elastic Common Schema that events follow. */
export const ECS_VERSION = '9.2.0';

export interface EcsClass {
  readonly category: readonly string[];
  readonly type: readonly string[];
}

/**
 * One table for all stores: access kind -> `event.category` and `event.type`, in combinations that ECS expects
 * (https://www.elastic.co/docs/reference/ecs/ecs-allowed-values-event-category). ECS counts listings as accesses.
 * A failed attempt keeps the type of what was attempted; where nobody knows whether it took place, the type is `info`.
 */
export function ecsClass(kind: AccessKind | undefined, outcome: Outcome): EcsClass {
  return (outcome === 'unknown' ? UNKNOWN : KNOWN)[kind ?? 'none'];
}

type Kind = AccessKind | 'none';

const KNOWN: Readonly<Record<Kind, EcsClass>> = {
  read: { category: ['configuration'], type: ['access'] },
  list: { category: ['configuration'], type: ['access'] },
  write: { category: ['configuration'], type: ['change'] },
  delete: { category: ['configuration'], type: ['deletion'] },
  login: { category: ['authentication'], type: ['start'] },
  admin: { category: ['iam'], type: ['admin', 'change'] },
  audit: { category: ['configuration'], type: ['change'] },
  none: { category: ['api'], type: ['info'] },
};

const INFO = ['info'];
const UNKNOWN: Readonly<Record<Kind, EcsClass>> = {
  read: { category: KNOWN.read.category, type: INFO },
  list: { category: KNOWN.list.category, type: INFO },
  write: { category: KNOWN.write.category, type: INFO },
  delete: { category: KNOWN.delete.category, type: INFO },
  login: { category: KNOWN.login.category, type: INFO },
  admin: { category: KNOWN.admin.category, type: INFO },
  audit: { category: KNOWN.audit.category, type: INFO },
  none: { category: KNOWN.none.category, type: INFO },
};
