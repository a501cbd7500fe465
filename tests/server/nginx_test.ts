/** The recipe of docs/examples/nginx.conf, with a real nginx. */
import { match, ok } from "node:assert/strict";
import { connect } from "node:tls";
import { WebSocket } from "ws";
import { startProgram } from "../proxy/process.ts";
import { NGINX, startNginx } from "./nginx.ts";

/** Settles with how long a connection lives to whom nothing more is sent. */
function lifeOf(port: number, begin: string | undefined): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    if (begin === undefined) {
      Deno.connect({ hostname: "127.0.0.1", port }).then(async (conn) => {
        while (await conn.read(new Uint8Array(1024)).catch(() => null) !== null);
        conn.close();
        resolve(performance.now() - started);
      }, reject);
      return;
    }
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => socket.write(begin));
    socket.on("data", () => {});
    socket.on("error", () => {});
    socket.on("close", () => resolve(performance.now() - started));
  });
}

Deno.test({
  name:
    "behind nginx as docs/examples/nginx.conf has it: page and ticks by TLS, half a handshake and half a request end",
  ignore: NGINX === undefined,
  async fn() {
    await using program = await startProgram(["--demo", "--port", "0", "--host", "127.0.0.1"], {
      ALLOWED_ORIGINS: "https://ticks.example.com",
      MAX_CLIENTS_PER_ADDRESS: "1000",
    });
    await using nginx = await startNginx({
      upstream: program.port,
      // Shorter waits, and fewer connections.
      changes: [
        ["client_header_timeout 10s", "client_header_timeout 1s"],
        ["limit_conn connections 50", "limit_conn connections 5"],
      ],
    });
    const { port } = nginx;
    const options = {
      rejectUnauthorized: false,
      origin: "https://ticks.example.com",
      headers: { host: "ticks.example.com" },
    };
    const open = async () => {
      for (;;) {
        const socket = new WebSocket(`wss://127.0.0.1:${port}/?encoding=json`, options);
        const opened = await new Promise<Error | undefined>((resolve) => {
          socket.once("open", () => resolve(undefined));
          socket.once("error", resolve);
        });
        if (opened === undefined) return socket;
        if (!/ECONNREFUSED/.test(String(opened))) throw opened;
      }
    };
    const socket = await open();
    const tick = new Promise<string>((resolve) =>
      socket.on("message", (data) => String(data).includes('"market_data"') && resolve(String(data)))
    );
    socket.send(JSON.stringify({ command: "subscribe", symbols: ["NSE:SBIN-EQ"] }));
    match(await tick, /SBIN-EQ/);

    // Neither of the two is ended by Deno alone.
    const lives = await Promise.all([lifeOf(port, undefined), lifeOf(port, "GET / HTTP/1.1\r\nHost: ")]);
    for (const life of lives) ok(life > 500 && life < 8_000, `${life} ms`);

    // Five of one address, this one among them; the sixth is refused before the proxy hears of it.
    const others = await Promise.all([open(), open(), open(), open()]);
    const refused = new WebSocket(`wss://127.0.0.1:${port}/`, options);
    const why = await new Promise((resolve) => refused.on("error", resolve));
    match(String(why), /503/);
    for (const each of [socket, ...others]) each.terminate();
  },
});
