import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { builtInCatalog } from "./instruments/catalog_of.ts";
import { DEFAULT_LIMITS } from "../lib/config/limits.ts";
import { findPython, fits, pageOf, run, tenTicks, values, words } from "./documented.ts";
import { replayCompleted, replayRefused, systemMessage } from "../lib/clients/json/system_messages.ts";
import { AT } from "../lib/smartapi/packet_layout.ts";
import { Rig } from "./proxy/rig.ts";
import type { Message, TestClient } from "./proxy/test_client.ts";

const ROOT = new URL("../", import.meta.url);
const { blocks, table } = pageOf("protocol.md");

/** Every word of the documented that says which of several answers it is. */
function says(real: Message, documented: Message): void {
  for (const name of ["type", "status", "code", "id"]) {
    equal(real[name], documented[name], JSON.stringify(real));
  }
}

async function ask(rig: Rig, client: TestClient, command: unknown): Promise<Message> {
  const count = client.messages.length;
  client.send(command);
  let answer: Message | undefined;
  await rig.until(() => {
    answer = client.messages.slice(count).find(({ type }) => type === undefined || type === "pong");
    return answer !== undefined;
  });
  return answer!;
}

Deno.test("the commands of the doc's blocks are answered as it says", async () => {
  await using rig = await Rig.start();
  const warm = await rig.connect();
  warm.send({ command: "subscribe", exchange: "mcx" });
  await rig.until(() => warm.ticks.length > 5);
  let asked = 0;
  for (const block of blocks("json").map(values)) {
    const client = await rig.connect();
    for (let i = 0; i < block.length; i++) {
      if (block[i]!.command === undefined) continue;
      if (block[i]!.command === "list_subscriptions") await rig.until(() => client.ticks.length > 5);
      const [answer, documented] = [await ask(rig, client, block[i]), block[i + 1]];
      says(answer, documented!);
      fits(answer, documented);
      asked++;
    }
    await client.close();
    await rig.pass(100);
  }
  equal(asked, 15);
});

Deno.test("the commands of the doc's first table are answered as it says", async () => {
  await using rig = await Rig.start();
  const client = await rig.connect();
  const rows = table(/^\| send /);
  for (const row of rows) {
    const [command, documented] = row.map((cell) => JSON.parse(words(cell)[0]!));
    const answer = await ask(rig, client, command);
    fits(answer, documented);
    equal(answer.message, documented.message);
  }
  equal(rows.length, 3);
});

Deno.test("every command has its row", async () => {
  await using rig = await Rig.start();
  const client = await rig.connect();
  const { message } = await ask(rig, client, { command: "all" });
  const known = message.split("known: ")[1].split(", ");
  const documented = [/^\| command /, /^\| send /].flatMap((heading) =>
    table(heading).map(([cell]) => words(cell!)[0]).map((word) =>
      word!.startsWith("{") ? JSON.parse(word!).command : word
    )
  );
  deepEqual(new Set(documented), new Set(known));
});

