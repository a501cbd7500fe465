/**
 * A well-behaved client in a process of its own: how late its pongs and its ticks come. It is told in lines of JSON when to
 * begin and when to report, and answers in such lines.
 */
import { stdin } from "node:process";
import { createInterface } from "node:readline";

interface Start {
  readonly url: string;
  /** What it wants ticks of. */
  readonly tokens: readonly string[];
}

/** Delays since the last report, ms. */
export interface Delays {
  readonly worst: number;
  readonly p99: number;
}

export interface VictimReport {
  readonly pongs: Delays;
  /** From the proxy's read of a tick to the client's. */
  readonly ticks: Delays;
}

const PING_EVERY_MS = 10;

const pongs: number[] = [];
const ticks: number[] = [];

/** Of what was collected, which is forgotten. */
function take(delays: number[]): Delays {
  const sorted = delays.splice(0).sort((a, b) => a - b);
  return {
    worst: sorted.at(-1) ?? 0,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
  };
}

function tell(message: VictimReport | { readonly ready: true }): void {
  console.log(JSON.stringify(message));
}

async function connect({ url, tokens }: Start): Promise<void> {
  const socket = new WebSocket(url);
  await new Promise((resolve) => socket.onopen = resolve);
  const sent = new Map<number, number>();
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    if (data.startsWith('{"type":"market_data"')) {
      const message: { snapshot?: boolean; data: { received_at: number }[] } = JSON.parse(data);
      if (message.snapshot) return;
      const now = Date.now();
      for (const { received_at } of message.data) ticks.push(now - received_at);
    } else if (data.startsWith('{"type":"pong"')) {
      const { ts } = JSON.parse(data);
      pongs.push(performance.now() - (sent.get(ts) ?? 0));
      sent.delete(ts);
    }
  };
  socket.send('{"command":"configure","fields":["received_at"]}');
  socket.send(JSON.stringify({ command: "subscribe", exchange: "nse", tokens }));
  let number = 0;
  setInterval(() => {
    sent.set(++number, performance.now());
    socket.send(`{"command":"ping","ts":${number}}`);
  }, PING_EVERY_MS);
  tell({ ready: true });
}

for await (const line of createInterface({ input: stdin })) {
  const request: Start | "report" = JSON.parse(line);
  if (request === "report") tell({ pongs: take(pongs), ticks: take(ticks) });
  else await connect(request);
}
Deno.exit();
