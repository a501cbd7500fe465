/** What one client may send within its limits, at its worst: commands, requests and connections of each interface. */
import { istDate } from "../lib/market/ist.ts";
import { tokens } from "./world.ts";

/** Where the proxy that is stormed listens. */
export interface Target {
  readonly port: number;
  /** To be called when those who are no part of the storm have settled. */
  readonly begin: () => Promise<unknown>;
}

/** Begins a storm. @returns What ends it. */
export type Storm = (target: Target) => Promise<() => void>;

const JSON_WIRE = "/?encoding=json";

/** The most that one client may have of three sockets. */
const MOST = 2_600;

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Refusals of what nobody would be given, however little was asked for before. */
const NO_STORM = /"code":"(bad_command|too_many_instruments|not_allowed)"/;

async function connect({ port }: Target, path = JSON_WIRE): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string" && NO_STORM.test(data.slice(0, 200))) {
      throw new Error(`a command is refused, which is no storm: ${data.slice(0, 300)}`);
    }
  });
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`no connection to ${path}`));
  });
  return socket;
}

const unknownNames = (count: number) => Array.from({ length: count }, (_, i) => `ZZQ${i * 7919 % 100_000}XY`);

const closing = (...clients: readonly WebSocket[]) => () => clients.forEach((client) => client.close());

function ofNse(command: "subscribe" | "unsubscribe", list: readonly string[], more: object = {}): string {
  return JSON.stringify({ command, exchange: "nse", tokens: list, ...more });
}

/** One client that sends each of the texts so many times, in turns. */
function sends(count: number, ...texts: readonly string[]): Storm {
  return (target) => afterwards(target, undefined, count, ...texts);
}

/** The same, when it has a list of so many instruments and has been given their values. */
function withList(instruments: number, count: number, ...texts: readonly string[]): Storm {
  return (target) => afterwards(target, ofNse("subscribe", tokens(instruments)), count, ...texts);
}

async function afterwards(
  target: Target,
  first: string | undefined,
  count: number,
  ...texts: readonly string[]
): Promise<() => void> {
  const client = await connect(target);
  if (first !== undefined) {
    client.send(first);
    await pause(3_000);
    await target.begin();
  }
  for (let i = 0; i < count; i++) for (const text of texts) client.send(text);
  return closing(client);
}

/** A message of the broker's wire. @param action 1 subscribes, 0 unsubscribes. */
function smartRequest(action: 0 | 1, mode: 1 | 2 | 3, list: readonly string[]): string {
  return JSON.stringify({
    correlationID: "storm",
    action,
    params: { mode, tokenList: [{ exchangeType: 1, tokens: list }] },
  });
}

function openAlgoRequest(
  action: "subscribe" | "unsubscribe",
  mode: 1 | 2 | 3,
  list: readonly string[],
): string {
  const symbols = list.map((token) => ({ symbol: token, exchange: "NSE" }));
  return JSON.stringify({ action, symbols, mode });
}

/** Asks again and again, so many at a time, as long as the storm lasts. */
function asks(path: string, atOnce: number): Storm {
  return ({ port }) => {
    let over = false;
    const ask = async () => {
      while (!over) {
        const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
        if (response !== undefined && !response.ok && response.status !== 429) {
          throw new Error(`${path} is refused, which is no storm: ${await response.text()}`);
        }
        await response?.body?.cancel();
        if (response?.ok !== true) await pause(20);
      }
    };
    for (let i = 0; i < atOnce; i++) ask();
    return Promise.resolve(() => over = true);
  };
}

/** Comes, says something and goes, so many at a time and as long as the storm lasts. */
function comesAndGoes(path: string, text: string, atOnce: number): Storm {
  return (target) => {
    let over = false;
    const come = async () => {
      while (!over) {
        const client = await connect(target, path).catch(() => undefined);
        if (client === undefined) {
          await pause(20);
          continue;
        }
        const answered = new Promise((resolve) => client.onmessage = client.onclose = resolve);
        client.send(text);
        await answered;
        client.close();
      }
    };
    for (let i = 0; i < atOnce; i++) come();
    return Promise.resolve(() => over = true);
  };
}

