import type { AccessGroup, SourceFacts } from '../../src/core/access-reader.ts';
import type { WhoAnswer } from '../../src/respond/who.ts';

/** 02:19 to 02:49 UTC of 15 March 2025: 03:19 to 03:49 in Berlin. */
const WINDOW = { fromUs: Date.UTC(2025, 2, 15, 2, 19) * 1_000, toUs: Date.UTC(2025, 2, 15, 2, 49) * 1_000 };

export function group(more: Partial<AccessGroup> = {}): AccessGroup {
  return {
    actor: 'vault:eu/approle/payments-api',
    actorKind: 'service',
    kind: 'read',
    outcome: 'success',
    count: 24,
    first: '2025-03-15T02:19:01.004Z',
    last: '2025-03-15T02:48:31.22Z',
    addresses: ['10.0.7.5', '10.0.7.6', '10.0.7.7'],
    addressCount: 3,
    unexpected: [],
    ...more,
  };
}

export function source(name: string, seenTo?: string): SourceFacts {
  return { source: name, events: 1, rejected: 0, ...(seenTo === undefined ? {} : { seenTo }) };
}

export const SAM = group({
  actor: 'person:sam@payments.acme.example',
  actorKind: 'person',
  team: 'payments',
  count: 3,
  first: '2025-03-15T02:36:40.112Z',
  last: '2025-03-15T02:37:21.530999999Z',
  addresses: ['192.0.2.77'],
  addressCount: 1,
  unexpected: ['network', 'role'],
});

export const BOT = group({
  actor: 'vault:eu/token/deploy-bot',
  count: 1,
  first: '2025-03-15T02:34:12.847Z',
  last: '2025-03-15T02:34:12.847Z',
  addresses: ['10.0.1.42'],
  addressCount: 1,
  unexpected: ['schedule'],
});

export const INTERN = group({
  actor: 'vault:eu/userpass/intern',
  outcome: 'failure',
  reason: 'permission denied',
  count: 5,
  first: '2025-03-15T02:41:02.3Z',
  last: '2025-03-15T02:41:44.871Z',
  addresses: ['10.0.9.9'],
  addressCount: 1,
});

export function answer(more: Partial<WhoAnswer> = {}): WhoAnswer {
  const id = 'vault:eu/secret/production/db-password';
  const name = 'secret/production/db-password';
  return {
    secret: {
      secret: { id, name, store: 'vault', kind: 'secret', owner: 'payments', criticality: 'high' },
      environment: 'production',
    },
    window: WINDOW,
    retrieved: [SAM, BOT, group()],
    denied: [INTERN],
    unknown: [],
    other: [],
    gaps: [],
    sources: [source('vault-file', '2025-03-15T02:52:07Z'), source('vault-socket', '2025-03-15T02:52:09Z')],
    ...more,
  };
}
