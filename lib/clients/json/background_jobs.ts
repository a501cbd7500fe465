import type { RequestId } from "./reply.ts";

/** Jobs of one client that may be under way at a time. */
export const MAX_JOBS = 4;

/** A client does not want the answer any more. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
}

interface Job {
  readonly id: RequestId | undefined;
  readonly abort: AbortController;
}

/** Commands of one client whose answer may take long; others are answered meanwhile. */
export class BackgroundJobs {
  readonly #jobs = new Set<Job>();

  /**
   * Does a job until it is done or called off.
   *
   * @returns What it gives; undefined, at once, where too many are under way.
   */
  run<Result>(
    id: RequestId | undefined,
    job: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> | undefined {
    if (this.#jobs.size >= MAX_JOBS) return undefined;
    const entry = { id, abort: new AbortController() };
    this.#jobs.add(entry);
    return job(entry.abort.signal).finally(() => this.#jobs.delete(entry));
  }

  /** Calls the jobs with an id off. @returns Whether there was any. */
  cancel(id: RequestId): boolean {
    const found = [...this.#jobs].filter((job) => job.id === id);
    for (const { abort } of found) abort.abort(new Cancelled());
    return found.length > 0;
  }

  /** Calls all of them off. */
  stop(): void {
    for (const { abort } of this.#jobs) abort.abort(new Cancelled());
  }
}
