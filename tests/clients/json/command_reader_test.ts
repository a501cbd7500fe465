import assert from "node:assert/strict";
import fc from "fast-check";
import { readCommand as read } from "../../../lib/clients/json/command_reader.ts";
import { COMMANDS } from "../../../lib/clients/json/commands/commands.ts";
import type { Command } from "../../../lib/clients/json/commands/define_command.ts";
import { type CommandRefusal, isRefusal } from "../../../lib/clients/json/reply.ts";
import { EXCHANGE_TYPES, EXCHANGES } from "../../../lib/market/market.ts";
import { anyText } from "../../any_text.ts";

const readCommand = (text: string) => read(text, COMMANDS);

function command(text: string): Command {
  const read = readCommand(text);
  return isRefusal(read) ? assert.fail(`${text} was refused: ${read.message}`) : read;
}

function refusal(value: unknown): CommandRefusal {
  const read = readCommand(typeof value === "string" ? value : JSON.stringify(value));
  return isRefusal(read) ? read : assert.fail(`understood: ${JSON.stringify(read)}`);
}

/** Names that objects inherit. */
const INHERITED = [
  "__proto__",
  "constructor",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "__defineGetter__",
  "prototype",
];

Deno.test("readCommand() reads every command of the table, with its name and its units", () => {
  for (
    const text of ['{"command":"subscribe","exchange":"nse"}', '{"command":"unsubscribe","exchange":"mcx"}']
  ) {
    assert.equal(command(text).name, JSON.parse(text).command);
    assert.equal(command(text).units(0), 1);
  }
  for (const name of ["list_exchanges", "list_subscriptions", "status", "ping", "configure"]) {
    assert.equal(command(JSON.stringify({ command: name })).name, name);
  }
  const tokens = Array.from({ length: 3_000 }, (_, i) => i);
  assert.equal(command(JSON.stringify({ command: "subscribe", exchange: "nse", tokens })).units(0), 301);
});

Deno.test("readCommand() takes every exchange by its name in any case, and by the broker's number", () => {
  for (const exchange of EXCHANGES) {
    const mixed = exchange[0]!.toUpperCase() + exchange.slice(1);
    for (const given of [exchange, exchange.toUpperCase(), mixed, EXCHANGE_TYPES[exchange]]) {
      assert.equal(command(JSON.stringify({ command: "subscribe", exchange: given })).name, "subscribe");
    }
  }
});

Deno.test("readCommand() takes blanks around the JSON, and refuses a field that it does not know with the nearest one", () => {
  assert.equal(command(' \n{"command":"list_exchanges"}\t').name, "list_exchanges");
  for (
    const [value, said] of [
      [{ command: "subscribe", exchange: "nse", token: ["3045"] }, /"token".*did you mean "tokens"\?/],
      [{ command: "subscribe", exchange: "nse", Symbols: ["SBIN"] }, /"Symbols".*did you mean "symbols"\?/],
      [{ command: "configure", encodng: "json" }, /"encodng".*did you mean "encoding"\?/],
      [{ command: "search", query: "x", limt: 5 }, /"limt".*did you mean "limit"\?/],
      [{ command: "list_exchanges", colour: "green" }, /"colour".*It takes "command", "id"/],
      [{ command: "subscribe", exchange: "nse", modes: "ltp" }, /"modes".*did you mean "mode"\?/],
    ] as const
  ) {
    const { code, message } = refusal(value);
    assert.equal(code, "bad_command");
    assert.match(message, said);
  }
  assert.equal(refusal('{"command":"subscribe","exchange":"nse","__proto__":{"x":1}}').code, "bad_command");
});

Deno.test("readCommand() refuses a misspelt field of any command there is, alone or beside good ones", () => {
  for (const { name, fields } of COMMANDS.values()) {
    for (const field of fields) {
      for (const misspelt of [field.slice(0, -1), `${field}s`, field.toUpperCase(), `${field} `]) {
        if (misspelt === "" || fields.includes(misspelt)) continue;
        for (const good of [{}, { exchange: "nse", tokens: ["3045"] }]) {
          const { code, message } = refusal({ command: name, ...good, [misspelt]: ["3045"] });
          assert.equal(code, "bad_command");
          assert.match(message, /has no field "[^"]+"(?:; did you mean "[^"]+"\?|\.) It takes "command"/);
        }
      }
    }
    assert.match(refusal({ command: name, colour: 1 }).message, /has no field "colour"/);
  }
});

Deno.test("readCommand() knows a command that is misspelt, or stands in a misspelt field", () => {
  assert.match(refusal({ command: "subscirbe" }).message, /did you mean "subscribe"\?/);
  assert.match(refusal({ Command: "ping" }).message, /"command" is missing \(is it "Command"\?\)/);
  assert.match(refusal({ comand: "ping", exchange: "nse" }).message, /\(is it "comand"\?\)/);
  assert.doesNotMatch(refusal({ action: "ping" }).message, /is it/);
});

