import type { MarketCalendar } from "../market/calendar.ts";
import type { Clock } from "../util/clock.ts";
import { istTimestamp } from "../market/ist.ts";
import { type InstrumentKey, splitKey, type Tick } from "../market/market.ts";
import { MAX_PAIRS_PER_SOCKET, MAX_SOCKETS } from "../smartapi/endpoints.ts";
import { createPacketDecoder, PacketRefusal, packetsOf } from "../smartapi/packet.ts";
import type { PublicWords } from "../smartapi/public_words.ts";
import { PING, readTextFrame, subscriptionRequest } from "../smartapi/request.ts";
import type { BrokerSession, Rest } from "../smartapi/rest.ts";
import type { OpenStream, StreamEnd, StreamSocket } from "../smartapi/stream.ts";

export interface CheckOptions {
  readonly clock: Clock;
  readonly rest: Rest;
  readonly open: OpenStream;
  readonly calendar: MarketCalendar;
  /** A liquid instrument to wait for, and its name. */
  readonly instrument: { readonly key: InstrumentKey; readonly symbol: string };
  readonly print: (line: string) => void;
  /** What must not be repeated of what the broker says. */
  readonly words: PublicWords;
}

/** One step may take this long. */
const STEP_MS = 15_000;

/** In trading hours a price that is older when it comes is none of now: the feed is late, or stands still. */
const LATE_MS = 60_000;

/** Beyond this a clock is off by enough to be told. */
const DRIFT_MS = 10_000;

/**
 * Walks the way that the proxy's feed takes, once and aloud: login, stream, heartbeat, first price. Its output shows
 * no secret, so that it can stand at the beginning of a conversation about what is wrong.
 *
 * @returns Whether everything that can work at this hour works.
 */
export async function checkAccount(options: CheckOptions): Promise<boolean> {
  const { clock, calendar, print } = options;
  const { key, symbol } = options.instrument;
  let stream: Stream | undefined;

  async function step<Result>(name: string, run: () => Promise<Result>, say: (result: Result) => string) {
    const begun = clock.elapsed();
    const took = () => `${((clock.elapsed() - begun) / 1000).toFixed(2)} s`;
    try {
      const result = await run();
      print(`ok     ${name.padEnd(10)} ${took().padStart(8)}  ${say(result)}`);
      return result;
    } catch (error) {
      print(
        `FAILED ${name.padEnd(10)} ${took().padStart(8)}  ${error instanceof Error ? error.message : error}`,
      );
      throw new Failed();
    }
  }

  try {
    const session = await step(
      "login",
      () => options.rest.login(),
      () => "PIN, one-time code and API key are accepted",
    );
    const drift = session.driftMs ?? 0;
    if (Math.abs(drift) > DRIFT_MS) {
      print(
        `note   clock      ${Math.round(Math.abs(drift) / 1000)} s ${
          drift > 0 ? "behind" : "ahead of"
        } the broker's`,
      );
    }
    stream = await step("stream", () => openStream(options, session), () => "the socket is open");
    const opened = stream;
    await step("heartbeat", () => opened.pong(), () => "ping was answered");
    const warning = calendar.coverageWarning(clock.now());
    if (warning !== undefined) print(`note   calendar   ${warning}`);
    const { exchange } = splitKey(key);
    const market = calendar.state(exchange, clock.now());
    const hours = `${exchange} is ${market.phase.replace("_", " ")}${
      market.day === undefined ? "" : ` (${market.day})`
    }`;
    const trades = calendar.isTrading(exchange, clock.now());
    const lateBy = ({ receivedAt, exchangeTime }: Tick) => receivedAt + drift - exchangeTime;
    const tick = opened.firstTick(
      key,
      (tick) => trades && lateBy(tick) > LATE_MS ? lateText(lateBy(tick)) : undefined,
    );
    if (trades) {
      await step("price", () => tick, (price) => `${symbol} ${priceText(price)}; ${hours}`);
    } else {
      await step(
        "price",
        () => orElse(tick, undefined),
        (price) =>
          price === undefined
            ? `none came, and none has to: ${hours} until ${istTimestamp(market.until)} IST`
            : `${symbol} ${priceText(price)}, the last one known; ${hours}`,
      );
    }
    print(
      `ok     budget               1 of ${MAX_SOCKETS} sockets, 1 of its ${MAX_PAIRS_PER_SOCKET} instruments`,
    );
    return true;
  } catch (error) {
    if (error instanceof Failed) return false;
    throw error;
  } finally {
    await stream?.close();
  }
}

