import type { Limits } from "../../config/limits.ts";
import type { CandleService } from "../../candles/candle_service.ts";
import type { MarketData } from "../../feed/market_data.ts";
import type { Instruments } from "../../instruments/instrument.ts";
import type { FeedStatus } from "../../status/proxy_status.ts";
import type { HoursOf } from "../../market/instrument_hours.ts";
import type { Clock } from "../../util/clock.ts";
import type { Watchlist } from "../instrument_selection.ts";
import type { TickJson } from "../json/tick_json.ts";
import type { ClientEntry, ClientHandle, ClientSocket } from "../protocol.ts";
import type { InstrumentBudget } from "../instrument_budget.ts";
import type { Subscriptions } from "../subscriptions.ts";
import type { Traffic } from "../traffic.ts";
import type { WorkQueue } from "../work_queue.ts";
import type { Leases } from "./leases.ts";
import type { PeerTurns } from "./peer_turns.ts";

/** A recording of one day. */
export interface RecordedDayFacts {
  /** `2026-11-20`. */
  readonly date: string;
  /** What its prices are: of the broker, or made up. */
  readonly source: "live" | "simulated";
  readonly bytes: number;
}

/** What all routes work with. */
export interface HttpSources {
  readonly clock: Clock;
  readonly marketData: MarketData;
  readonly instruments: Instruments;
  readonly budget: InstrumentBudget;
  readonly subscriptions: Subscriptions;
  readonly leases: Leases;
  readonly candles: CandleService;
  readonly hours: HoursOf;
  readonly watchlist: Watchlist;
  readonly limits: Limits;
  readonly ticks: TickJson;
  readonly status: () => FeedStatus;
  readonly work: WorkQueue;
  readonly traffic: Traffic;
  readonly turns: PeerTurns;
  /** Tells this run of the process from another one. */
  readonly epoch: string;
  /** The days that can be replayed, oldest first; undefined where none can. */
  readonly recordedDays?: (() => Promise<readonly RecordedDayFacts[]>) | undefined;
  /** Takes over the connection of a client that stays. */
  readonly connect: (socket: ClientSocket, entry: ClientEntry) => ClientHandle;
}
