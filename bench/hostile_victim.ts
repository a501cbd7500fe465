/** A well-behaved client on a thread of its own: how late its pongs and its ticks come. */

interface Start {
  readonly url: string;
  /** What it wants ticks of. */
  readonly tokens: readonly string[];
}

/** Delays since the last report, ms. */
export interface Delays {
  readonly worst: number;
  readonly p99: number;
  readonly count: number;
}

export interface VictimReport {
  readonly pongs: Delays;
  /** From the proxy's read of a tick to the client's. */
  readonly ticks: Delays;
}

const PING_EVERY_MS = 10;

const pongs: number[] = [];
const ticks: number[] = [];

/** What a worker has of its own; the library of the main thread does not know it. */
const worker = self as unknown as {
  onmessage: (event: MessageEvent<Start | "report">) => void;
  postMessage(message: VictimReport | "ready"): void;
};

/** Of what was collected, which is forgotten. */
function take(delays: number[]): Delays {
  const sorted = delays.splice(0).sort((a, b) => a - b);
  return {
    worst: sorted.at(-1) ?? 0,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    count: sorted.length,
  };
}

worker.onmessage = async ({ data }) => {
  if (data === "report") {
    worker.postMessage({ pongs: take(pongs), ticks: take(ticks) });
    return;
  }
  const socket = new WebSocket(data.url);
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
  socket.send(JSON.stringify({ command: "subscribe", exchange: "nse", tokens: data.tokens }));
  let number = 0;
  setInterval(() => {
    sent.set(++number, performance.now());
    socket.send(`{"command":"ping","ts":${number}}`);
  }, PING_EVERY_MS);
  worker.postMessage("ready");
};
