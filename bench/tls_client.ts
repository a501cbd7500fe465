/** Many clients in one process, for bench/tls.ts: how regularly their messages come. One line of JSON at the end. */
const [url = "", clients = "0", settleMs = "0", runMs = "0"] = Deno.args;

const gaps: number[] = [];
let counting = false;
let frames = 0;

async function connect(): Promise<WebSocket> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`no connection to ${url}`));
  });
  let last: number | undefined;
  socket.onmessage = () => {
    const now = performance.now();
    if (counting) {
      frames++;
      if (last !== undefined) gaps.push(now - last);
    }
    last = now;
  };
  socket.send('{"command":"subscribe","exchange":"nse"}');
  return socket;
}

const pause = (ms: string) => new Promise((resolve) => setTimeout(resolve, Number(ms)));
for (let i = 0; i < Number(clients); i++) await connect();
await pause(settleMs);
console.log("begins");
counting = true;
await pause(runMs);
counting = false;
gaps.sort((a, b) => a - b);
const at = (part: number) => gaps[Math.floor(gaps.length * part)] ?? NaN;
console.log(JSON.stringify({ frames, p50: at(0.5), p99: at(0.99), worst: gaps.at(-1) ?? NaN }));
Deno.exit();
