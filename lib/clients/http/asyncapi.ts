import { z } from "zod";
import { COMMANDS, REPLAY_COMMANDS } from "../json/commands/commands.ts";
import type { CommandEntry } from "../json/commands/define_command.ts";
import { candle, candleData } from "../json/schemas/candles.ts";
import { chain, chainChange } from "../json/schemas/chain.ts";
import { level } from "../json/schemas/fields.ts";
import { address, info, marketData, system, tick } from "../json/schemas/messages.ts";
import { clock, end } from "../json/schemas/replay.ts";
import { pong, progress, reply, row } from "../json/schemas/replies.ts";
import { descriptionRoute } from "./description.ts";
import { jsonSchemas } from "./json_schemas.ts";
import type { HttpRoute } from "./route.ts";

/** Schemas that have a name in the description. */
const NAMED = {
  Level: level,
  Tick: tick,
  Info: info,
  Clock: clock,
  End: end,
  MarketData: marketData,
  Candle: candle,
  CandleData: candleData,
  Progress: progress,
  System: system,
  Chain: chain,
  ChainChange: chainChange,
  Row: row,
  Reply: reply,
  Pong: pong,
};

/** What the proxy sends without having been asked. */
const TOLD = {
  info: { schema: info, summary: "The first message of a connection" },
  market_data: { schema: marketData, summary: "Ticks" },
  candle_data: { schema: candleData, summary: "Candles, asked for or subscribed" },
  progress: { schema: progress, summary: "How far a command is that takes long" },
  system: { schema: system, summary: "What happens to the feed, the markets and the proxy" },
  clock: { schema: clock, summary: "The time of a replayed market, at each of its seconds" },
  end: { schema: end, summary: "A replay has come to its end" },
  chain: { schema: chainChange, summary: "What changes in an option chain that was subscribed" },
};

/** What it answers. */
const ANSWERS = {
  reply: { schema: reply, summary: "The answer to a command" },
  pong: { schema: pong, summary: "The answer to ping" },
};

type Message = { readonly schema: z.ZodType; readonly summary: string };

/** Describes the JSON wire, for programs that make clients of it. */
export function asyncApiRoute(version: string): HttpRoute {
  const about = { path: "/asyncapi.json", summary: "The messages of the WebSocket: AsyncAPI 3" };
  return descriptionRoute(about, () => asyncApi(version));
}

/** The description of the JSON wire, made from the schemas by which it reads its commands. */
export function asyncApi(version: string): Record<string, unknown> {
  const schemas = jsonSchemas(NAMED);
  const commands = [...REPLAY_COMMANDS.values()];
  const messages: Record<string, Message> = {
    ...TOLD,
    ...ANSWERS,
    ...Object.fromEntries(commands.map((command) => [command.name, messageOf(command)])),
  };
  return {
    asyncapi: "3.0.0",
    info: {
      title: "SmartAPI WebSocket proxy",
      version,
      description:
        "Market data of one Angel One SmartAPI login. All frames are text, one JSON value each, but for the " +
        "ticks of a client that chose `binary`. Times are ms since 1970, prices rupees (points for indices).",
      license: { name: "MIT" },
    },
    defaultContentType: "application/json",
    servers: {
      proxy: {
        host: "localhost:{port}",
        protocol: "ws",
        variables: { port: { default: "8765" } },
        // Needed only where the owner has set access tokens; the command authenticate takes one as well.
        security: [
          { type: "http", scheme: "bearer" },
          { type: "httpApiKey", in: "query", name: "token" },
        ],
      },
    },
    channels: {
      client: {
        address: "/",
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: { ws: { method: "GET", query: schemas.of(address) } },
      },
    },
    operations: {
      tell: operation("send", Object.keys(TOLD)),
      ...Object.fromEntries(commands.map(({ name }) => [name, {
        ...operation("receive", [name]),
        reply: operation(undefined, [name === "ping" ? "pong" : "reply"]),
      }])),
    },
    components: {
      messages: Object.fromEntries(
        Object.entries(messages).map(([name, { schema, summary }]) => [
          name,
          { name, summary, payload: schemas.of(schema) },
        ]),
      ),
      schemas: schemas.named,
    },
  };
}

/** Of the proxy: it receives commands, and sends everything else. */
function operation(action: "send" | "receive" | undefined, messages: readonly string[]) {
  return {
    ...action === undefined ? {} : { action },
    channel: { $ref: "#/channels/client" },
    messages: messages.map((name) => ({ $ref: `#/channels/client/messages/${name}` })),
  };
}

function messageOf({ name, schema }: CommandEntry): Message {
  return { schema, summary: `The command ${name}${COMMANDS.has(name) ? "" : ", of a replay"}` };
}
