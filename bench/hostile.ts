/**
 * What one client can do to another with commands within its limits: storms of commands against a client that pings
 * every 10 ms, on the real process with a list of 150,000 instruments.
 *
 *     deno task bench:hostile [part of a storm's name]
 *
 * The proxy has the first core, everyone else the second. Beside the victim's delay stands for how long the proxy's own
 * event loop was held at most, and the most CPU that one of its turns used: simulator, storm and the machine's other
 * programs delay the victim as well, and their share is none of the proxy's. The aim is that no turn uses more than
 * 50 ms.
 */
import { LOOP_LINE } from "./loop_lag.ts";
import { CORES } from "./processes.ts";
import { MADE, startProxy, startSimulator, tokens } from "./world.ts";

const AIM_MS = 50;
const STORM_MS = 12_000;

interface Report {
  readonly worst: number;
  readonly p99: number;
  readonly pongs: number;
  readonly loop: { readonly held: number; readonly cpu: number };
}

/** A list as long as the broker's: shares, and options on a hundred of them. */
function writeMaster(path: string): void {
  const row = (token: number, symbol: string, name: string, more: Record<string, string>) => ({
    token: String(token),
    symbol,
    name,
    expiry: "",
    strike: "-1.000000",
    lotsize: "1",
    instrumenttype: "",
    exch_seg: "NSE",
    tick_size: "5.000000",
    ...more,
  });
  const rows = tokens(3_000).map((token, i) => row(Number(token), `SIM${i}-EQ`, `SIM${i}`, {}));
  const letters = (n: number) =>
    String.fromCharCode(65 + n % 26, 65 + Math.floor(n / 26) % 26, 65 + Math.floor(n / 676) % 26);
  for (let i = 0; i < 9_000; i++) {
    rows.push(row(200_000 + i, `${letters(i * 7)}${letters(i)}-EQ`, `${letters(i * 7)}${letters(i)}`, {}));
  }
  for (let i = 0; rows.length < 150_000; i++) {
    const name = `${letters(i % 100 * 7)}${letters(i % 100)}`;
    const strike = 100 + Math.floor(i / 200) * 5;
    const side = i % 2 === 0 ? "CE" : "PE";
    rows.push(row(300_000 + i, `${name}29DEC26${strike}${side}`, name, {
      expiry: "29DEC2026",
      strike: `${strike * 100}.000000`,
      instrumenttype: "OPTSTK",
      exch_seg: "NFO",
      lotsize: "50",
    }));
  }
  Deno.writeTextFileSync(path, JSON.stringify(rows));
}

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`no connection to ${url}`));
  });
  return socket;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const unknownNames = (count: number) => Array.from({ length: count }, (_, i) => `ZZQ${i * 7919 % 100_000}XY`);

/** @param begin To be called when those who are no part of the storm have settled. */
type Storm = (url: string, begin: () => Promise<unknown>) => Promise<WebSocket[]>;

function subscribeTo(list: readonly string[]): string {
  return JSON.stringify({ command: "subscribe", exchange: "nse", tokens: list });
}

