import { codeOf } from './file-error.ts';
import type { FollowOptions } from './follow-options.ts';

/** Says each thing about each path once, until it is over. */
export class Notices {
  readonly #notice: FollowOptions['notice'];
  readonly #said = new Set<string>();

  constructor(notice: FollowOptions['notice']) {
    this.#notice = notice;
  }

  waiting(path: string): void {
    this.#once(`waiting ${path}`, 'Waits for a file that does not exist yet.', { path });
  }

  blocked(path: string, cause: unknown): void {
    const code = codeOf(cause);
    this.#once(`blocked ${path}`, 'May not read what it should follow; tries again.', { path, code });
  }

  /** `path` can be read (again). */
  readable(path: string): void {
    this.#said.delete(`waiting ${path}`);
    this.#said.delete(`blocked ${path}`);
  }

  truncated(path: string, offset: number): void {
    this.#notice('A file was truncated: what was written shortly before and is in no copy of it is lost.', {
      path,
      offset,
    });
  }

  unread(path: string, offset: number): void {
    this.#notice('A file went away before its end was seen: what came after this offset may be lost.', {
      path,
      offset,
    });
  }

  otherCheckpoint(): void {
    this.#notice('The checkpoint of this source is of another kind: everything is read again.', {});
  }

  #once(key: string, text: string, facts: Readonly<Record<string, string | number>>): void {
    if (this.#said.has(key) || this.#said.size >= SAID_LIMIT) return;
    this.#said.add(key);
    this.#notice(text, facts);
  }
}

const SAID_LIMIT = 1_000;
