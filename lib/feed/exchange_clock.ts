/** Two clocks, and the way between them, differ by as much without meaning anything, ms. */
export const CLOCK_TOLERANCE_MS = 5_000;

/** So many packets in a row must agree before this machine's clock is taken to be behind. */
const AGREEING = 5;

/**
 * How far the exchange's clock is ahead of this machine's, by what the login and its packets say. A packet that is ahead alone is
 * wrong; when all are, this machine's clock is behind. Packets of before say nothing: they may be last values, unless they
 * are of before by just as much as this machine's clock was set ahead, which its timers tell.
 */
export class ExchangeClock {
  #lead: number;
  #candidate = 0;
  #agreeing = 0;
  /** The exchange's time less elapsed time, ms: it stays, however this machine's clock is set. */
  #steady: number | undefined;

  /** @param leadMs What is known before the first packet, such as the lead of the broker's own clock; below 0 it is behind. */
  constructor(leadMs = 0) {
    this.#lead = leadMs;
  }

  /** How far the exchange's clock is ahead, ms; below 0 where this machine's was set ahead, or the login said so. */
  get leadMs(): number {
    return this.#lead;
  }

  /**
   * Takes note of a packet. Answers whether it is ahead of the exchange's clock.
   *
   * @param cameAt Elapsed ms of its coming.
   */
  isAhead(exchangeTime: number, receivedAt: number, cameAt: number = receivedAt): boolean {
    const lead = exchangeTime - receivedAt;
    if (Math.abs(lead - this.#lead) <= CLOCK_TOLERANCE_MS) {
      this.#agreeing = 0;
      this.#steady = exchangeTime - cameAt;
      return false;
    }
    const isSteady = this.#steady !== undefined &&
      Math.abs(exchangeTime - cameAt - this.#steady) <= CLOCK_TOLERANCE_MS;
    // Set back: nothing else makes a packet run ahead while its time goes on with the timers.
    if (isSteady && lead > this.#lead) return this.#adopt(lead);
    if (lead < -CLOCK_TOLERANCE_MS && !isSteady) return false;
    if (Math.abs(lead - this.#candidate) > CLOCK_TOLERANCE_MS) this.#agreeing = 0;
    this.#candidate = lead;
    if (++this.#agreeing < AGREEING) return lead > Math.max(0, this.#lead);
    return this.#adopt(isSteady ? lead : Math.max(0, lead));
  }

  #adopt(lead: number): false {
    this.#lead = lead;
    this.#agreeing = 0;
    return false;
  }
}
