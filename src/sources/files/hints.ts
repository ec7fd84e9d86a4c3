import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';

/** More folders than this are found out about by polling alone: inotify watches are few and shared. */
export const WATCHED_FOLDERS = 64;
/** A writer's next lines come right after the first ones: one pass for all of them. */
const GATHER_MS = 5;

/** The system's news that something changed. May miss anything (network disks do): only a reason to look earlier. */
export class Hints {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #concerns: (folder: string, name: string) => boolean;
  #wake: (() => void) | undefined;
  #isNews = false;

  /** `concerns` says whether a name in a folder is worth waking up for. */
  constructor(concerns: (folder: string, name: string) => boolean) {
    this.#concerns = concerns;
  }

  /** Watches these folders and no others; keys tell a folder from another one that took its place. */
  follow(folders: ReadonlyMap<string, string>): void {
    for (const [key, watcher] of this.#watchers) {
      if (folders.has(key)) continue;
      watcher.close();
      this.#watchers.delete(key);
    }
    for (const [key, folder] of folders) {
      if (!this.#watchers.has(key) && this.#watchers.size < WATCHED_FOLDERS) this.#add(key, folder);
    }
  }

  /** Until there is news, the time is over, or the signal comes. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#isNews) await this.#pause(ms, signal);
    if (this.#isNews) await sleep(GATHER_MS);
    this.#isNews = false;
  }

  close(): void {
    this.follow(new Map());
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const stop = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(stop, ms);
      this.#wake = stop;
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop);
    });
  }

  #add(key: string, folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name !== null && !this.#concerns(folder, name)) return;
        this.#isNews = true;
        this.#wake?.();
      });
      // The folder went away, or watches ran out: polling goes on.
      watcher.on('error', () => watcher.close());
      this.#watchers.set(key, watcher);
    } catch {
      // Not every file system can be watched.
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
