import type { Observation } from '../../src/core/event.ts';

export interface Given {
  readonly actor?: string;
  readonly secret?: string;
  readonly address?: string;
  readonly ip?: string;
  /** RFC 3339. */
  readonly at?: string;
}

/** A read as a source's normalizer gives it, before anything is known of what is expected. */
export function observation({ actor, secret, address, ip, at = '2025-03-14T12:00:00Z' }: Given): Observation {
  const from = address ?? ip;
  return {
    type: 'vault',
    record: { type: 'response' },
    text: '{"type":"response"}',
    timeUs: Date.parse(at) * 1000,
    event: {
      '@timestamp': at,
      ecs: { version: '9.0.0' },
      event: {
        id: '0'.repeat(32),
        kind: 'event',
        category: ['database'],
        type: ['access'],
        action: 'read',
        outcome: 'success',
        provider: 'vault',
        module: 'vault',
        dataset: 'vault.audit',
        created: at,
        original_hash: '0'.repeat(64),
      },
      ...(from === undefined ? {} : { source: { address: from, ...(ip === undefined ? {} : { ip }) } }),
      whosaw: {
        access: { id: '0'.repeat(32), kind: 'read' },
        ...(actor === undefined ? {} : { actor: { id: actor, kind: 'unknown' } }),
        ...(secret === undefined ? {} : { secret: { id: secret, name: 'x', store: 'vault', kind: 'secret' } }),
        origin: { source: 'vault-file' },
      },
    },
  };
}
