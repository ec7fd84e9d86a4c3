import type { AccessKind, AuditEvent, Outcome } from './event.ts';

/** What is shown of an event in a line: who did what to which secret, with what result. */
export interface EventOutline {
  readonly timeUs: number;
  readonly id: string;
  readonly dataset: string;
  readonly action: string;
  readonly kind?: AccessKind;
  readonly actor?: string;
  readonly team?: string;
  /** The name by which the store knows the actor: user name, else e-mail address, else id. */
  readonly user?: string;
  readonly secret?: string;
  /** Where no secret is named: what was asked for. */
  readonly path?: string;
  /** HMAC of the token that the answer was wrapped with, or that unwrapped it. */
  readonly wrap?: string;
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly address?: string;
  /** Facts that are false: `network`, `role`, `schedule`. */
  readonly unexpected: readonly (typeof FACTS)[number][];
}

export const FACTS = ['network', 'role', 'schedule'] as const;

export function outlineOf({ event, url, source, user, whosaw }: AuditEvent, timeUs: number): EventOutline {
  const { actor, secret, access, expected } = whosaw;
  const name = userOf(user);
  return {
    timeUs,
    id: event.id,
    dataset: event.dataset,
    action: event.action,
    ...(access.kind === undefined ? {} : { kind: access.kind }),
    ...(actor === undefined ? {} : { actor: actor.id }),
    ...(actor?.team === undefined ? {} : { team: actor.team }),
    ...(name === undefined ? {} : { user: name }),
    ...(secret === undefined ? {} : { secret: secret.id }),
    ...(secret !== undefined || url === undefined ? {} : { path: url.path }),
    ...(whosaw.wrap === undefined ? {} : { wrap: whosaw.wrap.token }),
    outcome: event.outcome,
    ...(event.reason === undefined ? {} : { reason: event.reason }),
    ...(source === undefined ? {} : { address: source.address }),
    unexpected: FACTS.filter((fact) => expected?.[fact] === false),
  };
}

export function userOf(user: AuditEvent['user']): string | undefined {
  return user?.name ?? user?.email ?? user?.id;
}
