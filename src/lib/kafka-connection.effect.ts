import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs, { type KafkaConfig, type SASLOptions } from 'kafkajs';
import type { SecretText } from './secret-text.ts';

/** How brokers are reached. */
export interface KafkaConnection {
  readonly brokers: readonly string[];
  /** true: the system's authorities; else PEM texts. */
  readonly tls?: true | { readonly ca?: string; readonly cert?: string; readonly key?: SecretText };
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: SecretText;
  };
  /** How often it is tried to connect; by default for about half a minute. */
  readonly retries?: number;
  /** What kafkajs says, for who looks into trouble; it is not for people. */
  readonly debug?: (text: string, facts: object) => void;
}

/** The client, set up so that it rides out a broker that goes away and comes back. */
export function newKafka(connection: KafkaConnection): InstanceType<typeof kafkajs.Kafka> {
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ZSTD;
  passOverKnownWarning();
  return new kafkajs.Kafka(configOf(connection));
}

/** kafkajs 2.2.4 asks for timers in the past, which Node rounds up and warns of; nothing is wrong. */
function passOverKnownWarning(): void {
  const listeners = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'TimeoutNegativeWarning') for (const listener of listeners) listener(warning);
  });
}

export const KAFKA_RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 30 } as const;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
const ZSTD_OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** What a batch of records may unpack to. */
const UNPACKED_LIMIT_BYTES = 256 * 1024 * 1024;
const ZSTD = {
  compress: (encoder: { readonly buffer: Buffer }) => compress(encoder.buffer, ZSTD_OPTIONS),
  decompress: (buffer: Buffer) => decompress(buffer, { maxOutputLength: UNPACKED_LIMIT_BYTES }),
};

function configOf({ brokers, tls, sasl, debug, retries = KAFKA_RETRY.retries }: KafkaConnection): KafkaConfig {
  return {
    clientId: 'whosaw',
    brokers: [...brokers],
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { ...KAFKA_RETRY, retries },
    ...(tls === undefined ? {} : { ssl: tls === true ? true : tlsOf(tls) }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl, password: sasl.password.reveal() } as SASLOptions }),
    logCreator:
      () =>
      ({ log: { message, ...facts } }) =>
        debug?.(message, facts),
  };
}

function tlsOf({ ca, cert, key }: Exclude<KafkaConnection['tls'], true | undefined>): object {
  return {
    ...(ca === undefined ? {} : { ca: [ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key: key.reveal() }),
  };
}
