import asyncApiSchema from "@asyncapi/specs/schemas/3.0.0-without-$id.json" with { type: "json" };
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { COMMANDS, REPLAY_COMMANDS } from "../../../lib/clients/json/commands/commands.ts";
import { chainChange } from "../../../lib/clients/json/schemas/chain.ts";
import { info, marketData, system } from "../../../lib/clients/json/schemas/messages.ts";
import { pong, reply } from "../../../lib/clients/json/schemas/replies.ts";
import { DEFAULT_LIMITS } from "../../../lib/config/limits.ts";
import { ltpTick, snapQuoteTick } from "../../ticks.ts";
import { Stage } from "../stage.ts";
import { askJson, type Body } from "./ask.ts";
import { instruments } from "./instruments.ts";

async function describe(): Promise<Body> {
  const { http, ...document } = await askJson(new Stage({ instruments }), "/asyncapi.json");
  equal(http, 200);
  return document;
}

Deno.test("/asyncapi.json is AsyncAPI 3, and describes every command", async () => {
  const document = await describe();
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(asyncApiSchema);
  const valid: boolean = validate(document);
  ok(valid, JSON.stringify(validate.errors));
  const broken = structuredClone(document);
  broken.operations.tell.action = "shout";
  ok(!validate(broken));
  deepEqual([document.asyncapi, document.info.version], ["3.0.0", "1.2.3"]);
  deepEqual(Object.keys(document.operations), ["tell", ...REPLAY_COMMANDS.keys()]);
});

Deno.test("every reference in it leads somewhere", async () => {
  const document = await describe();
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)];
  ok(references.length > 30);
  for (const [, path] of references) {
    const found = path!.split("/").reduce((part: Body | undefined, name) => part?.[name], document);
    ok(found !== undefined, path!);
  }
});

/** Commands that are right, and those that are wrong in what a schema can say. */
const RIGHT: readonly Body[] = [
  { command: "subscribe", exchange: "nse" },
  { command: "subscribe", exchange: 1, tokens: ["3045", 2885], mode: "quote", id: 1 },
  { command: "subscribe", symbols: ["SBIN"], id: "a" },
  { command: "subscribe", chain: { underlying: "NIFTY", expiry: "2026-12-29", strikes: 5 }, mode: "quote" },
  { command: "unsubscribe", chain: { underlying: "NIFTY" } },
  { command: "unsubscribe", all: true },
  { command: "configure", encoding: "json", interval: 500, fields: ["last_traded_price"] },
  { command: "configure", fields: null },
  { command: "list_exchanges" },
  { command: "list_subscriptions" },
  { command: "search", query: "nifty", limit: 5 },
  { command: "candles", symbols: ["SBIN"], interval: "5m", from: 1_795_149_000_000, to: "2026-11-20 15:30" },
  { command: "clients" },
  { command: "disconnect", number: 1 },
  { command: "overview", after: 12 },
  { command: "status" },
  { command: "ping", ts: { any: 1 } },
  { command: "authenticate", token: "t" },
];

const WRONG: readonly Body[] = [
  { command: "subscribe", symbol: ["SBIN"] },
  { command: "subscribe", symbols: [], mode: "ltp" },
  { command: "subscribe", symbols: ["SBIN"], mode: "full" },
  { command: "subscribe", chain: { underlying: "NIFTY", strikes: 101 } },
  { command: "subscribe", chain: { underlying: "NIFTY", strike: 5 } },
  { command: "configure", interval: 61_000 },
  { command: "configure", encoding: "zip" },
  { command: "candles", symbols: ["SBIN"], interval: "2m" },
  { command: "candles", symbols: ["SBIN"], since: "today" },
  { command: "cancel" },
  { command: "search" },
  { command: "disconnect" },
  { command: "disconnect", number: 0 },
  { command: "overview", after: -1 },
  { command: "search", query: "a", limit: 1_000 },
  { command: "status", id: {} },
];

