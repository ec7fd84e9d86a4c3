import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Way } from '../core/sieve.ts';
import type { SiftCall, SiftEnd, SiftMessage, SiftPiece, SiftTask } from './sift-messages.ts';

/** Threads that sift tasks side by side, and give their results in the tasks' order. */
export class SiftPool {
  readonly #tasks: readonly SiftTask[];
  readonly #workers: readonly Worker[];
  /** By task: what came of it and was not asked for yet. */
  readonly #waiting: readonly Waiting[];
  #next = 0;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(tasks: readonly SiftTask[], ways: readonly Way[], threads: number) {
    this.#tasks = tasks;
    this.#waiting = tasks.map(() => []);
    const env = environment();
    this.#workers = Array.from({ length: Math.min(threads, tasks.length) }, (_, index) =>
      this.#start(new Worker(WORKER, { workerData: ways, env, resourceLimits: LIMITS, name: `whosaw-sift-${index}` })),
    );
  }

  /** The pieces of a task, in order; ask for tasks in their order. Returns how it ended; undefined: aborted. */
  async *pieces(task: number, signal: AbortSignal): AsyncGenerator<SiftPiece, SiftEnd | undefined, undefined> {
    const stop = (): void => this.#wake?.();
    signal.addEventListener('abort', stop);
    try {
      for (;;) {
        if (signal.aborted) return undefined;
        if (this.#failure !== undefined) throw this.#failure;
        const next = this.#waiting[task]?.shift();
        if (next === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
        else if (next.message.kind === 'end') return next.message.end;
        else {
          yield next.message.piece;
          next.answer({ kind: 'taken' });
        }
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #start(worker: Worker): Worker {
    const answer = (call: SiftCall): void => worker.postMessage(call, []);
    worker.on('message', (message: SiftMessage) => {
      this.#waiting[message.task]?.push({ message, answer });
      if (message.kind === 'end') this.#handOut(answer);
      this.#wake?.();
    });
    worker.on('error', (error) => {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      this.#wake?.();
    });
    this.#handOut(answer);
    return worker;
  }

  #handOut(answer: (call: SiftCall) => void): void {
    const task = this.#tasks[this.#next];
    this.#next += 1;
    if (task !== undefined) answer({ kind: 'task', task });
  }
}

/** Little is allocated in them, and what is left lying about of files that were decompressed is large. */
const LIMITS = { maxYoungGenerationSizeMb: 2 };

/** Node does not hand on to threads where it keeps what it compiled. */
function environment(): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir();
  return folder === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(folder) };
}

type Waiting = { readonly message: SiftMessage; readonly answer: (call: SiftCall) => void }[];

const WORKER = new URL(`./sift-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
