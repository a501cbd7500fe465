import { chainId, type ChainNews, type RollingChain } from "../../chain/rolling_chain.ts";
import { RollingChains } from "../../chain/rolling_chains.ts";
import type { MarketData } from "../../feed/market_data.ts";
import type { Instruments } from "../../instruments/instrument.ts";
import type { InstrumentKey, Mode } from "../../market/market.ts";
import type { Clock } from "../../util/clock.ts";
import type { ClientConnection } from "../client_connection.ts";
import type { Row } from "../instrument_selection.ts";
import type { SubscriptionChanges } from "../delivery/fanout_groups.ts";
import type { InstrumentBudget } from "../instrument_budget.ts";
import type { Subscriptions } from "../subscriptions.ts";
import { type ChainRefusal, type ChainRequest, findChain, isChainRefusal } from "./chain_request.ts";
import {
  alike,
  type ChainChange,
  type ChainPart,
  type ClientChain,
  heldParts,
  lacking,
  partsOf,
  type RefusedRow,
} from "./client_chain.ts";

export interface ClientChainsOptions {
  readonly clock: Clock;
  readonly marketData: MarketData;
  readonly instruments: Instruments;
  readonly budget: InstrumentBudget;
  readonly subscriptions: Subscriptions;
}

export interface ChainSubscription extends ChainRequest {
  /** On each side of the money. */
  readonly strikes: number;
  readonly mode: Mode;
  /** Is told of each change from then on. */
  readonly tell: (change: ChainChange) => void;
}

/** What a client has been given. */
export interface ChainGiven {
  readonly view: ClientChain;
  readonly rows: readonly Row[];
}

/** Chains that one client may have; what they hold is counted with its other instruments. */
const MAX_CHAINS = 50;

/** Clients that are changed in one turn of the event loop: some 20 µs each, and the message. */
const CLIENTS_PER_TURN = 50;

/** Who follows which chain, and what each has of it. A change is worked out once for all that have the same of a chain. */
export class ClientChains {
  readonly #options: ClientChainsOptions;
  readonly #rolling: RollingChains;
  readonly #byClient = new Map<ClientConnection, Map<string, ClientChain>>();
  readonly #byChain = new Map<RollingChain, Set<ClientChain>>();
  /** Views that are behind their chain, and what happened to it since. */
  readonly #behind = new Map<ClientChain, ChainNews>();
  #disarm: (() => void) | undefined;

  constructor(options: ClientChainsOptions) {
    this.#options = options;
    this.#rolling = new RollingChains(options, this);
  }