/** A frame that is no JSON, and what is said to have been seen. */
const NO_JSON: readonly (readonly [string, RegExp])[] = [
  ["", /the frame is empty/],
  [" \n\n", /the frame is empty/],
  ["\ufeff", /the frame is empty/],
  ["{", /breaks off or has a fault/],
  ["[1,", /breaks off or has a fault/],
  ["subscribe nse", /no JSON, it is "subscribe nse"/],
  ["{command:'subscribe'}", /straight double quotes/],
  ["{\u201ccommand\u201d:\u201cping\u201d}", /straight double quotes/],
  ["NaN", /"NaN"/],
  ["\0", /no JSON/],
  ['{"command":"x"}}', /goes on after its JSON, with "}"/],
  ['{"command":"ping"}{"command":"status"}', /goes on after its JSON.*command.*frame of its own/],
  ['{"command":"ping","ts":"}{"}\n{"command":"status"}\n', /goes on after its JSON/],
  [`{"a":1}${"x".repeat(500)}`, /"x{30}…"/],
];

for (const [text, seen] of NO_JSON) {
  Deno.test(`readCommand() says what was seen in ${JSON.stringify(text.slice(0, 40))}`, () => {
    const { code, message } = refusal(text);
    assert.equal(code, "bad_json");
    assert.match(message, /^Invalid JSON format: /);
    assert.match(message, seen);
    assert.ok(message.length < 200, message);
  });
}

/** What is written otherwise than documented, and what it means. */
const FORGIVEN: readonly (readonly [string, Record<string, unknown>])[] = [
  ['\ufeff{"command":"ping"}', { command: "ping" }],
  ['\n{"command":"ping"}\n\n', { command: "ping" }],
  ['{"command":" Subscribe ","exchange":" NSE "}', { command: "subscribe", exchange: "nse" }],
  ['{"command":"subscribe","exchange":"NSE_CM"}', { command: "subscribe", exchange: "nse" }],
  ['{"command":"subscribe","exchange":"1","tokens":"3045"}', {
    command: "subscribe",
    exchange: "nse",
    tokens: ["3045"],
  }],
  ['{"command":"subscribe","exchange":"nse","tokens":[3045," 2885 "]}', {
    command: "subscribe",
    exchange: "nse",
    tokens: ["3045", "2885"],
  }],
  ['{"command":"subscribe","tokens":["nse:3045"]}', { command: "subscribe", tokens: ["nse:3045"] }],
  ['{"command":"subscribe","symbols":"SBIN, TCS","mode":"LTP"}', {
    command: "subscribe",
    symbols: ["SBIN", "TCS"],
    mode: "ltp",
  }],
  ['{"command":"subscribe","symbols":["SBIN"],"mode":3,"id":null}', {
    command: "subscribe",
    symbols: ["SBIN"],
    mode: "snapquote",
  }],
  ['{"command":"subscribe","symbols":[3045],"exchange":"nse","mode":" 2 ","tokens":null}', {
    command: "subscribe",
    symbols: ["3045"],
    exchange: "nse",
    mode: "quote",
  }],
  ['{"command":"unsubscribe","all":"true","exchange":null,"symbols":null}', {
    command: "unsubscribe",
    all: true,
  }],
  ['{"command":"search","query":"nifty","limit":"5","exchange":null}', {
    command: "search",
    query: "nifty",
    limit: 5,
  }],
  ['{"command":"configure","encoding":"JSON","interval":"500"}', {
    command: "configure",
    encoding: "json",
    interval: 500,
  }],
];

for (const [text, meant] of FORGIVEN) {
  Deno.test(`readCommand() reads ${JSON.stringify(text)}`, () => {
    const { name } = command(text);
    assert.equal(name, meant.command);
    const { command: _, ...input } = meant;
    const { command: read, ...given } = COMMANDS.get(name)!.schema.parse({
      ...JSON.parse(text.replace("\ufeff", "")),
      command: name,
    }) as Record<string, unknown>;
    assert.equal(read, name);
    assert.deepEqual(JSON.parse(JSON.stringify(given)), input);
  });
}

for (const value of [null, true, 7, "subscribe", [], [{ command: "subscribe" }]]) {
  Deno.test(`readCommand() refuses the JSON ${JSON.stringify(value)}, and shows what a command looks like`, () => {
    const { code, message } = refusal(JSON.stringify(value));
    assert.equal(code, "bad_command");
    assert.match(message, /"command"/);
  });
}

Deno.test("readCommand() names the commands when there is none", () => {
  for (const value of [{}, { exchange: "nse" }, { Command: "subscribe" }]) {
    const { code, message } = refusal(value);
    assert.equal(code, "unknown_command");
    for (const name of ["subscribe", "unsubscribe", "list_exchanges"]) assert.ok(message.includes(name));
  }
});