Deno.test("the first message, the data messages and their ticks are as the doc says", async () => {
  await using rig = await Rig.start();
  const plain = await rig.connect("/?encoding=json&interval=0");
  const small = await rig.connect();
  for (const client of [plain, small]) {
    client.send({ command: "subscribe", exchange: "nse", mode: "snapquote" });
  }
  await rig.until(() => [plain, small].every(({ ticks }) => ticks.some(({ bids }) => bids?.length > 0)));
  const documented = blocks("json").flatMap(values);
  const of = (type: string) => documented.filter((each) => each.type === type);
  fits(plain.messages[0], of("info")[0]);
  const [stamped, compressed, uncompressed] = of("market_data");
  const unmarked = (batch: Message) => !batch.snapshot && !batch.conflated;
  fits(small.batches.find((batch) => batch.compressed && unmarked(batch)), compressed);
  fits(plain.batches.find(unmarked), uncompressed);
  const asked = ["last_traded_price", "exchange_timestamp", "received_at", "sent_at"];
  plain.send({ command: "configure", fields: asked });
  const stampedBatch = () => plain.batches.find((batch) => batch.sent_at !== undefined && unmarked(batch));
  await rig.until(() => stampedBatch() !== undefined);
  fits(stampedBatch(), stamped);
  const tick = documented.find((each) => "last_traded_price" in each)!;
  const rows = table(/^\| mode .*adds/).map(([mode, adds]) => [words(mode!)[0], words(adds!)] as const);
  const [quote, snapquote] = [rows[1]![1], rows[2]![1]];
  const whole = plain.ticks.find(({ bids, last_traded_quantity }) =>
    bids?.length > 0 && last_traded_quantity
  )!;
  const levels = ["price", "quantity", "orders"];
  deepEqual(snapquote.slice(-3), levels);
  deepEqual(
    new Set(Object.keys(whole).filter((name) => name !== "freshness")),
    new Set(
      [...Object.keys(tick), ...quote, ...snapquote.slice(0, -3)].filter((name) =>
        name in whole || !optional(name)
      ),
    ),
  );
  deepEqual(Object.keys(whole.bids[0]), levels);
  await Promise.all([plain.close(), small.close()]);
});

/** Not every instrument has these. */
function optional(name: string): boolean {
  return ["open_interest", "average_traded_price"].includes(name);
}

Deno.test("each of the doc's error codes is what its mistake is answered with", async () => {
  const many = Array.from(
    { length: 1_000 },
    (_, i) => ({ exchange: "nse" as const, token: `${i + 1}`, symbol: `S${i}` }),
  );
  await using rig = await Rig.start({
    proxy: { instruments: builtInCatalog(many), limits: { ...DEFAULT_LIMITS, subscriptions: 2_000 } },
  });
  const client = await rig.connect();
  const mistakes: Record<string, unknown> = {
    bad_command: [],
    unknown_command: {},
    unknown_exchange: { command: "subscribe", exchange: "bse" },
    unknown_instrument: { command: "subscribe", symbols: ["nobody"] },
    unknown_client: { command: "disconnect", number: 404 },
    not_recorded: { command: "subscribe", symbols: ["S1"], from: "-5m" },
    budget_exhausted: { command: "subscribe", exchange: "nse", tokens: many.map(({ token }) => token) },
  };
  const codes = table(/^\| `code` /).map(([code]) => words(code!)[0]);
  // Those of names are in clients/instrument_selection_test.ts, those of chains in clients/chains/, those of tokens and
  // limits in access_test.ts and limits_test.ts, `cancelled` in clients/json/candles_test.ts, that of rewinds in
  // replay/rewind_test.ts; the last one is a mistake of ours.
  const names = ["ambiguous_instrument", "expired_instrument", "underlying_instrument"];
  const chains = ["no_options", "unknown_expiry"];
  const others = [
    "not_allowed",
    "too_many_instruments",
    "rate_limited",
    "cancelled",
    "rewinding",
    "internal",
  ];
  deepEqual(new Set(codes), new Set(["bad_json", ...Object.keys(mistakes), ...names, ...chains, ...others]));
  client.sendRaw("not JSON");
  await rig.until(() => client.answers.length === 1);
  equal(client.answers[0]!.code, "bad_json");
  for (const [code, mistake] of Object.entries(mistakes)) equal((await ask(rig, client, mistake)).code, code);
});

