import assert, { strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { refusalOf, RestRefusal } from "../../lib/smartapi/broker_error.ts";
import { PublicWords } from "../../lib/smartapi/public_words.ts";

/** A refusal in the application's shape. */
function appRefusal(errorcode: string, message = "words", status = 200) {
  const body = { status: false, message, errorcode, data: null };
  return refusalOf({ status, text: JSON.stringify(body) }, body);
}

/** A refusal in the gateway's shape. */
function gatewayRefusal(errorCode: string, message = "words", status = 200) {
  const body = { success: false, message, errorCode, data: "" };
  return refusalOf({ status, text: JSON.stringify(body) }, body);
}

/** An answer that is not JSON. */
function textRefusal(status: number, text: string) {
  return refusalOf({ status, text }, undefined);
}

const KINDS: Record<string, string[]> = {
  relogin: ["AG8001", "AG8002", "AG8003", "AB8050", "AB8051", "AB1010", "AB1011"],
  final: ["AB1000", "AB1002", "AB1005", "AB1006", "AB1007", "AB1034", "AG8004"],
  totp: ["AB1050"],
  slow_down: ["AB1004", "AB1021"],
};

for (const [kind, codes] of Object.entries(KINDS)) {
  Deno.test(`refusalOf() calls ${codes.join(", ")} ${kind}, in both JSON shapes`, () => {
    for (const code of codes) {
      assert.equal(appRefusal(code).kind, kind, code);
      assert.equal(gatewayRefusal(code).kind, kind, code);
      assert.equal(appRefusal(code).code, code);
      assert.equal(gatewayRefusal(code).code, code);
    }
  });
}

Deno.test("refusalOf() never takes an unclear code for one that may be retried at once", () => {
  for (const code of ["AB9999", "", "toString", "__proto__", "constructor"]) {
    assert.equal(appRefusal(code).kind, "slow_down", code);
  }
});

Deno.test("refusalOf() backs off at the rate limiter's plain text", () => {
  const refusal = textRefusal(403, "Access denied because of exceeding access rate");
  assert.equal(refusal.kind, "slow_down");
  assert.equal(refusal.status, 403);
  assert.match(refusal.message, /too many requests/);
});

Deno.test("refusalOf() backs off at 429 and at words about the rate, whatever the status", () => {
  assert.equal(textRefusal(429, "").kind, "slow_down");
  assert.equal(textRefusal(200, "exceeding access rate").kind, "slow_down");
  assert.equal(appRefusal("", "Rate limit reached").kind, "slow_down");
});

Deno.test("refusalOf() never takes a 403 for bad credentials", () => {
  // It comes from the rate limiter, or from a wall in front of the broker.
  for (const text of ["", "Forbidden", "<html><h1>403 Forbidden</h1></html>"]) {
    assert.equal(textRefusal(403, text).kind, "slow_down");
  }
});

Deno.test("refusalOf() logs in again at a 401 without a code", () => {
  assert.equal(textRefusal(401, "").kind, "relogin");
});

Deno.test("refusalOf() tries outages again", () => {
  for (const status of [500, 502, 503, 504]) {
    assert.equal(textRefusal(status, "<html><h1>Bad Gateway</h1></html>").kind, "retry");
  }
  assert.equal(textRefusal(200, "<html>maintenance</html>").kind, "retry");
  assert.equal(appRefusal("AB2001").kind === "final", false);
});

Deno.test("refusalOf() shows the server's words, its code and what to check", () => {
  const message = appRefusal("AB1007", "Invalid clientcode or password").message;
  assert.match(message, /AB1007/);
  assert.match(message, /Invalid clientcode or password/);
  assert.match(message, /SMARTAPI_PIN/);
  assert.match(appRefusal("AB1050", "Invalid totp").message, /SMARTAPI_TOTP_SECRET.*clock/);
});

Deno.test("refusalOf() quotes nothing of a page or a plain text", () => {
  const page =
    "<html><head><style>body { color: red }</style></head><body><h1>502 Bad Gateway</h1></body></html>";
  equal(
    textRefusal(502, page).message,
    "HTTP 502 with a page that cannot be read (a minute later it may work; if not, ask the broker)",
  );
  equal(
    textRefusal(200, "jwtToken=eyJhbGciOi").message,
    "HTTP 200 with an answer that cannot be read (a minute later it may work; if not, ask the broker)",
  );
});

Deno.test("refusalOf() repeats the broker's sentence without secrets and without what looks like a token", () => {
  const secrets = ["4711", "JBSWY3DPEHPK3PXP"];
  const body = {
    errorcode: "AB1007",
    message:
      "PIN 4711 of A123 with eyJhbGciOiJIUzUxMiJ9.eyJzdWIiOiJ4In0.sig-nature and key QWERTY1234asdfgh is wrong\n",
  };
  const { message } = refusalOf({ status: 200, text: JSON.stringify(body) }, body, new PublicWords(secrets));
  for (const hidden of [...secrets, "eyJhbGci", "QWERTY12"]) assert.ok(!message.includes(hidden), message);
  assert.match(
    message,
    /^AB1007 "PIN \[redacted\] of A123 .*\(check SMARTAPI_CLIENT_CODE and SMARTAPI_PIN\)$/,
  );
});

Deno.test("refusalOf() has advice for every code that it knows, and for known sentences without one", () => {
  for (const code of Object.values(KINDS).flat()) assert.match(appRefusal(code, "").message, /\(.+\)$/, code);
  assert.match(appRefusal("", "Invalid totp").message, /SMARTAPI_TOTP_SECRET/);
  assert.match(appRefusal("", "Invalid API Key").message, /SMARTAPI_API_KEY/);
});

Deno.test("refusalOf() says what to do after each refusal, also where nobody knows it, and promises no try of its own", () => {
  for (const status of [200, 204, 301, 400, 401, 403, 404, 418, 429, 451, 500, 503, 599]) {
    for (
      const text of [
        "",
        " ",
        "<html><h1>Blocked</h1></html>",
        "OK",
        "[]",
        '{"status":false}',
        '{"message":"Xyzzy"}',
      ]
    ) {
      const body = text.startsWith("{") ? JSON.parse(text) : undefined;
      const { message } = refusalOf({ status, text }, body);
      assert.match(message, /\([^()]+\)$/, `${status} ${text}`);
      // A check of the account tries nothing again.
      assert.doesNotMatch(message, /tried again/);
    }
  }
});

Deno.test("refusalOf() repeats no code that does not look like one", () => {
  const { code, message } = appRefusal("eyJhbGciOiJIUzUxMiJ9", "words");
  equal(code, undefined);
  assert.doesNotMatch(message, /eyJ/);
});

Deno.test("refusalOf() keeps a message short", () => {
  assert.ok(textRefusal(500, "word ".repeat(50_000)).message.length < 300);
  assert.ok(appRefusal("AB1007", "word ".repeat(50_000)).message.length < 300);
});

Deno.test("refusalOf() is total on any body and text", () => {
  const kinds = new Set(["final", "totp", "relogin", "slow_down", "retry"]);
  const body = fc.option(
    fc.record({ message: fc.anything(), errorcode: fc.anything(), errorCode: fc.anything() }, {
      requiredKeys: [],
    }),
    { nil: undefined },
  );
  fc.assert(fc.property(fc.nat(599), fc.string(), body, (status, text, body) => {
    const refusal = refusalOf({ status, text }, body);
    assert.ok(refusal instanceof RestRefusal);
    assert.ok(kinds.has(refusal.kind));
    assert.ok(refusal.message.length > 0);
    // What only a known code may cause.
    if (refusal.kind === "final") assert.ok(typeof refusal.code === "string");
  }));
});
