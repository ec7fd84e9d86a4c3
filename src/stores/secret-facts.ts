import type { SecretFields } from '../core/event.ts';
import type { SecretFacts } from '../core/access-reader.ts';

/** Without the version, which belongs to an access. */
export function secretFactsOf(secret: SecretFields, environment: string | undefined): SecretFacts {
  const { id, name, store, kind, owner, criticality } = secret;
  return {
    secret: {
      id,
      name,
      store,
      kind,
      ...(owner === undefined ? {} : { owner }),
      ...(criticality === undefined ? {} : { criticality }),
    },
    ...(environment === undefined ? {} : { environment }),
  };
}

export function sameSecretFacts(known: SecretFacts, secret: SecretFields, environment: string | undefined): boolean {
  return (
    known.secret.owner === secret.owner &&
    known.secret.criticality === secret.criticality &&
    known.environment === environment &&
    known.secret.name === secret.name &&
    known.secret.kind === secret.kind &&
    known.secret.store === secret.store
  );
}
