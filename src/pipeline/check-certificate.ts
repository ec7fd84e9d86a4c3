import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { WhosawError } from '../core/errors.ts';
import type { Certificate } from '../sources/listen/protocol.ts';

/** Throws LISTENER_UNAVAILABLE where clients would refuse the certificate, or it does not go with its key. */
export function checkCertificate({ certificate, key }: Certificate, place: string, nowMs: number): void {
  const fail = (what: string, cause?: unknown): never => {
    throw new WhosawError('LISTENER_UNAVAILABLE', `${place}: ${what}`, { cause });
  };
  try {
    createSecureContext({ cert: certificate, key });
  } catch (cause) {
    fail('the certificate or the key is no PEM, or they do not belong together.', cause);
  }
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  if (validToDate.getTime() < nowMs) fail(`the certificate has expired (${validToDate.toISOString()}); renew it.`);
  if (validFromDate.getTime() > nowMs) fail(`the certificate is not valid before ${validFromDate.toISOString()}.`);
}
