import type { MarketData } from "../../feed/market_data.ts";
import type { InstrumentKey, Mode } from "../../market/market.ts";
import { type Delivery, FanoutGroup, type FanoutGroupOptions } from "./fanout_group.ts";
import type { GroupMember } from "./group_member.ts";
import { SharedTimers } from "./shared_timers.ts";
import { SubscriptionSet } from "./subscription_set.ts";

/** Changes of what a member wants: a mode, or undefined to give the instrument up. */
export type SubscriptionChanges = ReadonlyMap<InstrumentKey, Mode | undefined>;

interface Group {
  readonly fanout: FanoutGroup;
  readonly set: SubscriptionSet;
  /** What the group is found by; undefined while another group with the same content holds the place. */
  signature: string | undefined;
}

/** A member that knows how it is delivered. */
export interface DeliveredMember extends GroupMember {
  readonly delivery: Delivery;
}

/** A group that came to want the same as another one is merged with it after so long without a change. */
const MERGE_AFTER_MS = 250;

/** Instruments that one round of merging may touch before it lets other work through. */
const MERGE_WORK = 3_000;

const EMPTY = new SubscriptionSet().fingerprint;

/**
 * All groups, and who is in which. A change costs what it names, not what the member has: a member that is alone in
 * its group changes the group in place, its delivery as well. Groups that have become equal are merged later, in small
 * rounds, so that a client that takes an instrument out and in again, or changes its delivery to and fro, does not copy its
 * whole list each time.
 */
export class FanoutGroups {
  readonly #bySignature = new Map<string, Group>();
  readonly #groups = new Set<Group>();
  readonly #groupOf = new Map<GroupMember, Group>();
  readonly #mergeable = new Set<Group>();
  readonly #options: FanoutGroupOptions;
  #merging = false;

  constructor(
    private readonly marketData: Pick<MarketData, "subscribe" | "unsubscribe">,
    options: Omit<FanoutGroupOptions, "timers">,
  ) {
    this.#options = { ...options, timers: new SharedTimers(options.clock) };
  }

  get size(): number {
    return this.#groups.size;
  }

  /** Changes what a member is delivered, and how. New instruments are subscribed before any is given up. */
  change(member: GroupMember, delivery: Delivery, changes: SubscriptionChanges): void {
    const from = this.#groupOf.get(member);
    const moves = from !== undefined && !sameDelivery(from.fanout.delivery, delivery);
    const before = from?.set ?? new SubscriptionSet();
    const fingerprint = before.fingerprintWith(changes);
    if (fingerprint === EMPTY) return this.leave(member);
    const signature = signatureOf(delivery, fingerprint);
    if (!moves && from?.signature === signature) return;
    const alone = from?.fanout.size === 1;
    if (moves && alone) {
      from.fanout.setDelivery(delivery);
      this.#apply(from, changes);
      return;
    }
    const existing = this.#bySignature.get(signature);
    // Joining compares all of the set: only where the command has named about as much.
    if (existing !== undefined && (moves || 2 * changes.size >= existing.set.size)) {
      const wanted = new SubscriptionSet(before.modes);
      for (const [key, mode] of changes) wanted.set(key, mode);
      if (existing.set.equals(wanted)) return this.#move(member, from, existing);
    }
    const group = alone ? from : this.#create(delivery, before);
    this.#apply(group, changes);
    if (group !== from) this.#move(member, from, group);
  }

  /**
   * The same change for several members. Those who are in one group stay together in one, and a group of which all
   * members change is changed in place, so that what is made for them is still made once.
   */
  changeAll(members: readonly DeliveredMember[], changes: SubscriptionChanges): void {
    const byGroup = new Map<Group | DeliveredMember, DeliveredMember[]>();
    for (const member of members) {
      const place = this.#groupOf.get(member) ?? member;
      const others = byGroup.get(place);
      if (others === undefined) byGroup.set(place, [member]);
      else others.push(member);
    }
    for (const [group, [first, ...others]] of byGroup) {
      const whole = "fanout" in group && group.fanout.size === 1 + others.length;
      if (whole && group.set.fingerprintWith(changes) !== EMPTY) {
        this.#apply(group, changes);
        continue;
      }
      this.change(first!, first!.delivery, changes);
      const to = this.#groupOf.get(first!);
      for (const other of others) this.#move(other, group as Group, to);
    }
  }