/** As many as a request may name. */
const NAMED = tokens(500).join(",");

export const STORMS: Readonly<Record<string, Storm>> = {
  "a subscribe of 3000 unknown names": sends(
    1,
    JSON.stringify({ command: "subscribe", symbols: unknownNames(3_000) }),
  ),
  async "the same from eight clients, four times each"(target) {
    const clients = await Promise.all(Array.from({ length: 8 }, () => connect(target)));
    const text = JSON.stringify({ command: "subscribe", symbols: unknownNames(3_000) });
    for (let i = 0; i < 4; i++) for (const client of clients) client.send(text);
    return closing(...clients);
  },
  "5000 searches": sends(5_000, '{"command":"search","query":"SIM 5 0 1 Z","limit":100}'),
  async "1000 toggles beside 200 lists of 900"(target) {
    const all = tokens(2_970);
    const clients: WebSocket[] = [];
    // No faster than one address may come.
    for (let i = 0; i < 200; i++) {
      clients.push(await connect(target));
      await pause(60);
    }
    clients.forEach((client, i) => client.send(ofNse("subscribe", all.slice(i * 5, i * 5 + 900))));
    const hostile = await connect(target);
    hostile.send(ofNse("subscribe", all.slice(0, 1_900)));
    // Their answers and first values are read by now, also where one core has to read them all.
    await pause(25_000);
    await target.begin();
    for (let i = 0; i < 500; i++) {
      hostile.send(ofNse("unsubscribe", [all[i % 50]!]));
      hostile.send(ofNse("subscribe", [all[i % 50]!]));
    }
    return closing(...clients, hostile);
  },
  "a list of 2600, taken and given up 50 times": sends(
    50,
    ofNse("subscribe", tokens(MOST)),
    ofNse("unsubscribe", tokens(MOST)),
  ),
  "400 configures with a list of 2600": withList(
    MOST,
    200,
    '{"command":"configure","encoding":"json"}',
    '{"command":"configure","encoding":"gzip","fields":["symbol","last_traded_price"]}',
  ),
  "100 configures with a list of 2600 with depth": withList(
    MOST,
    100,
    ofNse("subscribe", tokens(MOST), { mode: "snapquote" }),
    '{"command":"configure","encoding":"json"}',
    '{"command":"configure","encoding":"gzip"}',
  ),
  "a list of 2600 with depth, as gzip, at most every 100 ms": withList(
    MOST,
    1,
    ofNse("subscribe", tokens(MOST), { mode: "snapquote" }),
    '{"command":"configure","encoding":"gzip","interval":100}',
  ),
  "1000 list_subscriptions of 2600": withList(MOST, 1_000, '{"command":"list_subscriptions"}'),
  "candles of 125 instruments, four lengths, 20 times": sends(
    20,
    ofNse("subscribe", tokens(125), { candles: ["1m", "5m", "15m", "1h"], forming: true, every: 250 }),
    ofNse("unsubscribe", tokens(125)),
  ),
  "500 calls for candles of 20 instruments": sends(
    500,
    JSON.stringify({ command: "candles", exchange: "nse", tokens: tokens(20), interval: "1m" }),
  ),
  "500 chains of 100 strikes": sends(
    500,
    '{"command":"subscribe","chain":{"underlying":"SIM0","strikes":100},"mode":"snapquote"}',
    '{"command":"unsubscribe","chain":{"underlying":"SIM0"}}',
  ),
  "50 rewinds of 500 instruments": sends(
    50,
    ofNse("subscribe", tokens(500), { from: "-5m" }),
    ofNse("unsubscribe", tokens(500)),
  ),
  async "500 seeks of a replay"(target) {
    // What is recorded later is not in this replay.
    const end = Date.now();
    const client = await connect(target, `/replay?date=${istDate(Date.now())}&encoding=json&speed=0`);
    client.send(ofNse("subscribe", tokens(900)));
    await pause(1_000);
    await target.begin();
    for (let i = 0; i < 500; i++) {
      client.send(JSON.stringify({ command: "seek", to: end - 1_000 * (2 + i % 20) }));
    }
    return closing(client);
  },
  // Of commands that are none the proxy closes a client after a few; so much may wait.
  "60 frames of 60 kB that name what nobody knows": sends(
    60,
    JSON.stringify({ command: "subscribe", symbols: Array(3_000).fill("ZZQXY12ABCDEFGHI") }),
  ),
  "3000 pings and statuses": sends(1_500, '{"command":"ping"}', '{"command":"status"}'),
  async "2000 single modes of /smart-stream beside a list of 2600"(target) {
    const client = await connect(target, "/smart-stream?feedToken=x");
    const all = tokens(MOST);
    for (let at = 0; at < MOST; at += 900) client.send(smartRequest(1, 1, all.slice(at, at + 900)));
    await pause(3_000);
    await target.begin();
    for (let i = 0; i < 1_000; i++) {
      client.send(smartRequest(1, 3, [all[0]!]));
      client.send(smartRequest(0, 3, [all[0]!]));
    }
    return closing(client);
  },
  async "200 requests of 6000 tokens on /smart-stream"(target) {
    const client = await connect(target, "/smart-stream?feedToken=x");
    const many = Array.from({ length: 6_000 }, (_, i) => String(300_000 + i));
    for (let i = 0; i < 100; i++) {
      client.send(smartRequest(1, 3, many));
      client.send(smartRequest(0, 3, many));
    }
    return closing(client);
  },
  async "requests for 2600 new instruments on /smart-stream, given up each time"(target) {
    const client = await connect(target, "/smart-stream?feedToken=x");
    const many = tokens(MOST);
    for (let i = 0; i < 25; i++) {
      client.send(smartRequest(1, 1, many));
      client.send(smartRequest(0, 1, many));
    }
    return closing(client);
  },
  async "100 messages of 900 symbols on /openalgo"(target) {
    const client = await connect(target, "/openalgo");
    client.send('{"action":"authenticate","api_key":"x"}');
    const named = tokens(900);
    for (let i = 0; i < 25; i++) {
      client.send(openAlgoRequest("subscribe", 1, named));
      client.send(openAlgoRequest("subscribe", 3, named));
      client.send(openAlgoRequest("unsubscribe", 3, named));
      client.send(openAlgoRequest("unsubscribe", 1, named));
    }
    return closing(client);
  },
  "/quotes of 500, 20 at a time": asks(`/quotes?exchange=nse&tokens=${NAMED}&mode=snapquote`, 20),
  "/quotes of 500 as CSV, 20 at a time": asks(`/quotes?exchange=nse&tokens=${NAMED}&format=csv`, 20),
  "/chain of 100 strikes, 20 at a time": asks("/chain?underlying=SIM0&strikes=100", 20),
  "/candles of 20 instruments, 20 at a time": asks(
    `/candles?exchange=nse&tokens=${tokens(20).join(",")}&interval=1m`,
    20,
  ),
  "/udf/history of 10,000 candles, 20 at a time": asks(
    "/udf/history?symbol=nse:100001&resolution=1&countback=10000",
    20,
  ),
  "/search, 50 at a time": asks("/search?query=SIM%205%200%201%20Z&limit=100", 50),
  "/events of 500, opened and left, 20 at a time": asks(`/events?exchange=nse&tokens=${NAMED}`, 20),
  "connections with a list of 2600, 20 at a time": comesAndGoes(
    JSON_WIRE,
    ofNse("subscribe", tokens(MOST)),
    20,
  ),
};
