/**
 * Node and `ws`: one JSON frame per tick per client, made once, sent to each that wants it. With `packets`, the broker's
 * packet as it came, to all.
 *
 *     MODULES=<folder with node_modules>/ node node_ws.mjs [packets] < UPSTREAMS      (see world.ts)
 */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import process from "node:process";
import { tickJson } from "./packet.mjs";

const { WebSocket, WebSocketServer } = createRequire(process.env.MODULES)("ws");

/** Clients by token; under "" those who want everything. */
const wanting = new Map();

/** Without a bound the process runs out of memory at the rates where it falls behind; what is over it is lost. */
const MAX_BUFFERED = 1_000_000;

function sendTo(client, message) {
  if (client.bufferedAmount < MAX_BUFFERED) client.send(message);
}

const PACKETS = process.argv[2] === "packets";

const wantsOf = (text) => JSON.parse(text).tokens ?? [""];

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("listening", () => console.log(`listening on 127.0.0.1:${server.address().port}`));
server.on("connection", (client) => {
  let wants = [];
  client.on("message", (text) => {
    wants = wantsOf(text);
    for (const token of wants) wanting.set(token, (wanting.get(token) ?? new Set()).add(client));
  });
  client.on("error", () => {});
  client.on("close", () => {
    for (const token of wants) wanting.get(token).delete(client);
  });
});

const lines = readFileSync(0, "utf8").trim().split("\n");
for (let i = 0; i < lines.length; i += 2) {
  const [url, subscribe] = lines.slice(i, i + 2);
  const upstream = new WebSocket(url, { perMessageDeflate: false });
  upstream.on("open", () => upstream.send(subscribe));
  upstream.on("message", (packet) => {
    if (PACKETS) {
      for (const client of wanting.get("") ?? []) sendTo(client, packet);
      return;
    }
    const { token, json } = tickJson(packet);
    for (const client of wanting.get("") ?? []) sendTo(client, json);
    for (const client of wanting.get(token) ?? []) sendTo(client, json);
  });
}
