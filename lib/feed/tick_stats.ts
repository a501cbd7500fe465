import { Histogram } from "../util/histogram.ts";
import type { Tick } from "../market/market.ts";

/** The believed ticks, counted since the start. */
export class TickStats {
  ticks = 0;
  /** When the last one came, ms since the Unix epoch; undefined before the first. */
  lastAt: number | undefined;
  /** From the exchange's clock to ours, s, in continuous trading. */
  readonly exchangeSeconds = new Histogram([0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 60, 600]);

  /** @param continuous Outside of continuous trading a tick may repeat what is hours old, which tells of no delay. */
  note({ receivedAt, exchangeTime }: Tick, continuous: boolean): void {
    this.ticks++;
    this.lastAt = receivedAt;
    // The two clocks are not the same; a tick from the future has no age.
    if (continuous && exchangeTime > 0) {
      this.exchangeSeconds.observe(Math.max(0, receivedAt - exchangeTime) / 1000);
    }
  }
}
