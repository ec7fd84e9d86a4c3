import type { Observation } from '../../core/event.ts';
import type { SecretFacts } from '../../core/access-reader.ts';
import { id128 } from '../../lib/hash.ts';
import { RecentMap } from '../../lib/recent-map.ts';
import { sameSecretFacts, secretFactsOf } from '../secret-facts.ts';
import type { Operation } from './bulk-size.ts';
import type { Verdict } from './event-writer.ts';
import { encodeSecret } from './secrets.ts';

/**
 * Keeps the newest facts of each secret: those of the event stored last, because expectations are applied when an event
 * comes, whatever its time. A duplicate only makes sure that its secret is there: its event may be one that was stored
 * when no answer came. The facts of recent secrets are remembered, so that an access writes nothing.
 */
export class SecretWriter {
  readonly #index: string;
  readonly #recent = new RecentMap<SecretFacts>(RECENT_SECRETS);

  constructor(index: string) {
    this.#index = index;
  }

  operations(events: readonly Observation[], verdicts: readonly Verdict[], appendedMs: number): readonly Operation[] {
    const replaced = new Map<string, SecretFacts>();
    const ensured = new Map<string, SecretFacts>();
    for (const [place, { event }] of events.entries()) {
      const { secret, environment } = event.whosaw;
      const kind = verdicts[place]?.kind;
      if (secret === undefined) continue;
      const known = replaced.get(secret.id) ?? this.#recent.get(secret.id);
      if (kind === 'duplicate' && known === undefined) ensured.set(secret.id, secretFactsOf(secret, environment));
      if (kind !== 'stored') continue;
      if (known === undefined || !sameSecretFacts(known, secret, environment)) {
        replaced.set(secret.id, secretFactsOf(secret, environment));
      }
    }
    for (const [id, facts] of replaced) this.#recent.set(id, facts);
    return [
      ...Array.from(ensured)
        .filter(([id]) => !replaced.has(id))
        .map(([id, facts]) => this.#operation('create', id, facts, {})),
      ...Array.from(replaced, ([id, facts]) =>
        this.#operation('index', id, facts, { version: appendedMs, version_type: 'external_gte' }),
      ),
    ];
  }

  #operation(action: 'create' | 'index', id: string, facts: SecretFacts, version: object): Operation {
    return {
      action: JSON.stringify({ [action]: { _index: this.#index, _id: id128('secret', id), ...version } }),
      document: JSON.stringify(encodeSecret(facts)),
    };
  }
}

const RECENT_SECRETS = 50_000;
