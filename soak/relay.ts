/**
 * A process of its own between the program and the simulator, so that a signal can stop the broker as the program sees
 * it: its connections stay, new ones are taken by the system, and nothing is read or sent.
 *
 *     deno run --allow-net soak/relay.ts PORT
 */
import { start } from "../bench/processes.ts";

export interface Relay {
  readonly port: number;
  /** Stops the process in the middle of whatever it does. */
  freeze(): void;
  thaw(): void;
  /** What it was told while it was stopped it tells the simulator all at once, the ends of sockets and new ones alike. */
  readonly wasFrozen: boolean;
  stop(): Promise<void>;
}

/** @param port Where the simulator listens on this machine. */
export async function startRelay(port: number): Promise<Relay> {
  const relay = await start({
    command: Deno.execPath(),
    args: ["run", "--no-prompt", "--allow-net", new URL(import.meta.url).pathname, String(port)],
  });
  let wasFrozen = false;
  return {
    port: relay.port,
    get wasFrozen() {
      return wasFrozen;
    },
    freeze() {
      wasFrozen = true;
      Deno.kill(relay.pid, "SIGSTOP");
    },
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

if (import.meta.main) {
  const target = Number(Deno.args[0]);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  console.log(`listening on 127.0.0.1:${(listener.addr as Deno.NetAddr).port}`);
  for await (const client of listener) forward(client, target).catch(() => client.close());
}
