import type { Hub } from "../feed/hub.ts";
import type { InstrumentKey, Mode } from "../market.ts";
import { Audience, type AudienceOptions, type Member } from "./audience.ts";
import { type Contract, contractKey, DEFAULT_CONTRACT, type Wire, wireOf } from "./contract.ts";
import { SharedTimers } from "./shared_timers.ts";
import type { TickText } from "./tick_text.ts";

/** All audiences, found by what they want. */
export class Audiences {
  readonly #bySignature = new Map<string, Audience>();

  readonly #options: AudienceOptions;

  constructor(
    private readonly hub: Hub<TickText>,
    options: Omit<AudienceOptions, "timers">,
    private readonly wire: (contract: Contract) => Wire = wireOf,
  ) {
    this.#options = { ...options, timers: new SharedTimers(options.clock) };
  }

  get size(): number {
    return this.#bySignature.size;
  }

  /**
   * Moves a member to the audience of those who want the same.
   *
   * The new interests are added before the old ones are taken back, so that the broker never hears of an
   * instrument that is wanted before and after.
   *
   * @param from Its audience so far, if it had one.
   * @returns Its audience now; none when nothing is wanted.
   */
  move(
    member: Member,
    from: Audience | undefined,
    wants: ReadonlyMap<InstrumentKey, Mode>,
    contract: Contract = DEFAULT_CONTRACT,
  ): Audience | undefined {
    const same = from !== undefined && contractKey(from.contract) === contractKey(contract);
    if (same && sameWants(from.subscriptions, wants)) return from;
    const to = wants.size === 0 ? undefined : this.#find(wants, contract);
    to?.join(member);
    if (from !== undefined) this.#leave(member, from);
    return to;
  }

  #find(wants: ReadonlyMap<InstrumentKey, Mode>, contract: Contract): Audience {
    const signature = signatureOf(wants, contract);
    const found = this.#bySignature.get(signature);
    if (found !== undefined) return found;
    const audience = new Audience(this.#options, new Map(wants), contract, this.wire(contract));
    this.#bySignature.set(signature, audience);
    for (const [key, mode] of audience.subscriptions) this.hub.add(audience, key, mode);
    return audience;
  }

  #leave(member: Member, audience: Audience): void {
    audience.leave(member);
    if (audience.size > 0) return;
    this.#bySignature.delete(signatureOf(audience.subscriptions, audience.contract));
    for (const key of audience.subscriptions.keys()) this.hub.remove(audience, key);
  }
}

function sameWants(a: ReadonlyMap<InstrumentKey, Mode>, b: ReadonlyMap<InstrumentKey, Mode>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, mode] of a) if (b.get(key) !== mode) return false;
  return true;
}

function signatureOf(wants: ReadonlyMap<InstrumentKey, Mode>, contract: Contract): string {
  return `${contractKey(contract)};${[...wants].map(([key, mode]) => `${key} ${mode}`).sort().join()}`;
}
