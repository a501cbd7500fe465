import { type InstrumentKey, MODES, splitKey } from "../lib/market/market.ts";
import { type Message, SoakClient, type SoakClientOptions } from "./client.ts";

export type Random = () => number;

/** A client with what it does while the load is on. */
export interface Actor {
  /** Undefined while it is not connected. */
  readonly client: SoakClient | undefined;
  /** Acts until it is paused; settles when it has come to rest. */
  act(until: AbortSignal): Promise<void>;
}

export interface LoadOptions {
  readonly url: string;
  /** A seed of its own for each client, so that none disturbs another's choices. */
  readonly random: (name: string) => Random;
  readonly keys: readonly InstrumentKey[];
  readonly client: (options: Pick<SoakClientOptions, "name" | "url" | "slow">) => SoakClient;
  /** Handshakes per second must not exceed what the proxy allows; nonsense counts what it got for it. */
  readonly port: number;
}

/** Settles after a while, or at once when it is over. */
export function pause(ms: number, until?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (until?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      until?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    until?.addEventListener("abort", done);
  });
}

export function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[Math.floor(random() * items.length)]!;
}

function some(keys: readonly InstrumentKey[], count: number, random: Random): InstrumentKey[] {
  return Array.from({ length: count }, () => pick(keys, random));
}

/** As `subscribe` and `unsubscribe` want it: one command for each exchange. */
export function choices(keys: readonly InstrumentKey[]): { exchange: string; tokens: string[] }[] {
  const groups = new Map<string, Set<string>>();
  for (const key of keys) {
    const { exchange, token } = splitKey(key);
    groups.set(exchange, (groups.get(exchange) ?? new Set()).add(token));
  }
  return [...groups].map(([exchange, tokens]) => ({ exchange, tokens: [...tokens] }));
}

async function subscribe(client: SoakClient, keys: readonly InstrumentKey[], mode: string): Promise<void> {
  for (const choice of choices(keys)) await client.ask({ command: "subscribe", ...choice, mode });
}

/** Everyone there is, connected and subscribed. */
export async function startLoad(options: LoadOptions, small: boolean): Promise<Actor[]> {
  const { keys, client } = options;
  const actors: Actor[] = [];
  const connect = async (name: string, query: string, wanted: readonly InstrumentKey[], mode: string) => {
    const one = client({ name, url: `${options.url}/${query}`, slow: name.startsWith("slow") });
    await one.opened;
    one.every = !query.includes("interval");
    await subscribe(one, wanted, mode);
    return one;
  };
  const steady = async (count: number, kind: string, query: string, fields?: readonly string[]) => {
    for (let i = 1; i <= count; i++) {
      const name = `${kind} ${i}`;
      const random = options.random(name);
      const one = await connect(name, query, some(keys, 5 + random() * 35, random), pick(MODES, random));
      if (fields !== undefined) await one.ask({ command: "configure", fields });
      actors.push({ client: one, act: () => Promise.resolve() });
    }
  };
  const n = (count: number) => small ? 1 : count;
  await steady(n(6), "gzip", "");
  await steady(n(3), "json", "?encoding=json");
  await steady(n(3), "binary", "?encoding=binary");
  await steady(1, "interval 200", "?interval=200");
  await steady(1, "interval 1000", "?encoding=json&interval=1000");
  await steady(n(2), "fields", "?encoding=json", FIELDS);
  for (let i = 1; i <= n(8); i++) {
    const name = `changing ${i}`;
    const one = await connect(name, "", some(keys, 10, options.random(name)), "ltp");
    const random = options.random(`${name} acting`);
    actors.push({ client: one, act: (until) => change(one, keys, random, until) });
  }
  const half = Math.floor(keys.length / 2);
  actors.push(await wide("wide 1", keys.slice(0, half + 50), "quote"));
  // Together more than one socket carries, and not all there is: some instruments come and go with the others alone.
  if (!small) actors.push(await wide("wide 2", keys.slice(half - 50, half + 350), "ltp"));
  const slow = await connect("slow", "?encoding=json", keys.slice(0, half), "snapquote");
  actors.push({ client: slow, act: (until) => readSlowly(slow, options.random("slow acting"), until) });
  actors.push(comer(options), nonsense(options), deaf(options.port));
  return actors;

  async function wide(name: string, wanted: readonly InstrumentKey[], mode: string): Promise<Actor> {
    const one = await connect(name, "?interval=500", wanted, mode);
    return { client: one, act: () => Promise.resolve() };
  }
}

/** What a client with `fields` needs for its books. */
const FIELDS = ["last_traded_price", "exchange_timestamp", "sequence_number", "received_at"];

/** Random commands, one after the other. */
async function change(
  client: SoakClient,
  keys: readonly InstrumentKey[],
  random: Random,
  until: AbortSignal,
): Promise<void> {
  while (!until.aborted && client.isOpen) {
    await client.ask(command(client, keys, random));
    await pause(100 + random() * 900, until);
  }
}

