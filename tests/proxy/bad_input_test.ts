import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { Rig } from "./rig.ts";

const NESTED = '{"command":'.repeat(2_000) + '"x"' + "}".repeat(2_000);

/** What a client may send by mistake or by malice, and the code it is answered with. */
const BAD: readonly (readonly [what: string, frame: string | Uint8Array<ArrayBuffer>, code: string])[] = [
  ["nothing", "", "bad_json"],
  ["no JSON", "subscribe nse", "bad_json"],
  ["half JSON", '{"command":"subscribe"', "bad_json"],
  ["a number", "42", "bad_command"],
  ["null", "null", "bad_command"],
  ["an array", '["subscribe","nse"]', "bad_command"],
  ["no command", '{"exchange":"nse"}', "unknown_command"],
  ["a command that is a number", '{"command":1}', "unknown_command"],
  ["an unknown command", '{"command":"buy","exchange":"nse"}', "unknown_command"],
  ["__proto__ as the command", '{"command":"__proto__"}', "unknown_command"],
  ["constructor as the command", '{"command":"constructor"}', "unknown_command"],
  ["toString as the command", '{"command":"toString"}', "unknown_command"],
  ["no exchange", '{"command":"subscribe"}', "unknown_exchange"],
  ["an unknown exchange", '{"command":"subscribe","exchange":"nyse"}', "unknown_exchange"],
  ["__proto__ as the exchange", '{"command":"subscribe","exchange":"__proto__"}', "unknown_exchange"],
  ["an object as the exchange", '{"command":"subscribe","exchange":{"a":1}}', "unknown_exchange"],
  ["an unknown exchange number", '{"command":"subscribe","exchange":99}', "unknown_exchange"],
  ["an exchange without a watch list", '{"command":"subscribe","exchange":"bse"}', "unknown_exchange"],
  ["an id that is an object", '{"command":"list_exchanges","id":{}}', "bad_command"],
  ["deep nesting", NESTED, "unknown_command"],
  ["a prototype to be poisoned", '{"__proto__":{"exchange":"nse"},"command":"subscribe"}', "bad_command"],
  ["a misspelt field", '{"command":"subscribe","exchange":"nse","token":["3045"]}', "bad_command"],
  ["a binary frame", new Uint8Array([1, 2, 3]), "bad_json"],
];

Deno.test("bad input is answered with its code, and disturbs neither the client nor another one", async () => {
  await using rig = await Rig.start();
  const good = await rig.connect();
  good.send({ command: "subscribe", exchange: "nse" });
  const bad = await rig.connect();
  for (const [, frame] of BAD) bad.sendRaw(frame);
  await rig.until(() => bad.answers.length === BAD.length && good.ticks.length > 50);
  deepEqual(
    bad.answers.map(({ status, code }, i) => [BAD[i]![0], status, code]),
    BAD.map(([what, , code]) => [what, "error", code]),
  );
  for (const { message } of bad.answers) ok(message.length > 10 && message.length < 400, message);
  bad.send({ command: "subscribe", exchange: "nse", id: "last" });
  await rig.until(() => bad.ticks.length > 10);
  equal(bad.answers.at(-1)!.id, "last");
  equal(({} as Record<string, unknown>).exchange, undefined);
});

Deno.test("a command of a megabyte is closed with 1009", async () => {
  await using rig = await Rig.start();
  const good = await rig.connect();
  good.send({ command: "subscribe", exchange: "nse" });
  const bad = await rig.connect();
  bad.sendRaw(JSON.stringify({ command: "subscribe", exchange: "x".repeat(1024 * 1024) }));
  await rig.until(() => bad.closed !== undefined);
  equal(bad.closed!.code, 1009);
  ok(bad.closed!.reason.includes("split it"));
  const count = good.ticks.length;
  await rig.until(() => good.ticks.length > count + 20);
});

Deno.test("a flood of commands is answered, and a good client misses nothing meanwhile", async () => {
  await using rig = await Rig.start();
  const good = await rig.connect();
  good.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => good.ticks.length > 10);
  const bad = await rig.connect();
  for (let i = 0; i < 5_000; i++) {
    bad.send({
      command: i % 2 === 0 ? "subscribe" : "unsubscribe",
      exchange: i % 3 === 0 ? "nse" : "mcx",
      id: i,
    });
  }
  await rig.until(() => bad.answers.length === 5_000);
  deepEqual(bad.answers.map(({ id }) => id), Array.from({ length: 5_000 }, (_, i) => i));
  await rig.pass(1_000);
  deepEqual(good.batches.map(({ seq }) => seq), good.batches.map((_, i) => i + 1));
  ok(rig.control.stats().requests.length < 20, "the broker heard next to nothing of it");
});
