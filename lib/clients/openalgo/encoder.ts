import type { Freshness } from "../../feed/freshness.ts";
import { type EncodingSlot, encodingSlot, type MarketTick } from "../../feed/market_tick.ts";
import { type InstrumentKey, lowerMode, type Mode, MODE_NUMBERS } from "../../market/market.ts";
import type { Encoder, Marks, Payload, Piece } from "../delivery/encoder.ts";
import { marksText } from "../json/payload.ts";
import type { OpenAlgoName } from "./names.ts";

export type NameOf = (key: InstrumentKey) => OpenAlgoName;

/** What a client has of its own: several modes of an instrument, other names. */
export interface OwnMessages {
  /** Clients with the same one share their messages. */
  readonly id: string;
  readonly modesOf: (tick: MarketTick) => Iterable<Mode> | undefined;
  readonly nameOf: NameOf;
}

/** Stands between the messages of a tick that a client has in several modes. */
const BETWEEN = "\n";

/** Messages of ticks in OpenAlgo's protocol, one for each tick. */
export class OpenAlgoEncoders {
  readonly #slots: Readonly<Record<Mode, EncodingSlot<string>>>;
  /** For clients that need nothing of their own. */
  readonly shared: Encoder;

  constructor(nameOf: NameOf) {
    const slotOf = (mode: Mode) => encodingSlot((tick) => messageOf(tick, mode, nameOf(tick.tick.key)));
    this.#slots = { ltp: slotOf("ltp"), quote: slotOf("quote"), snapquote: slotOf("snapquote") };
    this.shared = encoder("openalgo", (tick, mode) => tick.encoded(this.#slots[mode]));
  }

  own({ id, modesOf, nameOf }: OwnMessages): Encoder {
    return encoder(`openalgo ${id}`, (tick, mode) => {
      const name = nameOf(tick.tick.key);
      const modes = [...modesOf(tick) ?? [mode]];
      return modes.filter((each) => isSent(tick, each)).map((each) => messageOf(tick, each, name)).join(
        BETWEEN,
      );
    });
  }
}

function encoder(key: string, textOf: (tick: MarketTick, mode: Mode) => string): Encoder {
  const pieceOf = (tick: MarketTick, mode: Mode) => isSent(tick, mode) ? textOf(tick, mode) : undefined;
  return {
    key,
    encoding: "openalgo",
    pieceOf,
    snapshotOf: (tick, mode, freshness) => isLastWorthSending(freshness) ? pieceOf(tick, mode) : undefined,
    encode: (pieces, marks) => messagesOf(pieces as readonly string[], marks),
    noticesOf: () => [],
  };
}

/**
 * Its programs take a price that is missing for 0, and do not know that one may be doubtful: without a price that is
 * believed, and with less than the mode has, a tick is not sent.
 */
export function isSent(tick: MarketTick, mode: Mode): boolean {
  return tick.hasPrice(mode) && lowerMode(mode, tick.tick.mode) === mode;
}

/** Its programs cannot tell an old price from a new one: of a feed that is down, no last value is sent. */
export function isLastWorthSending(freshness: Freshness): boolean {
  return freshness !== "stale" && freshness !== "suspect";
}

/** One frame for each message; what a message says of itself beside its tick stands at its end. */
export function messagesOf(pieces: readonly Piece[], marks: Marks = {}): Payload {
  const { sentAt: _, ...shown } = marks;
  const tail = marksText(shown);
  const frames: string[] = [];
  let size = 0;
  for (const piece of pieces as readonly string[]) {
    for (const text of piece.split(BETWEEN)) {
      if (text === "") continue;
      frames.push(tail === "" ? text : `${text.slice(0, -1)}${tail}}`);
      size += text.length;
    }
  }
  return {
    marked: true,
    size,
    sendTo(sink) {
      for (const frame of frames) sink.sendFrame(frame);
    },
  };
}

/** A tick in the words of OpenAlgo's documentation and, where its adapter for this broker has others, in those too. */
function messageOf(marked: MarketTick, mode: Mode, { symbol, exchange }: OpenAlgoName): string {
  return JSON.stringify({
    type: "market_data",
    symbol,
    exchange,
    mode: MODE_NUMBERS[mode],
    broker: "angel",
    data: { symbol, exchange, ...dataOf(marked, mode), freshness: marked.freshness(mode) },
  });
}

function dataOf({ tick }: MarketTick, mode: Mode): Record<string, unknown> {
  const ltp = { ltp: tick.lastPrice, ltt: tick.exchangeTime, timestamp: tick.exchangeTime };
  if (mode === "ltp" || tick.mode === "ltp") return ltp;
  const { close = 0, lastPrice } = tick;
  const change = lastPrice === undefined || close <= 0 ? undefined : lastPrice - close;
  const quote = {
    ...ltp,
    open: tick.open,
    high: tick.high,
    low: tick.low,
    close: tick.close,
    volume: tick.volume,
    change: change === undefined ? undefined : round(change),
    change_percent: change === undefined ? undefined : round(100 * change / close),
    last_trade_quantity: tick.lastQuantity,
    avg_trade_price: tick.averagePrice,
    average_price: tick.averagePrice,
    total_buy_quantity: tick.totalBuyQuantity,
    total_sell_quantity: tick.totalSellQuantity,
  };
  if (mode === "quote" || tick.mode === "quote") return quote;
  return {
    ...quote,
    oi: tick.openInterest,
    upper_circuit: tick.upperCircuit,
    lower_circuit: tick.lowerCircuit,
    depth: { buy: tick.bids, sell: tick.asks },
    broker_supported: true,
  };
}

/** To a hundredth of a paisa, as finely as any exchange counts. */
function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
