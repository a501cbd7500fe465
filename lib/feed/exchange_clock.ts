/** Two clocks, and the way between them, differ by as much without meaning anything, ms. */
export const CLOCK_TOLERANCE_MS = 5_000;

/** So many packets in a row must agree before this machine's clock is taken to be behind. */
const AGREEING = 5;

/**
 * How far the exchange's clock is ahead of this machine's, by what the login and its packets say. A packet that is ahead alone is
 * wrong; when all are, this machine's clock is behind. Packets of before say nothing: they may be last values.
 */
export class ExchangeClock {
  #lead: number;
  #candidate = 0;
  #agreeing = 0;

  /** @param leadMs What is known before the first packet, such as the lead of the broker's own clock; below 0 it is behind. */
  constructor(leadMs = 0) {
    this.#lead = leadMs;
  }

  /** How far the exchange's clock is ahead, ms. That it is behind, a packet cannot tell: it may be late. */
  get leadMs(): number {
    return this.#lead;
  }

  /** Takes note of a packet. Answers whether it is ahead of the exchange's clock. */
  isAhead(exchangeTime: number, receivedAt: number): boolean {
    const lead = exchangeTime - receivedAt;
    if (Math.abs(lead - this.#lead) <= CLOCK_TOLERANCE_MS) {
      this.#agreeing = 0;
      return false;
    }
    if (lead < -CLOCK_TOLERANCE_MS) return false;
    if (Math.abs(lead - this.#candidate) > CLOCK_TOLERANCE_MS) this.#agreeing = 0;
    this.#candidate = lead;
    if (++this.#agreeing < AGREEING) return lead > this.#lead;
    this.#lead = Math.max(0, lead);
    this.#agreeing = 0;
    return false;
  }
}
