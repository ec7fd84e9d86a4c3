import { decodeEvent, encodeEvent } from '../../core/encode-event.ts';
import type { AuditEvent, Observation } from '../../core/event.ts';
import type { CommitBatch } from '../../core/ports.ts';
import type { SecretFacts } from '../../core/access-reader.ts';
import { SOURCE_TYPES } from '../../core/record.ts';
import type { SourceType } from '../../core/record.ts';
import { alertRow } from './alert-row.ts';
import type { AlertRow } from './alert-row.ts';
import { factsOf } from './event-facts.ts';
import type { EventFacts } from './event-facts.ts';
import { sameSecretFacts, secretFactsOf } from '../secret-facts.ts';

/** A batch on its way to the worker: the documents as bytes in one buffer, which moves instead of being copied. */
export interface PackedBatch extends Omit<CommitBatch, 'observations' | 'alerts'> {
  readonly alerts: readonly AlertRow[];
  readonly documents: Uint8Array<ArrayBuffer>;
  /** Where each document ends in `documents`. */
  readonly ends: Float64Array<ArrayBuffer>;
  readonly timesUs: Float64Array<ArrayBuffer>;
  /** Indices into SOURCE_TYPES. */
  readonly types: Uint8Array<ArrayBuffer>;
  readonly facts: readonly EventFacts[];
  /** The secrets that the facts point to. */
  readonly secrets: readonly SecretFacts[];
}

export function packBatch({ observations, alerts, ...rest }: CommitBatch): PackedBatch {
  const secrets = new SecretList();
  return {
    ...rest,
    alerts: alerts.map(alertRow),
    ...packDocuments(observations),
    timesUs: Float64Array.from(observations, ({ timeUs }) => timeUs),
    types: Uint8Array.from(observations, ({ type }) => SOURCE_TYPES.indexOf(type)),
    facts: observations.map(({ event }) => factsOf(event, secrets.indexOf(event))),
    secrets: secrets.facts,
  };
}

/** What moves with the message. */
export function transferList(batch: PackedBatch): readonly ArrayBuffer[] {
  return [batch.documents.buffer, batch.ends.buffer, batch.timesUs.buffer, batch.types.buffer];
}

/** An event as the worker gets it. */
export interface PackedEvent {
  readonly facts: EventFacts;
  readonly secret: SecretFacts | undefined;
  readonly type: SourceType;
  readonly timeUs: number;
  readonly appendedMs: number;
  /** Text of encodeEvent. */
  readonly document: Buffer;
}

export function unpackEvents(batch: PackedBatch): readonly PackedEvent[] {
  const { buffer, byteOffset, byteLength } = batch.documents;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  let start = 0;
  return batch.facts.map((facts, index) => {
    const end = batch.ends[index] ?? start;
    const document = bytes.subarray(start, end);
    start = end;
    return {
      facts,
      secret: batch.secrets[facts[8]],
      type: SOURCE_TYPES[batch.types[index] ?? 0] ?? SOURCE_TYPES[0],
      timeUs: batch.timesUs[index] ?? 0,
      appendedMs: batch.appendedMs,
      document,
    };
  });
}

/** Gives the documents' memory back at once: waiting for the collector would make it run more often. */
export function release(batch: PackedBatch): void {
  batch.documents.buffer.transfer(0);
}

/** The observation whose document this is. */
export function decodeObservation(text: string, type: SourceType, timeUs: number): Observation {
  return { type, ...decodeEvent(text), timeUs };
}

/** One text after the other, so that no more than one has to live beside the buffer. */
function packDocuments(observations: readonly Observation[]): Pick<PackedBatch, 'documents' | 'ends'> {
  const ends = new Float64Array(observations.length);
  let bytes = Buffer.allocUnsafeSlow(observations.reduce((sum, { text }) => sum + text.length + HEAD_BYTES, 0));
  let end = 0;
  for (const [index, observation] of observations.entries()) {
    const text = encodeEvent(observation);
    if (bytes.length - end < text.length * MOST_BYTES_PER_UNIT) bytes = grown(bytes, end, text.length);
    end += bytes.write(text, end);
    ends[index] = end;
  }
  return { documents: bytes.subarray(0, end), ends };
}

function grown(bytes: Buffer, used: number, units: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(bytes.length * 2 + units * MOST_BYTES_PER_UNIT);
  bytes.copy(larger, 0, 0, used);
  return larger;
}

/** More than most events are long without their record. */
const HEAD_BYTES = 1_536;
/** UTF-8 of a UTF-16 code unit. */
const MOST_BYTES_PER_UNIT = 3;

/** Each secret of a batch once, as long as its facts stay the same. */
class SecretList {
  readonly facts: SecretFacts[] = [];
  readonly #newest = new Map<string, number>();

  /** -1 where the event has no secret. */
  indexOf({ whosaw: { secret, environment } }: AuditEvent): number {
    if (secret === undefined) return -1;
    const index = this.#newest.get(secret.id);
    const known = index === undefined ? undefined : this.facts[index];
    if (index !== undefined && known !== undefined && sameSecretFacts(known, secret, environment)) return index;
    this.#newest.set(secret.id, this.facts.length);
    return this.facts.push(secretFactsOf(secret, environment)) - 1;
  }
}
