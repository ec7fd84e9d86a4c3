import type { Alert } from '../core/alert.ts';
import { id128 } from '../lib/hash.ts';

/** A made-up alert that cannot be mistaken for a real one. */
export function testAlert(now: Date): Alert {
  const at = now.toISOString();
  const actor = 'person:test@whosaw.example';
  const secret = 'vault:test/secret/test/not-a-secret';
  return {
    id: id128('test', at),
    version: 1,
    rule: {
      id: 'whosaw/test',
      title: 'This is a test of the alert sink',
      level: 'low',
      status: 'stable',
      tags: [],
      falsepositives: [],
    },
    rules_version: 'test',
    group: { 'whosaw.actor.id': actor, 'whosaw.secret.id': secret },
    opened: at,
    first: at,
    last: at,
    ends: at,
    count: 1,
    why: 'somebody ran `whosaw alerts test`; nothing happened',
    events: [
      {
        id: id128('test', 'event', at),
        '@timestamp': at,
        action: 'read',
        outcome: 'success',
        kind: 'read',
        actor,
        secret,
        address: '192.0.2.1',
        source: 'test',
        seen: at,
      },
    ],
  };
}
