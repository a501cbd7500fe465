/**
 * What the runtime takes by itself, with nothing of this program: a process that wakes up, a socket that only counts what comes, one that only
 * sends, the compression of a batch, and the memory of sockets that are only held. What the program costs cannot fall below them.
 *
 *     deno run -A bench/limits.ts
 */
import { Buffer } from "node:buffer";
import process from "node:process";
import { WebSocket as Client, WebSocketServer } from "ws";

const SECONDS = 4;
const CLIENTS = 100;

/** Sockets that are only held. */
const IDLE_CLIENTS = 1_000;

/** A packet of mode `ltp`, and a batch of ten ticks in JSON. */
const PACKET_BYTES = 51;
const FRAME_TEXT = "x".repeat(2_000);

/** A broker's rate: so many frames each ten milliseconds. */
const BURST = 100;

type Measured =
  | "wake"
  | "count with ws"
  | "count with the runtime's WebSocket"
  | "send"
  | "hold"
  | "compress";

/** Runs in the process that is measured. @returns µs of CPU for each frame, wake-up or batch; kB for each socket that is held. */
async function measured(what: Measured, port: number): Promise<number> {
  if (what === "compress") return await compressed();
  if (what === "wake") return await woken();
  if (what === "hold") return await held();
  return what === "send" ? await sent() : await counted(what, port);
}

/** What it costs that a process which has nothing to do is woken, and does nothing. */
async function woken(): Promise<number> {
  let times = 0;
  const timer = setInterval(() => times++, 5);
  const us = await overTime(() => times);
  clearInterval(timer);
  return us;
}

async function counted(what: Measured, port: number): Promise<number> {
  let frames = 0;
  const url = `ws://127.0.0.1:${port}`;
  if (what === "count with ws") {
    new Client(url, { perMessageDeflate: false }).on("message", () => frames++);
  } else {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.onmessage = () => frames++;
  }
  return await overTime(() => frames);
}

async function sent(): Promise<number> {
  const sockets: WebSocket[] = [];
  let frames = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: ({ port }) => say(port) },
    (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onopen = () => sockets.push(socket);
      return response;
    },
  );
  const timer = setInterval(() => {
    for (const socket of sockets) {
      socket.send(FRAME_TEXT);
      frames++;
    }
  }, 10);
  const us = await overTime(() => frames);
  clearInterval(timer);
  server.unref();
  return us;
}

/** Memory of sockets whose messages are listened for, as a server has to. */
async function held(): Promise<number> {
  const all = Promise.withResolvers<void>();
  const sockets: WebSocket[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: ({ port }) => say(port) },
    (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onmessage = () => {};
      socket.onclose = () => {};
      socket.onopen = () => sockets.push(socket) === IDLE_CLIENTS && all.resolve();
      return response;
    },
  );
  const before = Deno.memoryUsage().rss;
  await all.promise;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const kB = (Deno.memoryUsage().rss - before) / 1024 / IDLE_CLIENTS;
  server.unref();
  return kB;
}

async function compressed(): Promise<number> {
  const { gzipBase64 } = await import("../lib/clients/json/gzip.ts");
  const text = JSON.stringify(Array.from({ length: 10 }, (_, i) => ({
    exchange: "nse",
    exchange_type: 1,
    token: String(100_001 + 37 * i),
    symbol: `SIM${100_001 + 37 * i}-EQ`,
    mode: "ltp",
    last_traded_price: 1_000 + i * 7.35,
    timestamp: "2026-11-30T10:00:00+05:30",
    exchange_timestamp: 1_796_013_000_000 + i,
    sequence_number: 123_456 + i,
  })));
  // The first ones are of code that is not compiled yet.
  for (let i = 0; i < 2_000; i++) await gzipBase64(text);
  const before = process.cpuUsage();
  let batches = 0;
  for (; batches < 10_000; batches++) await gzipBase64(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / batches;
}

/** µs of this process for each of what is counted, once it runs evenly. */
async function overTime(count: () => number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const before = process.cpuUsage();
  const from = count();
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (count() - from);
}

function say(text: unknown): void {
  console.log(String(text));
}

/** Starts the measured process, and reads the lines that it writes. */
async function inProcess(what: Measured, port: number, listening: (port: number) => void): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", import.meta.filename!, what, String(port)],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let last = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    for (const line of text.trim().split("\n")) {
      if ((what === "send" || what === "hold") && last === "") listening(Number(line));
      last = line;
    }
  }
  await child.status;
  return Number(last);
}

if (Deno.args.length === 2) {
  const us = await measured(Deno.args[0] as Measured, Number(Deno.args[1]));
  say(us);
  Deno.exit(0);
}
const broker = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
await new Promise((resolve) => broker.once("listening", resolve));
const packet = Buffer.alloc(PACKET_BYTES, 1);
setInterval(() => {
  for (const client of broker.clients) for (let i = 0; i < BURST; i++) client.send(packet);
}, 10);
const address = broker.address() as { port: number };
console.log("| alone | µs of CPU, medians of three |\n| --- | --- |");
for (
  const [what, words] of [
    ["wake", "a timer that does nothing, 200 times a second"],
    ["count with ws", `npm ws: a frame of ${PACKET_BYTES} bytes that comes, ${BURST * 100} a second`],
    ["count with the runtime's WebSocket", "the runtime's own WebSocket: the same"],
    [
      "send",
      `the runtime's server socket: a text of ${FRAME_TEXT.length} bytes to each of ${CLIENTS} clients`,
    ],
    ["compress", "CompressionStream and Base64: a batch of ten ticks"],
    ["hold", `the runtime's server socket: each of ${IDLE_CLIENTS} that are only held, kB of memory`],
  ] as const
) {
  const found: number[] = [];
  for (let run = 0; run < 3; run++) {
    const clients: Client[] = [];
    found.push(
      await inProcess(what, address.port, (port) => {
        for (let i = 0; i < (what === "hold" ? IDLE_CLIENTS : CLIENTS); i++) {
          clients.push(new Client(`ws://127.0.0.1:${port}`));
        }
        for (const client of clients) client.on("error", () => {});
      }),
    );
    for (const client of clients) client.terminate();
  }
  console.log(`| ${words} | ${found.sort((a, b) => a - b)[1]!.toFixed(1)} |`);
}
Deno.exit(0);
