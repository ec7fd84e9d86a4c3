import type { Alert, AlertEvent } from '../../src/core/alert.ts';

export function alertEvent(over: Partial<AlertEvent> = {}): AlertEvent {
  return {
    id: '0'.repeat(32),
    '@timestamp': '2025-03-15T02:36:40.112Z',
    action: 'read',
    outcome: 'success',
    kind: 'read',
    actor: 'person:sam@payments.acme.example',
    team: 'payments',
    roles: ['developer'],
    secret: 'vault:eu/secret/production/db-password',
    environment: 'production',
    address: '192.0.2.77',
    source: 'vault-file',
    seen: '2025-03-15T02:36:40.512Z',
    ...over,
  };
}

export function alert(over: Partial<Alert> = {}): Alert {
  return {
    id: 'a7f391c2000000000000000000000000',
    version: 1,
    rule: {
      id: 'fabf0093-e7fd-4b11-8a1a-d995f69312b3',
      title: 'Staging identity suddenly reads production',
      level: 'high',
      status: 'stable',
      tags: [],
      falsepositives: [],
    },
    rules_version: 'v1',
    group: { 'whosaw.actor.id': 'person:sam@payments.acme.example' },
    opened: '2025-03-15T02:36:40.112Z',
    first: '2025-03-15T02:36:40.112Z',
    last: '2025-03-15T02:36:40.112Z',
    ends: '2025-03-15T03:36:40.112Z',
    count: 1,
    why: 'first in 30d',
    quiet: 'with a role that covers it',
    events: [alertEvent()],
    ...over,
  };
}

/** What an attacker can put into names, paths and addresses. */
export const HOSTILE = 'x\u001b[2J\r\n<!channel> <http://evil.example|ok> `code` *b* _i_ @here &amp; \u202eabc';
