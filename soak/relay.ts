/**
 * A process of its own between the program and the simulator, so that a signal can stop the broker as the program sees
 * it: its connections stay, new ones are taken by the system, and nothing is read or sent.
 *
 *     deno run --allow-net soak/relay.ts STREAM_PORT REST_PORT
 */
import { start } from "../bench/processes.ts";
import { REST_ADDRESS, STREAM_ADDRESS } from "./names.ts";

export interface Relay {
  /** Of both addresses. */
  readonly port: number;
  /** Stops the process in the middle of whatever it does. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** @param stream @param rest Where the broker's two sides listen on this machine. */
export async function startRelay(stream: number, rest: number): Promise<Relay> {
  const relay = await start({
    command: Deno.execPath(),
    args: [
      "run",
      "--no-prompt",
      "--allow-net",
      new URL(import.meta.url).pathname,
      String(stream),
      String(rest),
    ],
  });
  return {
    port: relay.port,
    freeze: () => Deno.kill(relay.pid, "SIGSTOP"),
    thaw: () => Deno.kill(relay.pid, "SIGCONT"),
    stop() {
      // One that is stopped hears of nothing.
      Deno.kill(relay.pid, "SIGCONT");
      return relay.stop();
    },
  };
}

async function forward(client: Deno.TcpConn, port: number): Promise<void> {
  const broker = await Deno.connect({ hostname: "127.0.0.1", port });
  const pipe = (from: Deno.TcpConn, to: Deno.TcpConn) => from.readable.pipeTo(to.writable).catch(() => {});
  await Promise.all([pipe(client, broker), pipe(broker, client)]);
}

async function listen(listener: Deno.Listener<Deno.TcpConn>, port: number): Promise<void> {
  for await (const client of listener) forward(client, port).catch(() => client.close());
}

if (import.meta.main) {
  const [stream, rest] = Deno.args.map(Number);
  const first = Deno.listen({ hostname: STREAM_ADDRESS, port: 0 });
  const { port } = first.addr as Deno.NetAddr;
  // The same port of another address of this machine, so that the two sides can be told apart.
  const second = Deno.listen({ hostname: REST_ADDRESS, port });
  console.log(`listening on ${STREAM_ADDRESS}:${port}`);
  await Promise.all([listen(first, stream!), listen(second, rest!)]);
}
