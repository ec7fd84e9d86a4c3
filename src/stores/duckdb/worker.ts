import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { openDatabase } from './database.ts';
import { sendableError } from './errors.ts';
import type { Answer, Call, Methods, WorkerOptions } from './protocol.ts';
import { serve } from './serve.ts';

/** Entry of the store's thread: opens the file, says so, then answers calls. */
if (parentPort !== null) await run(parentPort, workerData as WorkerOptions);

async function run(port: MessagePort, { file, readOnly }: WorkerOptions): Promise<void> {
  try {
    const methods = await serve(await openDatabase(file, readOnly), readOnly);
    port.on('message', (call: Call) => void answer(port, methods, call, file));
    send(port, { number: 0, ok: true, value: undefined });
  } catch (error) {
    send(port, { number: 0, ok: false, error: sendableError(error, file) });
  }
}

async function answer(
  port: MessagePort,
  methods: Methods,
  { number, method, args }: Call,
  file: string,
): Promise<void> {
  try {
    // The main thread calls a method with that method's own arguments (see remote.ts).
    const call = methods[method] as (...args: readonly unknown[]) => Promise<unknown>;
    send(port, { number, ok: true, value: await call(...args) });
  } catch (error) {
    send(port, { number, ok: false, error: sendableError(error, file) });
  }
}

/** Buffers of their own move; what is small is copied. */
function send(port: MessagePort, answer: Answer): void {
  port.postMessage(answer, answer.ok ? buffersOf(answer.value) : []);
}

function buffersOf(value: unknown): ArrayBuffer[] {
  if (Array.isArray(value)) return value.flatMap(buffersOf);
  if (typeof value !== 'object' || value === null || !('documents' in value)) return [];
  const { documents } = value;
  return documents instanceof Uint8Array && documents.buffer instanceof ArrayBuffer ? [documents.buffer] : [];
}