  /** The chains that a client has. */
  of(connection: ClientConnection): readonly ClientChain[] {
    return [...this.#byClient.get(connection)?.values() ?? []];
  }

  /** Gives a client a chain, or more or less of one that it has. */
  subscribe(connection: ClientConnection, wanted: ChainSubscription): ChainGiven | ChainRefusal {
    const found = findChain(wanted, this.#options.instruments);
    if (isChainRefusal(found)) return found;
    const known = this.#byClient.get(connection)?.get(chainId(found.underlying, wanted.expiry));
    const refusal = this.#refusalOf(connection, found.reference, known);
    if (refusal !== undefined) return refusal;
    const { strikes, mode, tell } = wanted;
    const view = known ??
      this.#begin(connection, this.#rolling.follow(found.underlying, wanted.expiry), wanted);
    Object.assign(view, { strikes, mode, tell });
    this.#behind.delete(view);
    this.#bring([view]);
    const rows = Array.from(
      view.parts.keys(),
      (key): Row => view.refused.get(key) ?? { status: "accepted", key },
    );
    return { view, rows };
  }

  /** Takes a chain from a client; what it has named itself stays. @returns What it no longer has of it. */
  unsubscribe(view: ClientChain): InstrumentKey[] {
    const held = [...heldParts(view).keys()];
    this.#change(view.chain, [view], () => new Map(held.map((key) => [key, undefined])));
    this.#forget(view);
    return held;
  }

  /** The client is gone, and its subscriptions with it. */
  leave(connection: ClientConnection): void {
    for (const view of this.of(connection)) this.#forget(view);
  }

  /** There is another list of instruments. */
  look(): void {
    this.#rolling.look();
  }

  chainChanged(chain: RollingChain, news: ChainNews): void {
    for (const view of this.#byChain.get(chain) ?? []) {
      const before = this.#behind.get(view);
      // Of several, the one that explains more.
      this.#behind.set(view, before === undefined || before === "moved" ? news : before);
    }
    if (this.#disarm === undefined) this.#catchUp();
  }

  #catchUp(): void {
    this.#disarm = undefined;
    const news = new Map([...this.#behind].slice(0, CLIENTS_PER_TURN));
    for (const view of news.keys()) this.#behind.delete(view);
    if (this.#behind.size > 0) this.#disarm = this.#options.clock.after(0, () => this.#catchUp());
    for (const change of this.#bring([...news.keys()])) {
      const { view } = change;
      const { connection } = view;
      if (view.chain.ended) this.unsubscribe(view);
      connection.outbox.keepOnly(connection.subscriptions);
      view.tell({ ...change, news: news.get(view)! });
      this.#options.subscriptions.sendSnapshot(connection, change.added.map(({ key }) => key));
    }
  }

  /** Brings what clients have of their chains to what they are to have. What is no longer wanted makes room first. */
  #bring(views: readonly ClientChain[]): Omit<ChainChange, "news">[] {
    const before = views.map((view) => heldParts(view));
    const groups = alike(views);
    for (const { chain, strikes, members } of groups) {
      const parts = chain.ended ? new Map<InstrumentKey, ChainPart>() : partsOf(chain, strikes);
      this.#change(chain, members, (view) => {
        const held = heldParts(view);
        // Where there was not room for all, what is nearer takes the places of what is farther now.
        const wanted = view.refused.size === 0 ? parts : new Set([...parts.keys()].slice(0, held.size));
        view.parts = parts;
        return new Map([...held.keys()].filter((key) => !wanted.has(key)).map((key) => [key, undefined]));
      });
    }
    for (const { chain, members } of groups) {
      this.#change(chain, members, (view) => new Map(this.#granted(view).map((key) => [key, view.mode])));
    }
    return views.map((view, i) => {
      const [were, are] = [before[i]!, heldParts(view)];
      return { view, added: lacking(are, were), dropped: lacking(were, are) };
    });
  }

  /** What there is room for of what a client is to have of a chain; notes the rest, and why. */
  #granted(view: ClientChain): InstrumentKey[] {
    const keys = [...view.parts.keys()];
    const asked = keys.map((key): Row => ({ status: "accepted", key }));
    const rows = this.#options.budget.permitted(view.connection, asked);
    const refused = new Map<InstrumentKey, RefusedRow>();
    rows.forEach((row, i) => row.status === "refused" && refused.set(keys[i]!, row));
    view.refused = refused;
    return keys.filter((key) => !refused.has(key));
  }

  #change(
    chain: RollingChain,
    views: readonly ClientChain[],
    changesOf: (view: ClientChain) => SubscriptionChanges,
  ): void {
    const changes = new Map(views.map((view) => [view.connection, changesOf(view)]));
    this.#options.subscriptions.changeParts(chain, changes);
  }

  #begin(
    connection: ClientConnection,
    chain: RollingChain,
    { strikes, mode, tell }: Pick<ChainSubscription, "strikes" | "mode" | "tell">,
  ): ClientChain {
    const view: ClientChain = {
      chain,
      connection,
      strikes,
      mode,
      tell,
      parts: new Map(),
      refused: new Map(),
    };
    const own = this.#byClient.get(connection);
    if (own === undefined) this.#byClient.set(connection, new Map([[chain.id, view]]));
    else own.set(chain.id, view);
    const views = this.#byChain.get(chain);
    if (views === undefined) this.#byChain.set(chain, new Set([view]));
    else views.add(view);
    return view;
  }

  #forget(view: ClientChain): void {
    const { chain, connection } = view;
    this.#behind.delete(view);
    const own = this.#byClient.get(connection);
    own?.delete(chain.id);
    if (own?.size === 0) this.#byClient.delete(connection);
    const views = this.#byChain.get(chain);
    views?.delete(view);
    if (views?.size === 0) this.#byChain.delete(chain);
    this.#rolling.leave(chain);
  }

  /** Why a client may have no chain at all that follows an instrument. */
  #refusalOf(
    connection: ClientConnection,
    reference: InstrumentKey,
    known: ClientChain | undefined,
  ): ChainRefusal | undefined {
    if (known === undefined && (this.#byClient.get(connection)?.size ?? 0) >= MAX_CHAINS) {
      const message = `a client may have ${MAX_CHAINS} chains: unsubscribe others first`;
      return { code: "too_many_instruments", message };
    }
    const [row] = this.#options.budget.permitted(connection, [{ status: "accepted", key: reference }]);
    if (row?.status !== "refused") return undefined;
    return { code: row.code, message: `the chain follows ${row.word}: ${row.message}` };
  }
}
