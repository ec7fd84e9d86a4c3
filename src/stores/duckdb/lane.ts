/** Runs jobs one after the other, in the order of the calls; a job that fails doesn't stop the next. */
export class Lane {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#last.then(job);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
