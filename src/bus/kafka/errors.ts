import { WhosawError } from '../../core/errors.ts';

/** What kafkajs threw, in our words. `what` says what was tried. */
export function busError(what: string, brokers: readonly string[], error: unknown): WhosawError {
  if (error instanceof WhosawError) return error;
  const { name, type, message } = causeOf(error);
  const where = brokers.join(', ');
  if (name === 'KafkaJSSASLAuthenticationError' || type === 'SASL_AUTHENTICATION_FAILED') {
    return new WhosawError('BUS_REFUSED', `Kafka at ${where} refused the credentials; check kafka.sasl.`, {
      cause: error,
    });
  }
  if (type !== undefined && DENIED.has(type)) {
    const text = `Kafka at ${where} does not allow it: could not ${what} (${type}); see docs/cluster.md for the rights that whosaw needs.`;
    return new WhosawError('BUS_REFUSED', text, { cause: error });
  }
  if (type !== undefined && TOO_LARGE.has(type)) {
    const text = `Kafka at ${where} takes no message of this size: could not ${what}; run \`whosaw setup kafka\`.`;
    return new WhosawError('BUS_REFUSED', text, { cause: error });
  }
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION') {
    const text = `Kafka at ${where} lacks a topic: could not ${what}; run \`whosaw setup kafka\`.`;
    return new WhosawError('TOPICS_UNFIT', text, { cause: error });
  }
  const text = `Kafka at ${where} did not answer: could not ${what} (${message}); check kafka.brokers and the network.`;
  return new WhosawError('BUS_UNAVAILABLE', text, { cause: error, retryable: true });
}

const DENIED = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
]);
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

interface Shape {
  readonly name: string;
  readonly type: string | undefined;
  readonly message: string;
}

/** The innermost error says it best. */
function causeOf(error: unknown): Shape {
  if (!(error instanceof Error)) return { name: '', type: undefined, message: String(error) };
  if (error.cause instanceof Error && error.cause !== error) return causeOf(error.cause);
  const type = 'type' in error && typeof error.type === 'string' ? error.type : undefined;
  return { name: error.name, type, message: error.message.slice(0, 200) };
}

/** The group goes on without this member's answer: kafkajs must see this error to join again. */
export function isRebalance(error: unknown): boolean {
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  return (
    type === 'REBALANCE_IN_PROGRESS' ||
    type === 'NOT_COORDINATOR_FOR_GROUP' ||
    type === 'ILLEGAL_GENERATION' ||
    type === 'UNKNOWN_MEMBER_ID'
  );
}
