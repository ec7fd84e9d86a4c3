import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { Way } from '../core/sieve.ts';
import { CloudTrailSieve } from '../sources/aws/sieve.ts';
import { sift } from './sift.ts';
import type { SiftCall, SiftMessage, SiftPiece, SiftTask } from './sift-messages.ts';

/** So many pieces of a thread may wait for the main thread: memory stays flat. */
const WAITING_LIMIT = 6;

/** Sifts the files that it is given, one after the other. */
class Sifter {
  readonly #port: MessagePort;
  readonly #sieve: CloudTrailSieve;
  #waiting = 0;
  #wake: (() => void) | undefined;

  constructor(port: MessagePort, ways: readonly Way[]) {
    this.#port = port;
    this.#sieve = new CloudTrailSieve(ways);
  }

  serve(): void {
    this.#port.on('message', (call: SiftCall) => {
      if (call.kind === 'task') void this.#run(call.task);
      else {
        this.#waiting -= 1;
        this.#wake?.();
      }
    });
  }

  async #run(task: SiftTask): Promise<void> {
    const end = await sift(task, this.#sieve, (piece) => this.#give(task.number, piece));
    this.#send({ kind: 'end', task: task.number, end });
  }

  async #give(task: number, piece: SiftPiece): Promise<void> {
    const { ids, prints, offsets, bytes } = piece.notes;
    this.#waiting += 1;
    this.#send({ kind: 'piece', task, piece }, [ids.buffer, prints.buffer, offsets.buffer, bytes.buffer]);
    for (;;) {
      if (this.#waiting < WAITING_LIMIT) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #send(message: SiftMessage, transfer: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

/** Entry of the thread. */
if (parentPort !== null) new Sifter(parentPort, workerData as readonly Way[]).serve();
