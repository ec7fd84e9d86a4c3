import { credentialsOf } from './credentials.ts';
import type { AwsIdentity } from './identity.ts';

export interface QueueMessage {
  readonly id: string;
  /** With which it is deleted, or kept for longer. */
  readonly receipt: string;
  readonly body: string;
}

/** One queue. Errors are those of the SDK, which does not retry. */
export interface Queue {
  /** Up to 10 messages, which nobody else gets for `visibilityMs`; waits for up to `waitMs` for the first. */
  receive(visibilityMs: number, waitMs: number, signal: AbortSignal): Promise<readonly QueueMessage[]>;
  /** From now on for `visibilityMs`. */
  hold(receipts: readonly string[], visibilityMs: number): Promise<void>;
  delete(receipts: readonly string[]): Promise<void>;
  /** Proves that messages may be received, without receiving one. */
  describe(signal: AbortSignal): Promise<{ readonly waiting: number }>;
  close(): void;
}

/** What a call takes. */
const AT_ONCE = 10;
const SECOND_MS = 1_000;

export async function openQueue(identity: AwsIdentity, url: string): Promise<Queue> {
  const sqs = await import('@aws-sdk/client-sqs');
  const region = regionOf(url);
  const client = new sqs.SQSClient({ region, maxAttempts: 1, credentials: await credentialsOf(identity, region) });
  const entries = (receipts: readonly string[]) =>
    receipts.map((receipt, index) => ({ Id: String(index), ReceiptHandle: receipt }));
  return {
    async receive(visibilityMs, waitMs, signal) {
      const { Messages: messages = [] } = await client.send(
        new sqs.ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: AT_ONCE,
          VisibilityTimeout: Math.ceil(visibilityMs / SECOND_MS),
          WaitTimeSeconds: Math.floor(waitMs / SECOND_MS),
        }),
        { abortSignal: signal },
      );
      return messages.map(({ MessageId: id = '', ReceiptHandle: receipt = '', Body: body = '' }) => ({
        id,
        receipt,
        body,
      }));
    },
    async hold(receipts, visibilityMs) {
      const seconds = Math.ceil(visibilityMs / SECOND_MS);
      for (let at = 0; at < receipts.length; at += AT_ONCE) {
        const some = entries(receipts.slice(at, at + AT_ONCE));
        const Entries = some.map((entry) => ({ ...entry, VisibilityTimeout: seconds }));
        await client.send(new sqs.ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries }));
      }
    },
    async delete(receipts) {
      for (let at = 0; at < receipts.length; at += AT_ONCE) {
        const Entries = entries(receipts.slice(at, at + AT_ONCE));
        await client.send(new sqs.DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
      }
    },
    async describe(signal) {
      const { Attributes: attributes } = await client.send(
        new sqs.GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }),
        { abortSignal: signal },
      );
      return { waiting: Number(attributes?.ApproximateNumberOfMessages ?? 0) };
    },
    close: () => client.destroy(),
  };
}

/** `https://sqs.eu-central-1.amazonaws.com/...`; an address that names no region has that of the surroundings. */
export function regionOf(queueUrl: string): string {
  const named = /^https:\/\/(?:sqs\.([a-z0-9-]+)|([a-z0-9-]+)\.queue)\.amazonaws\.com/.exec(queueUrl);
  return named?.[1] ?? named?.[2] ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
}

/** `arn:aws:sqs:eu-central-1:444455556666:whosaw`, for messages. */
export function queueArn(queueUrl: string): string {
  const [, account = '', name = ''] = /\/(\d{12})\/([^/]+)$/.exec(queueUrl) ?? [];
  return `arn:aws:sqs:${regionOf(queueUrl)}:${account}:${name}`;
}
