/**
 * What a client that never reads and one that reads 10 kB/s cost 98 others, by the wall clock: the time from the proxy's
 * having a tick to its being decoded in a client, and the proxy's memory, with and without the two in turn.
 *
 *     deno task bench:slow
 *
 * The proxy is the real program on its simulated market, in a process of its own; memory is that of both, on Linux.
 */
import { RawClient, ticksOf } from "../tests/proxy/raw_client.ts";

const ROUNDS = 3;
const ROUND_MS = 10_000;
const GOOD = 98;
const RATE = 3_000;
const SLOW_BYTES_PER_S = 10_000;

const ROOT = new URL("../", import.meta.url).pathname;
const WANTED = { command: "subscribe", exchange: "nse" };

async function startProxy(): Promise<{ child: Deno.ChildProcess; port: number }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "main.ts",
      "--demo",
      "--host",
      "127.0.0.1",
      "--port",
      "0",
      "--rate",
      `${RATE}`,
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1", MAX_HANDSHAKES_PER_SECOND: "1000" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const port = Promise.withResolvers<number>();
  (async () => {
    let log = "";
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      log = (log + text).slice(-10_000);
      const found = /listening on \S+:(\d+)/.exec(log);
      if (found) port.resolve(Number(found[1]));
    }
    port.reject(new Error(`the proxy ended:\n${log}`));
  })();
  return { child, port: await port.promise };
}

/** MB that the process has of the machine's memory, or NaN where Linux's files are not. */
function memory(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))![1]) / 1024;
  } catch {
    return NaN;
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A client that reads; the first one of all decodes, and keeps each tick's age in ms. */
async function join(port: number, ages?: number[]): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  await new Promise((resolve) => socket.onopen = resolve);
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    if (!ages || !data.startsWith('{"type":"market_data"')) return;
    const message = JSON.parse(data);
    const now = Date.now();
    if (!message.snapshot) { for (const { received_at } of ticksOf(message)) ages.push(now - received_at); }
  };
  const fields = ["last_traded_price", "received_at"];
  socket.send(JSON.stringify({ command: "configure", fields }));
  socket.send(JSON.stringify(WANTED));
  return socket;
}

async function round(withBad: boolean) {
  const { child, port } = await startProxy();
  const ages: number[] = [];
  const good = [await join(port, ages)];
  while (good.length < GOOD) good.push(await join(port));
  const bad: RawClient[] = [];
  let reading = withBad;
  const slow = withBad && (async () => {
    for (let i = 0; i < 2; i++) {
      bad.push((await RawClient.connect(port, "/?encoding=json")).client);
      await bad[i]!.send({ ...WANTED, mode: "snapquote" });
    }
    while (reading) {
      await bad[0]!.readSome(SLOW_BYTES_PER_S / 10);
      await pause(100);
    }
  })();
  await pause(2_000);
  ages.length = 0;
  await pause(ROUND_MS);
  const rss = memory(child.pid);
  const sorted = Float64Array.from(ages).sort();
  reading = false;
  await slow;
  for (const socket of good) socket.close();
  for (const client of bad) client.close();
  child.kill("SIGTERM");
  await child.status;
  return {
    ticks: ages.length * 1000 / ROUND_MS,
    p50: sorted[sorted.length >> 1],
    p99: sorted[Math.floor(sorted.length * 0.99)],
    rss,
  };
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const results: { withBad: boolean; result: Awaited<ReturnType<typeof round>> }[] = [];
for (let i = 0; i < 2 * ROUNDS; i++) {
  const withBad = i % 2 === 1;
  results.push({ withBad, result: await round(withBad) });
}
console.log(
  `Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores, ${GOOD} clients, medians of ${ROUNDS} rounds`,
);
for (const withBad of [false, true]) {
  const of = (name: "ticks" | "p50" | "p99" | "rss") =>
    median(results.filter((each) => each.withBad === withBad).map(({ result }) => result[name]!));
  console.log(
    `${withBad ? "with the two:   " : "without the two:"} ${of("ticks")!.toFixed(0)} ticks/s to each, ` +
      `age p50 ${of("p50")} ms, p99 ${of("p99")} ms, ${of("rss")!.toFixed(0)} MB`,
  );
}