  leave(member: GroupMember): void {
    this.#move(member, this.#groupOf.get(member), undefined);
  }

  /** Sends what is pending of some instruments marked as stale: their feed is down, or their market has closed. */
  markStale(isStale: (key: InstrumentKey) => boolean): void {
    for (const { fanout } of this.#groups) if (fanout.hasPending(isStale)) fanout.flush(true);
  }

  #create(delivery: Delivery, before: SubscriptionSet): Group {
    const fanout = new FanoutGroup(this.#options, delivery);
    const group: Group = { fanout, set: new SubscriptionSet(), signature: undefined };
    this.#groups.add(group);
    this.#apply(group, before.modes);
    return group;
  }

  #apply(group: Group, changes: SubscriptionChanges): void {
    const { fanout, set } = group;
    const added: [InstrumentKey, Mode][] = [];
    const removed: InstrumentKey[] = [];
    for (const [key, mode] of changes) {
      const before = set.modes.get(key);
      if (before === mode) continue;
      if (mode === undefined) removed.push(key);
      else added.push([key, mode]);
    }
    // What is pending was received while the old subscriptions stood.
    if (removed.length > 0 || added.some(([key]) => set.modes.has(key))) fanout.flush();
    for (const [key, mode] of added) {
      this.marketData.subscribe(fanout, key, mode);
      set.set(key, mode);
    }
    for (const key of removed) {
      this.marketData.unsubscribe(fanout, key);
      set.set(key, undefined);
    }
    this.#index(group);
  }

  #index(group: Group): void {
    this.#forget(group);
    const signature = signatureOf(group.fanout.delivery, group.set.fingerprint);
    if (this.#bySignature.has(signature)) return this.#mergeLater(group);
    this.#bySignature.set(signature, group);
    group.signature = signature;
  }

  #forget(group: Group): void {
    if (group.signature !== undefined) this.#bySignature.delete(group.signature);
    group.signature = undefined;
  }

  #move(member: GroupMember, from: Group | undefined, to: Group | undefined): void {
    if (from === to) return;
    to?.fanout.join(member);
    if (to === undefined) this.#groupOf.delete(member);
    else this.#groupOf.set(member, to);
    if (from === undefined) return;
    from.fanout.leave(member);
    if (from.fanout.size > 0) return;
    this.#forget(from);
    this.#groups.delete(from);
    this.#mergeable.delete(from);
    for (const key of from.set.modes.keys()) this.marketData.unsubscribe(from.fanout, key);
  }

  #mergeLater(group: Group): void {
    this.#mergeable.delete(group);
    this.#mergeable.add(group);
    if (this.#merging) return;
    this.#merging = true;
    this.#options.clock.after(MERGE_AFTER_MS, () => this.#merge());
  }

  #merge(): void {
    this.#merging = false;
    let work = 0;
    for (const group of [...this.#mergeable]) {
      if (work > MERGE_WORK) {
        this.#merging = true;
        this.#options.clock.after(1, () => this.#merge());
        return;
      }
      this.#mergeable.delete(group);
      if (!this.#groups.has(group) || group.signature !== undefined) continue;
      work += group.set.size;
      const other = this.#bySignature.get(signatureOf(group.fanout.delivery, group.set.fingerprint));
      if (other === undefined) this.#index(group);
      else if (other.set.equals(group.set)) {
        for (const member of group.fanout.members) this.#move(member, group, other);
      }
    }
  }
}

function sameDelivery(a: Delivery, b: Delivery): boolean {
  return a.encoder.key === b.encoder.key && a.interval === b.interval;
}

function signatureOf({ encoder, interval }: Delivery, fingerprint: string): string {
  return `${encoder.key};${interval};${fingerprint}`;
}