function command(client: SoakClient, keys: readonly InstrumentKey[], random: Random): Message {
  const chance = random();
  const mode = random() < 0.7 ? { mode: pick(MODES, random) } : {};
  if (chance < 0.4) {
    const choice = pick(choices(some(keys, 1 + random() * 20, random)), random);
    return { command: "subscribe", ...choice, ...mode };
  }
  if (chance < 0.45) return { command: "subscribe", exchange: pick(["nse", "bse", "mcx"], random), ...mode };
  if (chance < 0.7 && client.wants.size > 0) {
    const choice = pick(choices(some([...client.wants.keys()], 1 + random() * 10, random)), random);
    return { command: "unsubscribe", ...choice };
  }
  if (chance < 0.73) return { command: "unsubscribe", all: true };
  if (chance < 0.85) {
    return {
      command: "configure",
      encoding: pick(["gzip", "json", "binary"], random),
      interval: pick([0, 0, 0, 100, 700], random),
      fields: random() < 0.3 ? FIELDS : null,
    };
  }
  if (chance < 0.92) return { command: "list_subscriptions" };
  return pick(
    [{ command: "status" }, { command: "ping", ts: 1 }, { command: "search", query: "load" }],
    random,
  );
}

/** Does not read for a while, again and again; never for as long as ends in a close. */
async function readSlowly(client: SoakClient, random: Random, until: AbortSignal): Promise<void> {
  while (!until.aborted && client.isOpen) {
    client.read(false);
    await pause(2_000 + random() * 10_000, until);
    client.read(true);
    await pause(200 + random() * 1_500, until);
  }
}

/** Connects, subscribes, and leaves: in order, or by breaking off. */
function comer(options: LoadOptions): Actor {
  const random = options.random("comer");
  return {
    client: undefined,
    async act(until) {
      while (!until.aborted) {
        const client = options.client({ name: "comer", url: `${options.url}/?encoding=json` });
        await client.opened;
        if (random() < 0.8) {
          await subscribe(client, some(options.keys, 1 + random() * 20, random), pick(MODES, random));
        }
        await pause(random() * 1_500, until);
        await client.close();
        await breakOff(options.port);
        await pause(random() * 300, until);
      }
    },
  };
}

/** A handshake, half of one, or none, and no word of farewell. */
async function breakOff(port: number): Promise<void> {
  const conn = await handshake(port);
  conn.close();
}

/** A connection that has asked to be upgraded; nothing was read of it. */
async function handshake(port: number): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const request =
    `GET / HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  await conn.write(new TextEncoder().encode(request));
  return conn;
}

/** A frame that is too long for a command: the proxy closes with 1009. */
const TOO_LONG = Uint8Array.of(
  0x81,
  0xff,
  0,
  0,
  0,
  0,
  0,
  1,
  0x11,
  0x70,
  0,
  0,
  0,
  0,
  ...new Uint8Array(70_000).fill(32),
);

/** Peers whom the proxy closes, and who never answer its close. They stay until the storm is over. */
function deaf(port: number): Actor {
  return {
    client: undefined,
    async act(until) {
      const peers: Deno.TcpConn[] = [];
      while (!until.aborted && peers.length < 100) {
        const conn = await handshake(port);
        peers.push(conn);
        await conn.write(TOO_LONG).catch(() => {});
        await pause(100, until);
      }
      await pause(600_000, until);
      for (const conn of peers) conn.close();
    },
  };
}

/** What no client should send. Each is answered with an error, or ends in a close that says why. */
function nonsense(options: LoadOptions): Actor {
  const random = options.random("nonsense");
  const words: readonly (() => string | Uint8Array<ArrayBuffer>)[] = [
    () => "",
    () => "{",
    () => "null",
    () => "[]",
    () => '{"command":"buy"}',
    () => '{"command":"subscribe","exchange":"moon"}',
    () => '{"command":"subscribe","exchange":"nse","tokens":["-1"]}',
    () => '{"command":"subscribe","symbols":[""]}',
    () => '{"command":"subscribe","exchange":"nse","tokens":["313131","00000000000000000000000"]}',
    () => '{"command":"configure","interval":-1}',
    () => '{"__proto__":{"command":"subscribe"},"constructor":1}',
    () => crypto.getRandomValues(new Uint8Array(50)),
    () => "x".repeat(60_000),
  ];
  return {
    client: undefined,
    async act(until) {
      while (!until.aborted) {
        const client = options.client({ name: "nonsense", url: options.url });
        client.mayBeClosed = true;
        await client.opened;
        for (let i = 0; i < 20 && !until.aborted && client.isOpen; i++) {
          client.send(pick(words, random)());
          await pause(random() * 200, until);
        }
        if (random() < 0.3) client.send("y".repeat(70_000));
        await client.close();
        await sendGarbage(options.port, random);
      }
    },
  };
}

/** Bytes that are no HTTP. */
async function sendGarbage(port: number, random: Random): Promise<void> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    await conn.write(Uint8Array.from({ length: 200 }, () => random() * 256));
    await conn.read(new Uint8Array(1_000));
  } catch {
    // It was cut off, as it should be.
  } finally {
    conn.close();
  }
}
