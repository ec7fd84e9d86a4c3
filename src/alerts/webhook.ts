import { createHmac } from 'node:crypto';
import type { Alert } from '../core/alert.ts';
import type { Sink } from '../core/ports.ts';
import { id128 } from '../lib/hash.ts';
import type { SecretText } from '../lib/secret-text.ts';
import { post } from './post.ts';

export interface WebhookOptions {
  readonly name: string;
  readonly address: SecretText;
  readonly secret?: SecretText | undefined;
  readonly clock: () => number;
  readonly timeoutMs?: number;
}

/**
 * Posts `{ "type": "alert", "alert": {...} }`, or for what is long past one `{ "type": "digest", "alerts": [...] }`.
 * With a secret, `X-Whosaw-Signature: sha256=HMAC(secret, timestamp + "." + body)` with `X-Whosaw-Timestamp` in seconds:
 * the receiver checks both, and refuses old timestamps. `Idempotency-Key` is the alert's id.
 */
export function webhook({ name, address, secret, clock, timeoutMs }: WebhookOptions): Sink {
  return {
    name,
    callsPeople: true,
    async deliver(alerts, signal) {
      const body = JSON.stringify(bodyOf(alerts));
      const headers = {
        'idempotency-key': keyOf(alerts),
        ...(secret === undefined ? {} : sign(secret, body, clock())),
      };
      await post({ address, body, headers, signal, sink: name, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
    },
  };
}

function bodyOf(alerts: readonly Alert[]): unknown {
  const [alert] = alerts;
  return alerts.length === 1 ? { type: 'alert', alert } : { type: 'digest', alerts };
}

function keyOf(alerts: readonly Alert[]): string {
  return alerts.length === 1 ? (alerts[0]?.id ?? '') : id128('digest', ...alerts.map(({ id }) => id));
}

function sign(secret: SecretText, body: string, nowMs: number): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signature = createHmac('sha256', secret.reveal()).update(`${timestamp}.${body}`).digest('hex');
  return { 'x-whosaw-timestamp': timestamp, 'x-whosaw-signature': `sha256=${signature}` };
}