Deno.test("each of the doc's news has the fields it says", async () => {
  const keys = ["nse:1"] as const;
  const cause = { kind: "network", message: "gone" } as const;
  const real: Message[] = [
    systemMessage({ kind: "down", since: 1, cause, keys }, keys),
    systemMessage({ kind: "silent", since: 1, cause, keys }, keys),
    systemMessage({ kind: "up", from: 1, to: 2, keys }, keys),
    systemMessage({ kind: "refused", since: 1, cause }),
    systemMessage({ kind: "subscription_refused", code: "E1002", message: "no", keys }, keys),
    systemMessage({ kind: "phase", exchange: "nse", phase: "open", day: "a day" }),
    systemMessage({ kind: "stale", exchange: "nse", since: 1 }),
    systemMessage({ kind: "price", keys, reason: "time_ahead", mode: "ltp" }, keys),
    ...(["expired", "replaced", "renamed"] as const).map((kind) =>
      systemMessage({ kind, keys, changes: [{ key: keys[0], from: "A", to: "B" }] }, keys)
    ),
    systemMessage({ kind: "restart" }),
    replayCompleted({ from: 1, to: 4, keys, gaps: [{ from: 2, to: 3 }] }),
    replayRefused("there is none"),
  ].map((message) => JSON.parse(JSON.stringify(message)));
  await using rig = await Rig.start();
  const client = await rig.connect();
  await rig.stop();
  real.push(client.messages.find(({ status }) => status === "shutdown")!);
  fits(real.at(-1), blocks("json").flatMap(values).find(({ status }) => status === "shutdown"));
  const rows = table(/^\| `status` .*fields/);
  for (const message of real) {
    const row = rows.find(([status]) => words(status!).includes(message.status));
    ok(row !== undefined, message.status);
    const { type, status: _, message: words_, ...fields } = message;
    equal(type, "system");
    ok(words_.length > 0);
    deepEqual(new Set(Object.keys(fields)), new Set(words(row[2]!)), message.status);
  }
  // `conflated` and `waited` are with the outbox; the two rows of `fresh` are with their counterparts.
  equal(rows.length, real.length + 2);
});

Deno.test("the binary layout is the one the decoder reads", () => {
  const rows = table(/^\| bytes /).map(([bytes]) => bytes);
  const starts = rows.flatMap((cell) => cell!.split(", ").map((part) => Number(part.split("–")[0])));
  const inGroups = new Set<number>([
    AT.high,
    AT.low,
    AT.close,
    AT.asks,
    AT.lowerCircuit,
    AT.week52High,
    AT.week52Low,
  ]);
  deepEqual(starts, Object.values(AT).filter((at) => !inGroups.has(at)).sort((a, b) => a - b));
});

Deno.test("the doc's function unpacks a message", async () => {
  const source = blocks("js").find((text) => text.includes("function ticksOf"))!;
  const { ticksOf } = await import(
    `data:text/javascript,${encodeURIComponent(`${source}export { ticksOf };`)}`
  );
  const data = [{ token: "1" }];
  deepEqual(await ticksOf({ compressed: false, data }), data);
  const packed = gzipSync(JSON.stringify(data)).toString("base64");
  deepEqual(await ticksOf({ compressed: true, data: packed }), data);
});

Deno.test("the doc's first program runs", async () => {
  await using rig = await Rig.start();
  const source = blocks("js")[0]!.replace("localhost:8765", `127.0.0.1:${rig.proxy.port}`);
  ok(source.includes(`${rig.proxy.port}`));
  await run(rig, Deno.execPath(), ["eval", "--ext=js", source], (out) => out.includes("market_data"));
});

const python = await findPython("websockets");
if (python === undefined) {
  console.warn(
    "SKIPPED, the Python example of docs/protocol.md is not run: no python3 has the module websockets",
  );
}

Deno.test("the doc shows the Python example", () => {
  deepEqual(blocks("python"), [Deno.readTextFileSync(new URL("docs/examples/ticks.py", ROOT))]);
});

Deno.test({
  name: "the Python example runs",
  ignore: python === undefined,
  async fn() {
    await using rig = await Rig.start();
    const path = new URL("docs/examples/ticks.py", ROOT).pathname;
    tenTicks(await run(rig, python!, [path, `ws://127.0.0.1:${rig.proxy.port}`]));
  },
});