Deno.test("readCommand() names an unknown command and the known ones", () => {
  for (
    const given of ["buy", "subscribe nse", "", ...INHERITED, 7, null, true, [], {}, ["subscribe"]]
  ) {
    const { code, message } = refusal({ command: given, exchange: "nse" });
    assert.equal(code, "unknown_command", JSON.stringify(given));
    assert.ok(message.includes(JSON.stringify(given)), message);
    assert.ok(message.includes("list_exchanges"), message);
  }
});

Deno.test("readCommand() names an unknown exchange and the known ones", () => {
  for (const given of ["nasdaq", "", "ns e", "6", "nse,mcx", ...INHERITED, 0, 6, 8, -1, 1.5, 1e21]) {
    for (const name of ["subscribe", "unsubscribe"]) {
      const { code, message } = refusal({ command: name, exchange: given });
      assert.equal(code, "unknown_exchange", JSON.stringify(given));
      assert.ok(message.includes(JSON.stringify(given)), message);
      for (const exchange of EXCHANGES) assert.ok(message.includes(exchange), message);
    }
  }
});

Deno.test("readCommand() refuses an exchange that is missing or of a wrong type, and names the known ones", () => {
  for (const value of [{}, { exchange: null }, { exchange: true }, { exchange: ["nse"] }, { exchange: {} }]) {
    const { code, message } = refusal({ command: "subscribe", ...value });
    assert.equal(code, "unknown_exchange");
    assert.ok(message.includes('"exchange"') && message.includes("ncdex"), message);
  }
  assert.equal(refusal('{"command":"subscribe","exchange":1e999}').code, "unknown_exchange");
});

Deno.test("readCommand() gives the id back, in a command as in a refusal", () => {
  for (const id of ["a", "", "x".repeat(100), 0, -1, 1.5, 12345678901]) {
    assert.equal(command(JSON.stringify({ command: "list_exchanges", id })).id, id);
    for (
      const value of [{ id }, { id, command: "buy" }, { id, command: "subscribe" }, {
        id,
        command: "subscribe",
        exchange: "x",
      }]
    ) assert.equal(refusal(value).id, id);
  }
});

Deno.test("readCommand() refuses an id that is no name or number, or a long one, and does not repeat it", () => {
  for (const id of [true, [], {}, { toString: 1 }, "x".repeat(101)]) {
    const { code, message, ...rest } = refusal({ command: "list_exchanges", id });
    assert.equal(code, "bad_command");
    assert.match(message, /"id"/);
    assert.deepEqual(rest, {});
    assert.ok(!("id" in refusal({ command: "buy", id })));
  }
});

Deno.test("readCommand() repeats only the beginning of what it was given", () => {
  const long = "x".repeat(60_000);
  assert.ok(refusal({ command: long }).message.length < 300);
  assert.ok(refusal({ command: "subscribe", exchange: long }).message.length < 400);
  assert.ok(refusal({ command: [long, long] }).message.length < 300);
});

for (
  const [what, text] of [
    ["the whole", `${"[".repeat(30_000)}${"]".repeat(30_000)}`],
    ["the command", `{"command":${"[".repeat(30_000)}${"]".repeat(30_000)}}`],
    ["objects in the command", `{"command":${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}}`],
    ["the exchange", `{"command":"subscribe","exchange":${"[".repeat(30_000)}${"]".repeat(30_000)}}`],
    ["the id", `{"command":"list_exchanges","id":${"[".repeat(30_000)}${"]".repeat(30_000)}}`],
    ["a field nobody knows", `{"command":"buy","x":${"[".repeat(30_000)}${"]".repeat(30_000)}}`],
  ]
) {
  Deno.test(`readCommand() refuses deep nesting in ${what}`, () => {
    const { code, message } = refusal(text);
    assert.match(code, /^(bad_command|unknown_command|unknown_exchange)$/);
    assert.ok(message.length < 400);
  });
}

Deno.test("readCommand() leaves prototypes alone", () => {
  refusal('{"__proto__":{"command":"list_exchanges"}}');
  refusal('{"constructor":{"prototype":{"command":"list_exchanges"}}}');
  assert.equal(({} as { command?: unknown }).command, undefined);
});

Deno.test("readCommand() is total: any text and any JSON give a command or a refusal", () => {
  const codes = new Set(["bad_json", "bad_command", "unknown_command", "unknown_exchange"]);
  const word = fc.oneof(
    fc.constantFrom("subscribe", "unsubscribe", "list_exchanges", "nse", "NFO", 1, 13, ...INHERITED),
    fc.jsonValue(),
  );
  const text = fc.oneof(
    anyText(),
    fc.json(),
    fc.record({ command: word, exchange: word, id: word }, { requiredKeys: [] }).map((value) =>
      JSON.stringify(value)
    ),
  );
  fc.assert(
    fc.property(text, (text) => {
      const read = readCommand(text);
      if (!isRefusal(read)) return void assert.match(read.name, /^(un)?subscribe$|^list_exchanges$/);
      assert.ok(codes.has(read.code), read.code);
      assert.ok(read.message.length > 0 && read.message.length < 500, read.message);
    }),
    { numRuns: 3_000 },
  );
});