const STORMS: Readonly<Record<string, Storm>> = {
  async "a subscribe of 3000 unknown names"(url) {
    const client = await connect(url);
    client.send(JSON.stringify({ command: "subscribe", symbols: unknownNames(3_000) }));
    return [client];
  },
  async "the same from eight clients, four times each"(url) {
    const clients = await Promise.all(Array.from({ length: 8 }, () => connect(url)));
    for (let i = 0; i < 4; i++) {
      for (const client of clients) {
        client.send(JSON.stringify({ command: "subscribe", symbols: unknownNames(3_000) }));
      }
    }
    return clients;
  },
  async "5000 searches"(url) {
    const client = await connect(url);
    for (let i = 0; i < 5_000; i++) client.send('{"command":"search","query":"SIM 5 0 1 Z","limit":100}');
    return [client];
  },
  async "1000 toggles beside 200 lists of 900"(url, begin) {
    const all = tokens(2_970);
    const clients = await Promise.all(Array.from({ length: 200 }, () => connect(url)));
    clients.forEach((client, i) => client.send(subscribeTo(all.slice(i * 5, i * 5 + 900))));
    const hostile = await connect(url);
    hostile.send(subscribeTo(all.slice(0, 1_900)));
    // Their answers and first values are read by now, also where one core has to read them all.
    await pause(25_000);
    await begin();
    for (let i = 0; i < 500; i++) {
      hostile.send(`{"command":"unsubscribe","exchange":"nse","tokens":["${all[i % 50]}"]}`);
      hostile.send(`{"command":"subscribe","exchange":"nse","tokens":["${all[i % 50]}"]}`);
    }
    return [...clients, hostile];
  },
  async "200 configures with a list of 900"(url) {
    const client = await connect(url);
    client.send(subscribeTo(tokens(900)));
    for (let i = 0; i < 100; i++) {
      client.send('{"command":"configure","encoding":"json"}');
      client.send('{"command":"configure","encoding":"gzip","fields":["symbol","last_traded_price"]}');
    }
    return [client];
  },
  async "1000 list_subscriptions of 900"(url) {
    const client = await connect(url);
    client.send(subscribeTo(tokens(900)));
    for (let i = 0; i < 1_000; i++) client.send('{"command":"list_subscriptions"}');
    return [client];
  },
  async "500 frames of 60 kB that are no commands"(url) {
    const client = await connect(url);
    const frame = JSON.stringify({ command: "subscribe", symbols: Array(9_000).fill("x"), rest: 1 });
    for (let i = 0; i < 500; i++) client.send(frame);
    return [client];
  },
  async "3000 pings and statuses"(url) {
    const client = await connect(url);
    for (let i = 0; i < 1_500; i++) {
      client.send('{"command":"ping"}');
      client.send('{"command":"status"}');
    }
    return [client];
  },
};

Deno.mkdirSync(MADE, { recursive: true });
const master = `${MADE}hostile_master.json`;
writeMaster(master);
const simulator = await startSimulator(3_000);
/** Of the proxy's event loop since the last look, ms: the longest turn, and the most CPU that one turn used. */
let longest = { held: 0, cpu: 0 };
const proxy = await startProxy(simulator, {
  instruments: 100,
  env: { INSTRUMENTS_FILE: master, WATCH_LOOP: "1" },
  denoArgs: [`--preload=${new URL("loop_lag.ts", import.meta.url).pathname}`],
  wrote(text) {
    for (const [, held, cpu] of text.matchAll(LOOP_LINE)) {
      longest = { held: Math.max(longest.held, Number(held)), cpu: Math.max(longest.cpu, Number(cpu)) };
    }
  },
});
const url = `ws://127.0.0.1:${proxy.port}/?encoding=json`;
const victim = new Worker(new URL("hostile_victim.ts", import.meta.url), { type: "module" });
const next = <Message>() =>
  new Promise<Message>((resolve) => victim.onmessage = ({ data }: MessageEvent<Message>) => resolve(data));
victim.postMessage({ url });
await next();
await pause(3_000);

async function report(): Promise<Report> {
  const reply = next<Omit<Report, "loop">>();
  victim.postMessage("report");
  const loop = longest;
  longest = { held: 0, cpu: 0 };
  return { ...await reply, loop };
}

function row(name: string, { worst, p99, pongs, loop }: Report): string {
  const mark = loop.cpu > AIM_MS ? " **missed**" : "";
  const cells = [name, worst.toFixed(1), p99.toFixed(1), pongs, loop.held, `${loop.cpu}${mark}`];
  return `| ${cells.join(" | ")} |`;
}

await report();
await pause(3_000);
const before = await report();
console.log(`Deno ${Deno.version.deno}, ${CORES} cores; a client that pings every 10 ms, 3,000 ticks/s\n`);
console.log("| storm | worst ms | p99 ms | pongs | loop held ms | CPU of a turn ms |");
console.log("| --- | --- | --- | --- | --- | --- |");
console.log(row("none", before));
const storms = Object.entries(STORMS).filter(([name]) => name.includes(Deno.args[0] ?? ""));
let missed = 0;
for (const [name, storm] of storms) {
  const clients = await storm(url, report);
  await pause(STORM_MS);
  const measured = await report();
  if (measured.loop.cpu > AIM_MS) missed++;
  console.log(row(name, measured));
  for (const client of clients) client.close();
  await pause(2_000);
  await report();
}
console.log(`\naim: ${AIM_MS} ms; missed by ${missed} of ${storms.length}`);
victim.terminate();
await proxy.stop();
await simulator.stop();
