import assert from "node:assert/strict";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import { DEFAULT_LIMITS } from "../../lib/config/limits.ts";
import { createPacketDecoder, PacketRefusal } from "../../lib/smartapi/packet.ts";
import { FakeClock } from "../fakes.ts";
import { Rig } from "./rig.ts";

const TOKEN = "phone-secret-0123456789";

/** What a handshake is answered: its status, and what the broker's clients read of a refusal. */
async function handshake(rig: Rig, path: string, headers: Record<string, string> = {}) {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: rig.proxy.port });
  const lines = Object.entries({
    host: `127.0.0.1:${rig.proxy.port}`,
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  await connection.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`));
  const buffer = new Uint8Array(4_096);
  let text: string | undefined;
  const read = connection.read(buffer).then((length) =>
    text = new TextDecoder().decode(buffer.subarray(0, length ?? 0))
  );
  await rig.until(() => text !== undefined);
  await read;
  connection.close();
  return { status: Number(text!.slice(9, 12)), error: /^x-error-message: (.*)\r$/im.exec(text!)?.[1] };
}

Deno.test("an access token is taken wherever the broker's clients have one of theirs", async () => {
  const clock = new FakeClock();
  const access = new AccessList(
    clock,
    readTokens(JSON.stringify([{ name: "phone", sha256: digestOf(TOKEN) }])),
  );
  await using rig = await Rig.start({ clock, proxy: { access } });
  const status = async (path: string, headers: Record<string, string> = {}) =>
    (await handshake(rig, `/smart-stream${path}`, headers)).status;
  assert.equal(
    await status("", { "x-feed-token": TOKEN, authorization: "Bearer other", "x-api-key": "k" }),
    101,
  );
  assert.equal(await status(`?clientCode=A1&feedToken=${TOKEN}&apiKey=k`), 101);
  assert.equal(await status("", { authorization: `Bearer ${TOKEN}` }), 101);
  assert.equal(await status("", { authorization: TOKEN }), 101);
  assert.equal(await status("", { "x-api-key": TOKEN }), 101);
  assert.equal(await status(`?apiKey=${TOKEN}`), 101);
  const refused = { status: 401, error: "Invalid Header - Invalid Feed Token" };
  assert.deepEqual(await handshake(rig, "/smart-stream"), refused);
  assert.deepEqual(await handshake(rig, "/smart-stream", { "x-feed-token": "wrong" }), refused);
});

Deno.test("one client too many reads the broker's words for it", async () => {
  await using rig = await Rig.start({ proxy: { limits: { ...DEFAULT_LIMITS, clientsPerAddress: 0 } } });
  assert.deepEqual(await handshake(rig, "/smart-stream"), {
    status: 429,
    error: "Invalid Request. Connection Limit Exceeded.",
  });
});

Deno.test("packets of the simulator arrive in each mode, and the heartbeat is answered", async () => {
  await using rig = await Rig.start();
  const socket = new WebSocket(`ws://127.0.0.1:${rig.proxy.port}/smart-stream?feedToken=any`);
  socket.binaryType = "arraybuffer";
  const packets: Uint8Array[] = [];
  const texts: string[] = [];
  socket.onmessage = ({ data }) =>
    typeof data === "string" ? texts.push(data) : packets.push(new Uint8Array(data));
  await rig.until(() => socket.readyState === WebSocket.OPEN);
  socket.send("ping");
  for (const mode of [1, 2, 3]) {
    const params = { mode, tokenList: [{ exchangeType: 1, tokens: ["3045"] }] };
    socket.send(JSON.stringify({ correlationID: "abc", action: 1, params }));
  }
  const modes = () => new Set(packets.map(([mode]) => mode));
  await rig.until(() => modes().size === 3);
  assert.deepEqual(texts, ["pong"]);
  const decode = createPacketDecoder();
  for (const packet of packets) assert.ok(!(decode(packet, 0) instanceof PacketRefusal));
  const closed = Promise.withResolvers<void>();
  socket.onclose = () => closed.resolve();
  socket.close();
  await closed.promise;
});
