import type { Underlying } from "../instruments/underlying.ts";
import { DAY_MS, istMidnight } from "../market/ist.ts";
import type { ExpiryChoice } from "./expiry_choice.ts";
import { chainId, type ChainNews, type ChainSources, RollingChain } from "./rolling_chain.ts";

/** A wait is made of shorter ones, so that a machine that slept does not oversleep the end of a day. */
const HOP_MS = 60_000;

/** Who follows a chain. */
export interface ChainFollower {
  /** Its chain has changed. */
  chainChanged(chain: RollingChain, news: ChainNews): void;
}

/** The chains that are followed, each once however many follow it. */
export class RollingChains {
  readonly #sources: ChainSources;
  readonly #chains = new Map<string, { readonly chain: RollingChain; count: number }>();
  #day: number;
  #disarm: (() => void) | undefined;

  /** @param follower Hears of all changes. */
  constructor(sources: ChainSources, private readonly follower: ChainFollower) {
    this.#sources = sources;
    this.#day = istMidnight(sources.clock.now());
  }

  /** Chains that someone follows. */
  get size(): number {
    return this.#chains.size;
  }

  /** One more follows a chain. @param choice It means one of the underlying's expiries. */
  follow(underlying: Underlying, choice: ExpiryChoice): RollingChain {
    const known = this.#chains.get(chainId(underlying, choice));
    if (known !== undefined) {
      known.count++;
      return known.chain;
    }
    const chain = new RollingChain(
      underlying,
      choice,
      this.#sources,
      (each, news) => this.follower.chainChanged(each, news),
    );
    this.#chains.set(chain.id, { chain, count: 1 });
    if (this.#disarm === undefined) {
      this.#day = istMidnight(this.#sources.clock.now());
      this.#watchDay();
    }
    return chain;
  }

  /** One fewer follows it. */
  leave(chain: RollingChain): void {
    const known = this.#chains.get(chain.id);
    if (known === undefined || --known.count > 0) return;
    this.#chains.delete(chain.id);
    chain.stop();
    if (this.#chains.size > 0) return;
    this.#disarm?.();
    this.#disarm = undefined;
  }

  /** The list of instruments has changed, or the day. */
  look(): void {
    for (const { chain } of [...this.#chains.values()]) chain.look();
  }

  #watchDay(): void {
    const { clock } = this.#sources;
    const left = istMidnight(clock.now()) + DAY_MS - clock.now();
    this.#disarm = clock.after(Math.min(HOP_MS, left), () => {
      const day = istMidnight(clock.now());
      this.#watchDay();
      if (day === this.#day) return;
      this.#day = day;
      this.look();
    });
  }
}
