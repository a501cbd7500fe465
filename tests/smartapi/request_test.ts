import assert from "node:assert/strict";
import fc from "fast-check";
import { EXCHANGE_TYPES, EXCHANGES, type InstrumentKey, keyOf, MODES } from "../../lib/market/market.ts";
import { PING, PONG, readTextFrame, subscriptionRequest } from "../../lib/smartapi/request.ts";
import { readInPieces, readRequest } from "../../lib/smartapi/request_reader.ts";
import { anyText } from "../any_text.ts";

Deno.test("subscriptionRequest() makes the documented subscribe message", () => {
  const text = subscriptionRequest("subscribe", "abcde12345", "ltp", ["nse:10626", "nse:5290", "mcx:234230"]);
  assert.deepEqual(JSON.parse(text), {
    correlationID: "abcde12345",
    action: 1,
    params: {
      mode: 1,
      tokenList: [
        { exchangeType: 1, tokens: ["10626", "5290"] },
        { exchangeType: 5, tokens: ["234230"] },
      ],
    },
  });
});

Deno.test("subscriptionRequest() numbers action and modes as the broker does", () => {
  const parsed = (mode: typeof MODES[number]) =>
    JSON.parse(subscriptionRequest("unsubscribe", "1", mode, ["cds:1185"]));
  for (const [mode, number] of [["ltp", 1], ["quote", 2], ["snapquote", 3]] as const) {
    assert.equal(parsed(mode).action, 0);
    assert.equal(parsed(mode).params.mode, number);
    assert.deepEqual(parsed(mode).params.tokenList, [{ exchangeType: 13, tokens: ["1185"] }]);
  }
});

Deno.test("subscriptionRequest() names each instrument once, under its own exchange, as a string", () => {
  const key = fc.tuple(fc.constantFrom(...EXCHANGES), fc.stringMatching(/^[0-9]{1,25}$/));
  fc.assert(fc.property(fc.uniqueArray(key, { selector: String, maxLength: 60 }), (names) => {
    const keys: InstrumentKey[] = names.map(([exchange, token]) => keyOf(exchange, token));
    const list: { exchangeType: number; tokens: string[] }[] =
      JSON.parse(subscriptionRequest("subscribe", "x", "quote", keys)).params.tokenList;
    assert.equal(new Set(list.map(({ exchangeType }) => exchangeType)).size, list.length);
    const told = list.flatMap(({ exchangeType, tokens }) =>
      tokens.map((token) => `${exchangeType} ${token}`)
    );
    const asked = names.map(([exchange, token]) => `${EXCHANGE_TYPES[exchange]} ${token}`);
    assert.deepEqual(told.sort(), asked.sort());
  }));
});

Deno.test("readTextFrame() knows the pong, also with blanks or in capitals, and nothing else for one", () => {
  assert.equal(PING, "ping");
  for (const text of [PONG, "pong\n", " PONG", "\ufeffPong"]) {
    assert.deepEqual(readTextFrame(text), { kind: "pong" });
  }
  for (const text of ['"pong"', "ping", "", "pong pong", `pong${" ".repeat(20)}`]) {
    assert.equal(readTextFrame(text).kind, "unknown", text);
  }
});

Deno.test("readTextFrame() reads the two documented errors", () => {
  for (
    const [code, message] of [
      ["E1001", "Invalid Request Payload."],
      ["E1002", "Invalid Request. Subscription Limit Exceeded"],
    ]
  ) {
    const text = JSON.stringify({ correlationID: "abcde12345", errorCode: code, errorMessage: message });
    assert.deepEqual(readTextFrame(text), { kind: "error", correlationId: "abcde12345", code, message });
  }
});

Deno.test("readTextFrame() reads an error in the words of the answers over HTTP, and with blanks around", () => {
  const read = { kind: "error", code: "AG8001", message: "Invalid Token" };
  for (
    const text of [
      '{"success":false,"errorCode":"AG8001","message":"Invalid Token"}',
      '{"status":"false","errorcode":" ag8001 ","message":"Invalid Token","data":null}',
      '\ufeff {"errorCode":"AG8001","errorMessage":"Invalid Token","message":"no"}\n',
    ]
  ) assert.deepEqual(readTextFrame(text), read);
  for (const text of ['{"errorCode":1001}', '{"errorCode":" "}', '{"errorCode":null,"message":"x"}']) {
    assert.equal(readTextFrame(text).kind, "unknown", text);
  }
});

Deno.test("readTextFrame() reads an error whose other fields are missing, empty or of a wrong type", () => {
  const bare = { kind: "error", code: "E1001", message: "" };
  for (
    const more of [
      {},
      { correlationID: "", errorMessage: null },
      { correlationID: null, errorMessage: 7 },
      { correlationID: 12345, errorMessage: {} },
    ]
  ) assert.deepEqual(readTextFrame(JSON.stringify({ errorCode: "E1001", ...more })), bare);
});

Deno.test("readTextFrame() calls everything else unknown and keeps a little of it", () => {
  for (const text of ["{}", "[]", "null", "{", '{"errorCode":1002}', '{"errorCode":null}', "[1]", "<html>"]) {
    assert.deepEqual(readTextFrame(text), { kind: "unknown", text });
  }
  const endless = readTextFrame("x".repeat(60_000));
  assert.ok(endless.kind === "unknown");
  assert.ok(endless.text.length > 50 && endless.text.length <= 500, `${endless.text.length}`);
});

Deno.test("readTextFrame() is total on any text and any JSON", () => {
  const kinds = new Set(["pong", "error", "unknown"]);
  const text = fc.oneof(
    anyText(),
    fc.json(),
    fc.record({ errorCode: fc.anything(), correlationID: fc.anything(), errorMessage: fc.anything() })
      .map((value) => JSON.stringify(value, (_name, each) => typeof each === "bigint" ? "big" : each)),
    fc.json().map((json) => `{"errorCode":${json}`),
  );
  fc.assert(
    fc.property(text, (text) => {
      const frame = readTextFrame(text);
      assert.ok(kinds.has(frame.kind));
      if (frame.kind === "error") {
        assert.equal(typeof frame.code, "string");
        assert.equal(typeof frame.message, "string");
        assert.ok(frame.correlationId === undefined || frame.correlationId.length > 0);
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("readTextFrame() survives deep nesting", () => {
  const deep = `{"errorCode":${"[".repeat(4_000)}${"]".repeat(4_000)}}`;
  assert.equal(readTextFrame(deep).kind, "unknown");
});

Deno.test("readInPieces() reads some tokens at a time, and the same as in one go", () => {
  const lists = [1, 2].map((exchangeType) => ({
    exchangeType,
    tokens: Array.from({ length: 3_000 }, (_, i) => String(exchangeType * 10_000 + i)),
  }));
  const text = JSON.stringify({ correlationID: "a", action: 1, params: { mode: 3, tokenList: lists } });
  const reading = readInPieces(text);
  let [steps, most] = [0, 0];
  let step = reading.next();
  for (; !step.done; step = reading.next()) [steps, most] = [steps + 1, Math.max(most, step.value)];
  assert.deepEqual(step.value, readRequest(text));
  assert.equal(steps, 12);
  assert.equal(most, 500);
});
