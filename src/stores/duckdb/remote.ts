import { Worker } from 'node:worker_threads';
import { WhosawError } from '../../core/errors.ts';
import type { Answer, Method, Methods, WorkerOptions } from './protocol.ts';

/** The worker thread as seen from the main thread: calls are answered in any order. */
export class Remote {
  readonly #worker: Worker;
  readonly #open = new Map<number, OpenCall>();
  #next = 1;
  #ended: Error | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer: Answer) => this.#receive(answer));
    worker.on('error', (error) => this.#end(stopped(error)));
    worker.on('exit', () => this.#end(stopped(undefined)));
  }

  static async start(options: WorkerOptions): Promise<Remote> {
    const remote = new Remote(new Worker(WORKER, { workerData: options, name: 'whosaw-store' }));
    await new Promise((resolve, reject) => remote.#open.set(0, { resolve, reject }));
    return remote;
  }

  call<M extends Method>(
    method: M,
    args: Parameters<Methods[M]>,
    transfer: readonly ArrayBuffer[] = [],
  ): ReturnType<Methods[M]> {
    const number = this.#next++;
    const answer = new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      this.#open.set(number, { resolve, reject });
      return this.#worker.postMessage({ number, method, args }, [...transfer]);
    });
    // The worker answers with what the method of this name gives.
    return answer as ReturnType<Methods[M]>;
  }

  /** Ends the thread; calls that are open or come later fail. */
  async stop(): Promise<void> {
    this.#end(new WhosawError('STORE_UNAVAILABLE', 'The store is closed.'));
    await this.#worker.terminate();
  }

  #receive(answer: Answer): void {
    const call = this.#open.get(answer.number);
    this.#open.delete(answer.number);
    if (answer.ok) call?.resolve(answer.value);
    else {
      const { code, message, retryable, cause } = answer.error;
      call?.reject(new WhosawError(code, message, { retryable, ...(cause === undefined ? {} : { cause }) }));
    }
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#open.values()) reject(this.#ended);
    this.#open.clear();
  }
}

interface OpenCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

function stopped(cause: unknown): WhosawError {
  return new WhosawError('STORE_UNAVAILABLE', 'The store stopped unexpectedly: start whosaw again.', { cause });
}

/** Runs from the sources and from the compiled program. */
const WORKER = new URL(`./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
