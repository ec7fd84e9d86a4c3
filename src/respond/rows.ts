import type { AccessGroup } from '../core/access-reader.ts';
import { formatTimeUs } from '../lib/time.ts';
import type { WhoAnswer } from './who.ts';

/** One line of an answer for programs: times in UTC, nothing shortened. */
export type Row = Readonly<Record<string, string | number | readonly string[]>>;

const SECTIONS = ['retrieved', 'denied', 'unknown', 'other'] as const;

export function whoRows(answer: WhoAnswer): readonly Row[] {
  return SECTIONS.flatMap((section) => answer[section].map((group) => whoRow(answer, section, group)));
}

function whoRow(answer: WhoAnswer, result: (typeof SECTIONS)[number], group: AccessGroup): Row {
  return {
    secret: answer.secret.secret.id,
    result,
    actor: group.actor,
    actor_kind: group.actorKind,
    team: group.team ?? '',
    kind: group.kind,
    outcome: group.outcome,
    reason: group.reason ?? '',
    count: group.count,
    first: group.first,
    last: group.last,
    addresses: group.addresses,
    address_count: group.addressCount,
    unexpected: group.unexpected,
  };
}

/** The whole answer as one JSON document. */
export function whoDocument(answer: WhoAnswer): unknown {
  const { secret, window, sources, deleted, elsewhere, ...sections } = answer;
  return {
    secret: { ...secret.secret, environment: secret.environment },
    from: formatTimeUs(window.fromUs),
    to: formatTimeUs(window.toUs),
    ...sections,
    sources,
    deleted,
    elsewhere,
  };
}
