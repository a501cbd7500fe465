import type { Hub } from "../../feed/hub.ts";
import type { InstrumentKey, Mode } from "../../market/market.ts";
import { FanoutGroup, type FanoutGroupOptions, type GroupMember } from "./fanout_group.ts";
import {
  DEFAULT_DELIVERY,
  deliveryKey,
  type DeliveryOptions,
  type Encoder,
  encoderFor,
} from "../json/delivery_options.ts";
import { SharedTimers } from "./shared_timers.ts";
import type { TickJson } from "../json/tick_json.ts";

/** All groups, found by what they want. */
export class FanoutGroups {
  readonly #bySignature = new Map<string, FanoutGroup>();

  readonly #options: FanoutGroupOptions;

  constructor(
    private readonly hub: Hub<TickJson>,
    options: Omit<FanoutGroupOptions, "timers">,
    private readonly wire: (contract: DeliveryOptions) => Encoder = encoderFor,
  ) {
    this.#options = { ...options, timers: new SharedTimers(options.clock) };
  }

  get size(): number {
    return this.#bySignature.size;
  }

  /**
   * Moves a member to the group of those who want the same.
   *
   * The new interests are added before the old ones are taken back, so that the broker never hears of an
   * instrument that is wanted before and after.
   *
   * @param from Its group so far, if it had one.
   * @returns Its group now; none when nothing is wanted.
   */
  move(
    member: GroupMember,
    from: FanoutGroup | undefined,
    wants: ReadonlyMap<InstrumentKey, Mode>,
    contract: DeliveryOptions = DEFAULT_DELIVERY,
  ): FanoutGroup | undefined {
    const same = from !== undefined && deliveryKey(from.contract) === deliveryKey(contract);
    if (same && sameWants(from.subscriptions, wants)) return from;
    const to = wants.size === 0 ? undefined : this.#find(wants, contract);
    to?.join(member);
    if (from !== undefined) this.#leave(member, from);
    return to;
  }

  #find(wants: ReadonlyMap<InstrumentKey, Mode>, contract: DeliveryOptions): FanoutGroup {
    const signature = signatureOf(wants, contract);
    const found = this.#bySignature.get(signature);
    if (found !== undefined) return found;
    const group = new FanoutGroup(this.#options, new Map(wants), contract, this.wire(contract));
    this.#bySignature.set(signature, group);
    for (const [key, mode] of group.subscriptions) this.hub.add(group, key, mode);
    return group;
  }

  #leave(member: GroupMember, group: FanoutGroup): void {
    group.leave(member);
    if (group.size > 0) return;
    this.#bySignature.delete(signatureOf(group.subscriptions, group.contract));
    for (const key of group.subscriptions.keys()) this.hub.remove(group, key);
  }
}

function sameWants(a: ReadonlyMap<InstrumentKey, Mode>, b: ReadonlyMap<InstrumentKey, Mode>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, mode] of a) if (b.get(key) !== mode) return false;
  return true;
}

function signatureOf(wants: ReadonlyMap<InstrumentKey, Mode>, contract: DeliveryOptions): string {
  return `${deliveryKey(contract)};${[...wants].map(([key, mode]) => `${key} ${mode}`).sort().join()}`;
}
