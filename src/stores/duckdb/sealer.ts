import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { WhosawError } from '../../core/errors.ts';

/** What a process that writes sealed files is told. */
export interface SealJob {
  /** All paths are in here. */
  readonly folder: string;
  /** Read: rows of the table of events, and the blocks of their documents. */
  readonly events: string;
  readonly blocks: string;
  /** Written. */
  readonly sealed: string;
  readonly ids: string;
}

export type SealAnswer =
  | { readonly ok: true; readonly events: number; readonly timeUs: readonly [number, number] }
  | { readonly ok: false; readonly message: string };

/** The process that writes sealed files: started by a job, ended when none came for a while. */
export class Sealer {
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;

  /** One at a time. Throws STORE_UNAVAILABLE. */
  async write(job: SealJob): Promise<Extract<SealAnswer, { ok: true }>> {
    clearTimeout(this.#idle);
    const child = (this.#child ??= fork(PROGRAM, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] }));
    const ended = new AbortController();
    try {
      const answered = once(child, 'message', { signal: ended.signal });
      const died = once(child, 'exit', { signal: ended.signal }).then(() => [{ ok: false, message: 'it ended' }]);
      child.send(job);
      const [answer] = (await Promise.race([answered, died])) as [SealAnswer];
      if (answer.ok) return answer;
      this.stop();
      throw new WhosawError('STORE_UNAVAILABLE', `Sealing failed, nothing is lost: ${answer.message}`, {
        retryable: true,
      });
    } finally {
      ended.abort();
      this.#idle = setTimeout(() => this.stop(), IDLE_MS).unref();
    }
  }

  stop(): void {
    clearTimeout(this.#idle);
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}

const IDLE_MS = 5_000;

/** Runs from the sources and from the compiled program. */
const PROGRAM = new URL(`./seal-process${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