/** A step has failed, and has said so. */
class Failed extends Error {}

interface Stream {
  pong(): Promise<void>;
  /** @param doubt Why a tick will not do. The first one that will is awaited for as long as any answer is. */
  firstTick(key: InstrumentKey, doubt: (tick: Tick) => string | undefined): Promise<Tick>;
  close(): Promise<void>;
}

async function openStream({ clock, open, words }: CheckOptions, session: BrokerSession): Promise<Stream> {
  const decode = createPacketDecoder();
  const opened = Promise.withResolvers<void>();
  const pong = Promise.withResolvers<void>();
  const tick = Promise.withResolvers<Tick>();
  let doubt: (tick: Tick) => string | undefined = () => undefined;
  /** Why none of the ticks so far would do. */
  let doubtful: string | undefined;
  const ended = Promise.withResolvers<void>();
  const all = [opened, pong, tick];
  for (const { promise } of all) promise.catch(() => {});
  const failAll = (why: string) => all.forEach(({ reject }) => reject(new Error(why)));
  const socket: StreamSocket = open(session, {
    opened: () => opened.resolve(),
    text(text) {
      const frame = readTextFrame(text);
      if (frame.kind === "pong") pong.resolve();
      if (frame.kind === "error") tick.reject(new Error(words.of(`${frame.code} ${frame.message}`)));
    },
    binary(bytes) {
      for (const each of packetsOf(bytes)) {
        const packet = decode(each, clock.now());
        if (packet instanceof PacketRefusal) {
          tick.reject(new Error(`a packet that cannot be read: ${packet.detail}`));
        } else if (packet.mode !== "depth20") {
          doubtful = doubt(packet);
          if (doubtful === undefined) tick.resolve(packet);
        }
      }
    },
    ended(end: StreamEnd) {
      failAll(end.message);
      ended.resolve();
    },
  });
  const within = <Result>(promise: Promise<Result>, what: string | (() => string)) =>
    withTimeout(clock, promise, what);
  try {
    await within(opened.promise, "no answer to the handshake");
  } catch (error) {
    socket.terminate();
    throw error;
  }
  return {
    pong() {
      socket.send(PING);
      return within(pong.promise, "ping was not answered");
    },
    firstTick(key, mayNot) {
      doubt = mayNot;
      socket.send(subscriptionRequest("subscribe", "check00001", "quote", [key]));
      return within(tick.promise, () => doubtful ?? "connected and subscribed, but no price came");
    },
    async close() {
      socket.close();
      await within(ended.promise, "").catch(() => socket.terminate());
    },
  };
}

async function withTimeout<Result>(
  clock: Clock,
  promise: Promise<Result>,
  what: string | (() => string),
): Promise<Result> {
  let disarm = () => {};
  const late = new Promise<never>((_, reject) => {
    disarm = clock.after(STEP_MS, () => {
      const why = typeof what === "string" ? what : what();
      reject(new Error(`${why} within ${STEP_MS / 1000} s`));
    });
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    disarm();
  }
}

function orElse<Result, Other>(promise: Promise<Result>, other: Other): Promise<Result | Other> {
  return promise.catch(() => other);
}

function lateText(ms: number): string {
  return `the prices that come are ${Math.round(ms / 1000)} s late, and none of now came`;
}

function priceText(tick: Tick): string {
  return `${tick.lastPrice} at ${istTimestamp(tick.exchangeTime)} IST`;
}
