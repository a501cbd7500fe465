/**
 * Bun's own publishing: one JSON frame per tick, made once, given to the server once for all who want it. With
 * `packets`, the broker's packet as it came, to all.
 *
 *     bun bun_publish.ts [packets] < UPSTREAMS      (see world.ts)
 */
// @ts-nocheck: Bun's types are no part of this project.
import { tickJson } from "./packet.mjs";

const PACKETS = process.argv[2] === "packets";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, server) => server.upgrade(request) ? undefined : new Response("a WebSocket, please"),
  websocket: {
    message(client, text) {
      const { tokens } = JSON.parse(text);
      for (const topic of tokens ?? ["all"]) client.subscribe(topic);
    },
  },
});
console.log(`listening on 127.0.0.1:${server.port}`);

const lines = (await Bun.stdin.text()).trim().split("\n");
for (let i = 0; i < lines.length; i += 2) {
  const [url, subscribe] = lines.slice(i, i + 2);
  const upstream = new WebSocket(url);
  upstream.binaryType = "arraybuffer";
  upstream.onopen = () => upstream.send(subscribe);
  upstream.onmessage = ({ data }) => {
    if (PACKETS) {
      server.publish("all", data);
      return;
    }
    const { token, json } = tickJson(new Uint8Array(data));
    server.publish("all", json);
    server.publish(token, json);
  };
}