Deno.test("a command is described as it is read", async () => {
  const document = await describe();
  const ajv = new Ajv2020({ strict: false });
  const stage = new Stage({ instruments });
  // The one that `disconnect` closes.
  stage.connect();
  // What there is to cancel is with the tests of candles.
  deepEqual(new Set([...RIGHT.map(({ command }) => command), "cancel"]), new Set(COMMANDS.keys()));
  for (const [commands, isRight] of [[RIGHT, true], [WRONG, false]] as const) {
    for (const command of commands) {
      const { payload } = document.components.messages[command.command];
      const text = JSON.stringify(command);
      equal(ajv.validate(payload, command), isRight, text);
      const { socket, client } = stage.connect();
      client.received(text);
      await stage.drain();
      const answer = JSON.parse(socket.frames.find((frame) => !frame.includes('"type":"info"'))!);
      equal(answer.status !== "error", isRight, `${text} ${JSON.stringify(answer)}`);
      client.gone();
      await stage.pass();
    }
  }
});

Deno.test("every field of every message that is sent is described", async () => {
  const stage = new Stage({ instruments, limits: { ...DEFAULT_LIMITS, commandsPerSecond: 1_000 } });
  const { socket, client, send } = stage.connect("encoding=json");
  for (const command of [...RIGHT, ...WRONG]) send(command);
  send({ command: "subscribe", symbols: ["SBIN", "RELIANCE", "RELIANC"], mode: "snapquote" });
  send({ command: "configure", encoding: "json", interval: 0, fields: null });
  send({ command: "subscribe", chain: { underlying: "NIFTY" } });
  await stage.pass();
  const times = () => ({ receivedAt: stage.clock.now(), exchangeTime: stage.clock.now() });
  stage.upstream.tick(
    snapQuoteTick("nse:3045", 800, { ...times(), bids: [{ price: 799.5, quantity: 10, orders: 2 }] }),
  );
  stage.upstream.tick(ltpTick("nse:99926000", 24_800, times()));
  await stage.pass();
  send({ command: "subscribe", symbols: ["SBIN"] });
  send({ command: "list_subscriptions" });
  send({ command: "configure", fields: ["received_at", "sent_at"] });
  await stage.pass();
  stage.upstream.tick(ltpTick("nse:3045", 801, times()));
  await stage.pass();
  const cause = { kind: "network", message: "gone" };
  stage.upstream.event({ kind: "down", since: stage.clock.now(), cause, keys: ["nse:3045"] });
  stage.upstream.event({ kind: "silent", since: stage.clock.now(), cause, keys: ["nse:3045"] });
  stage.upstream.event({ kind: "up", from: 1, to: 2, keys: ["nse:3045"] });
  stage.pipeline.marketData.reject("a test", new Uint8Array(), "nse:3045");
  const change = { key: "nse:3045", from: "A", to: "B" } as const;
  stage.gateway.announce({ kind: "renamed", keys: ["nse:3045"], changes: [change] });
  stage.gateway.announce({ kind: "replaced", keys: ["nse:3045"], changes: [change] });
  send({ command: "list_subscriptions" });
  stage.gateway.announce({ kind: "phase", exchange: "nse", phase: "open", day: "a day" });
  await stage.pass();
  stage.gateway.shutdown();
  client.gone();
  const schemas = {
    info,
    market_data: marketData,
    system,
    chain: chainChange,
    pong,
  };
  const seen = new Set<string>();
  for (const frame of socket.frames) {
    const message = JSON.parse(frame);
    seen.add(message.type ?? message.status);
    const schema = schemas[message.type as keyof typeof schemas] ?? reply;
    // A schema drops what it does not know.
    deepEqual(schema.parse(message), message);
  }
  deepEqual(
    seen,
    new Set(["info", "market_data", "system", "chain", "pong", "success", "partial", "error"]),
  );
});
