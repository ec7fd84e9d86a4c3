import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { FORMATS } from '../formats.ts';
import { printAddress } from './address.ts';
import { Intake, TICK_MS } from './intake.ts';
import { listenAt, type Listening } from './listeners.ts';
import type { Told, WorkerOptions } from './protocol.ts';
import { Unfinished } from './unfinished.ts';

/** What lines and bodies that are not complete yet may take up together. */
const UNFINISHED_BYTES = 256 * 1024 * 1024;

/** Entry of the listeners' thread: it reads whatever comes, whatever the pipeline does. Any message ends it. */
if (parentPort !== null) await run(parentPort, workerData as WorkerOptions);

async function run(port: MessagePort, { sources }: WorkerOptions): Promise<void> {
  const tell = (told: Told): void => port.postMessage(told);
  const intakes: Intake[] = [];
  const listening: Listening[] = [];
  const close = (): void => {
    for (const one of listening) one.close();
    for (const intake of intakes) intake.close(Date.now());
  };
  try {
    const unfinished = new Unfinished(UNFINISHED_BYTES);
    for (const source of sources) intakes.push(new Intake(source, FORMATS[source.type], Date.now(), tell));
    const ports: Record<string, number> = {};
    for (const shared of Map.groupBy(intakes, ({ source }) => printAddress(source.address)).values()) {
      const one = await listenAt(shared, unfinished);
      listening.push(one);
      for (const { source } of shared) if (one.port !== undefined) ports[source.name] = one.port;
    }
    const ticks = setInterval(() => {
      for (const intake of intakes) intake.tick(Date.now());
    }, TICK_MS);
    port.once('message', () => {
      clearInterval(ticks);
      close();
      tell({ told: 'closed' });
      port.close();
    });
    tell({ told: 'ready', ports });
  } catch (error) {
    close();
    tell({ told: 'failed', message: sentence(error), cause: String(error) });
    port.close();
  }
}

/** The system's own words, where nobody found better ones. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return 'The listeners cannot be opened.';
  const isSystem = 'code' in error && 'syscall' in error;
  return isSystem ? `The spill cannot be written: ${error.message}.` : error.message;
}
