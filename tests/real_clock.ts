import { type Clock, systemClock } from "../lib/util/clock.ts";

/** The machine's time for a proxy in the test's own process: what is still armed when the proxy has stopped is disarmed. */
export class RealClock implements Clock {
  readonly #armed = new Set<() => void>();

  now(): number {
    return systemClock.now();
  }

  elapsed(): number {
    return systemClock.elapsed();
  }

  after(ms: number, run: () => void): () => void {
    const disarm = systemClock.after(ms, () => {
      this.#armed.delete(cancel);
      run();
    });
    const cancel = () => {
      this.#armed.delete(cancel);
      disarm();
    };
    this.#armed.add(cancel);
    return cancel;
  }

  /** The window of a client that has gone may still be open. */
  stop(): void {
    for (const cancel of [...this.#armed]) cancel();
  }
}
