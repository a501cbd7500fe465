import type { InstrumentKey } from "../../market/market.ts";
import type { LeaseAnswer } from "../../nats/messages.ts";
import type { Refusal, UpstreamEvent } from "../upstream.ts";

/** What the hub does not give; each refusal is told once. */
export class RefusedLeases {
  #refusals: ReadonlyMap<InstrumentKey, Refusal> = new Map();

  constructor(private readonly tell: (event: UpstreamEvent) => void) {}

  of(key: InstrumentKey): Refusal | undefined {
    return this.#refusals.get(key);
  }

  /** All that is refused now. */
  replace(refused: LeaseAnswer["refused"]): void {
    const before = this.#refusals;
    this.#refusals = new Map(
      refused.flatMap(({ keys, ...refusal }) => keys.map((key) => [key, refusal] as const)),
    );
    for (const { code, message, keys } of refused) {
      const told = keys.filter((key) => before.get(key)?.code !== code);
      if (told.length > 0) this.tell({ kind: "subscription_refused", code, message, keys: told });
    }
  }
}
