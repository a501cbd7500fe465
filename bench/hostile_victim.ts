/** A well-behaved client on a thread of its own: how late its pongs and its ticks come. */

interface Start {
  readonly url: string;
}

const PING_EVERY_MS = 10;

let worst = 0;
let delays: number[] = [];

self.onmessage = async ({ data }: MessageEvent<Start | "report">) => {
  if (data === "report") {
    const sorted = delays.toSorted((a, b) => a - b);
    self.postMessage({ worst, p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0, pongs: sorted.length });
    worst = 0;
    delays = [];
    return;
  }
  const socket = new WebSocket(data.url);
  await new Promise((resolve) => socket.onopen = resolve);
  const sent = new Map<number, number>();
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    if (!data.startsWith('{"type":"pong"')) return;
    const { ts } = JSON.parse(data);
    const delay = performance.now() - (sent.get(ts) ?? 0);
    sent.delete(ts);
    delays.push(delay);
    worst = Math.max(worst, delay);
  };
  let number = 0;
  setInterval(() => {
    sent.set(++number, performance.now());
    socket.send(`{"command":"ping","ts":${number}}`);
  }, PING_EVERY_MS);
  self.postMessage("ready");
};
