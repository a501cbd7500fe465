import { json, type LoginAnswer, refusal, success, TOKENS } from "./fake_broker.ts";

/** What a broker answers to logins, and what the program must make of it. */
export interface LoginRow {
  readonly name: string;
  /** How each login is answered, counted from 1. */
  readonly answer: (number: number) => LoginAnswer;
  /** Prices flow within so many ms; without it, not within the hour. */
  readonly liveWithin?: number;
  /** And no sooner than after so many ms: the broker's wish is kept. */
  readonly notBefore?: number;
  /** Nothing is tried again until the configuration changes. */
  readonly final?: true;
  /** What `/readyz`, the clients and the log say of it. */
  readonly says?: RegExp;
  /** Logins that the broker saw within an hour, at least and at most. */
  readonly logins: readonly [number, number];
}

const HTML =
  "<!DOCTYPE html><html><head><title>Notice</title></head><body><h1>We will be back soon</h1></body></html>";
const page = (status: number, headers: Record<string, string> = {}) =>
  new Response(HTML, { status, headers: { "content-type": "text/html", ...headers } });
const always = (make: () => LoginAnswer) => () => make();
const once = (make: () => LoginAnswer) => (number: number) => number === 1 ? make() : success();
const SLOW: readonly [number, number] = [3, 7];
const HOUR_SAYS = /cannot be read/;

/** A body of which the beginning comes, and then an error of the runtime. */
function broken(message: string): ReadableStream<Uint8Array> {
  let begun = false;
  return new ReadableStream({
    pull(controller) {
      if (begun) {
        return controller.error(new TypeError("error decoding response body", { cause: new Error(message) }));
      }
      begun = true;
      controller.enqueue(new TextEncoder().encode('{"status":true,"data":{"jwtToken":"'));
    },
  });
}

/** A refusal in the gateway's shape. */
const gateway = (errorCode: string, message: string) =>
  json({ success: false, message, errorCode, data: "" });

export const LOGIN_ROWS: readonly LoginRow[] = [
  { name: "a plain success", answer: always(() => success()), liveWithin: 3_000, logins: [1, 1] },
  ...["true", " TRUE ", "success", "ok", "1", 1, 200].map((status): LoginRow => ({
    name: `a status that is ${JSON.stringify(status)}`,
    answer: always(() => json({ status, data: TOKENS })),
    liveWithin: 3_000,
    logins: [1, 1],
  })),
  {
    name: "the gateway's style of success, and no message at all",
    answer: always(() =>
      json({ success: true, data: { jwtToken: TOKENS.jwtToken, feedToken: TOKENS.feedToken } })
    ),
    liveWithin: 3_000,
    logins: [1, 1],
  },
  {
    name: "fields that nobody reads are null, odd or many",
    answer: always(() =>
      json({
        status: true,
        message: null,
        errorcode: null,
        extra: [1],
        data: { ...TOKENS, refreshToken: null, state: {} },
      })
    ),
    liveWithin: 3_000,
    logins: [1, 1],
  },
  {
    name: "white space and Bearer around the tokens",
    answer: always(() =>
      success({ jwtToken: `\n Bearer  ${TOKENS.jwtToken} \r\n`, feedToken: `\t${TOKENS.feedToken}\n` })
    ),
    liveWithin: 3_000,
    logins: [1, 1],
  },
  {
    name: "a byte order mark before the answer",
    answer: always(() => new Response(`\ufeff${JSON.stringify({ status: true, data: TOKENS })}`)),
    liveWithin: 3_000,
    logins: [1, 1],
  },
  {
    name: "an answer after 12 s",
    answer: always(() => ({ afterMs: 12_000, answer: success() })),
    liveWithin: 15_000,
    logins: [1, 1],
  },
  {
    name: "an answer after 25 s: the second try is given the time",
    answer: always(() => ({ afterMs: 25_000, answer: success() })),
    liveWithin: 100_000,
    logins: [2, 2],
  },
  {
    name: "an answer after 50 s: the third try is given the time",
    answer: always(() => ({ afterMs: 50_000, answer: success() })),
    liveWithin: 250_000,
    logins: [3, 3],
  },
  {
    name: "no answer, ever",
    answer: always(() => "hang"),
    says: /gave no answer within \d+ s/,
    logins: SLOW,
  },
  {
    name: "a connection that is reset each time: the broker may have counted the tries",
    answer: always(() => "reset"),
    says: /cannot be reached \(connection broken\)/,
    logins: SLOW,
  },
  {
    name: "a connection that is reset once",
    answer: once(() => "reset"),
    liveWithin: 40_000,
    says: /cannot be reached \(connection broken\)/,
    logins: [2, 2],
  },
  // Refusals that only the owner can mend.
  ...([
    [
      "AB1007",
      "Invalid clientcode or password",
      /AB1007 "Invalid clientcode or password" \(check SMARTAPI_CLIENT_CODE and SMARTAPI_PIN\)/,
    ],
    ["AB1006", "Client is blocked for trading", /AB1006 .*the account is blocked; ask the broker/],
    ["AB1034", "Apps not found", /AB1034 .*SMARTAPI_API_KEY/],
    ["AB1000", "Invalid email or password", /AB1000 .*SMARTAPI_PIN/],
    ["AB1002", "Invalid Password Length", /AB1002 .*SMARTAPI_PIN/],
    ["AB1005", "User Type must be USER", /AB1005 .*SMARTAPI_CLIENT_CODE/],
    ["AB1032", "User not found", /AB1032 .*SMARTAPI_CLIENT_CODE/],
    ["", "Invalid API Key or App not found", /SMARTAPI_API_KEY/],
    ["", "LoginbyPassword is not allowed. Please switch to Login by MPIN now", /MPIN of the broker's app/],
    [
      "AB1007",
      "LoginbyPassword is not allowed. Please switch to Login by MPIN now",
      /AB1007 .*MPIN of the broker's app/,
    ],
    ["", "Your account has been locked due to multiple invalid attempts", /the account is blocked/],
    ["AB9999", "Your account is dormant", /AB9999 .*not active; ask the broker/],
    ["", "Your PIN has expired, please reset it", /set anew in the broker's app/],
    ["", "Incorrect client code", /SMARTAPI_CLIENT_CODE/],
  ] as const).map(([code, message, says]): LoginRow => ({
    name: `refused for good: ${code} ${message}`,
    answer: always(() => refusal(code, message)),
    final: true,
    says,
    logins: [1, 1],
  })),
  ...([
    ["in small letters, with blanks", { status: false, message: "no", errorcode: " ab1007\n" }],
    ["within an error", {
      status: "false",
      error: { code: "AB1007", message: "Invalid clientcode or password" },
    }],
    ["within the data", {
      status: 0,
      data: { errorcode: "AB1007", message: "Invalid clientcode or password" },
    }],
    ["in a list of errors", { success: "FALSE", errors: [{ errorCode: "AB1007", message: "no" }] }],
    ["within a success", { status: true, message: "SUCCESS", errorcode: "AB1007", data: {} }],
  ] as const).map(([where, body]): LoginRow => ({
    name: `AB1007 ${where}`,
    answer: always(() => json(body)),
    final: true,
    says: /AB1007 .*SMARTAPI_CLIENT_CODE and SMARTAPI_PIN/,
    logins: [1, 1],
  })),
  {
    name: "AG8004 in the gateway's shape",
    answer: always(() => gateway("AG8004", "Invalid API Key")),
    final: true,
    says: /AG8004 .*SMARTAPI_API_KEY/,
    logins: [1, 1],
  },
  // Wrong one-time codes.
  {
    name: "a wrong code once",
    answer: once(() => refusal("AB1050", "Invalid totp")),
    liveWithin: 40_000,
    says: /AB1050 .*SMARTAPI_TOTP_SECRET and this machine's clock/,
    logins: [2, 2],
  },
  {
    name: "wrong codes for ever",
    answer: always(() => refusal("AB1050", "Invalid totp")),
    says: /AB1050 .*SMARTAPI_TOTP_SECRET/,
    logins: [2, 4],
  },
  {
    name: "wrong codes without a code of the broker",
    answer: always(() => refusal("", "Invalid TOTP provided")),
    says: /SMARTAPI_TOTP_SECRET/,
    logins: [2, 4],
  },
  {
    name: "a wrong code by a clock that is off: codes are made for the broker's time",
    answer: once(() =>
      refusal("AB1050", "Invalid totp", {
        headers: { date: new Date(Date.parse("2026-11-20T10:02:00+05:30")).toUTCString() },
      })
    ),
    liveWithin: 60_000,
    says: /clock is 1\d\d s behind/,
    logins: [2, 2],
  },
  // What passes, or nobody can read: a few tries an hour.
  ...([
    [
      "an internal error",
      () => refusal("AB2001", "Internal Error, Please try after sometime"),
      /AB2001 .*fault of its own/,
    ],
    ["AB2000", () => refusal("AB2000", "Something"), /AB2000 .*fault of its own/],
    [
      "AB1004, the generic answer",
      () => refusal("AB1004", "Something Went Wrong, Please Try After Sometime"),
      /AB1004/,
    ],
    ["AB1021, the throttle in JSON", () => refusal("AB1021", "Too many requests"), /AB1021 .*too many/],
    ["a code that nobody has described", () => refusal("AB7777", "Xyzzy"), /AB7777 "Xyzzy"/],
    ["a refusal without code and words", () => json({ status: false }), /HTTP 200/],
    ["a dead token, at a login", () => gateway("AG8001", "Invalid Token"), /AG8001 .*check SMARTAPI_API_KEY/],
    [
      "an address that is not registered",
      () => refusal("AB1050X", "IP address not registered for this app"),
      /register this machine's address/,
    ],
    [
      "the rate limiter's plain text",
      () => new Response("Access denied because of exceeding access rate", { status: 403 }),
      /too many requests/,
    ],
    ["a page of a firewall, with HTTP 200", () => page(200), HOUR_SAYS],
    ["a page of a firewall, with HTTP 403", () => page(403), HOUR_SAYS],
    ["a page of an outage, with HTTP 502", () => page(502), HOUR_SAYS],
    ["HTTP 404", () => page(404), HOUR_SAYS],
    ["HTTP 401 without a word", () => new Response("", { status: 401 }), /HTTP 401 with an empty answer/],
    ["HTTP 400 with JSON", () => json({ message: "Bad Request" }, { status: 400 }), /HTTP 400 "Bad Request"/],
    ["HTTP 500 without a body", () => new Response(null, { status: 500 }), /HTTP 500 with an empty answer/],
    ["HTTP 204", () => new Response(null, { status: 204 }), /HTTP 204 with an empty answer/],
    ["a JSON list", () => json([]), HOUR_SAYS],
    ["the JSON word null", () => json(null), HOUR_SAYS],
    [
      "success with data null, and words",
      () => json({ status: true, message: "Please accept the new terms", data: null }),
      /without a usable jwtToken "Please accept the new terms"/,
    ],
    ["success with data that is empty text", () => success(""), /without a usable jwtToken/],
    ["success with a list for data", () => success([]), /without a usable jwtToken/],
    [
      "success without a feed token",
      () => success({ jwtToken: TOKENS.jwtToken }),
      /without a usable feedToken/,
    ],
    [
      "success with the word null for a token",
      () => success({ ...TOKENS, feedToken: "null" }),
      /without a usable feedToken/,
    ],
    [
      "a token that cannot stand in a header",
      () => success({ ...TOKENS, jwtToken: `${TOKENS.jwtToken}\r\nx: y` }),
      /without a usable jwtToken/,
    ],
    [
      "an answer that is cut off",
      () => new Response(JSON.stringify({ status: true, message: "SUCCESS", data: TOKENS }).slice(0, 120)),
      /an incomplete answer that cannot be read/,
    ],
    [
      "an answer in UTF-16",
      () => {
        const text = JSON.stringify({ status: true, data: TOKENS });
        return new Response(
          Uint8Array.from(text, (letter) => letter.charCodeAt(0)).reduce((bytes, each, i) => {
            bytes[2 * i] = each;
            return bytes;
          }, new Uint8Array(2 * text.length)),
        );
      },
      /an incomplete answer that cannot be read/,
    ],
    ["the tokens one step deeper", () => success({ data: TOKENS }), /without a usable jwtToken/],
    ["the tokens in a text of JSON", () => success(JSON.stringify(TOKENS)), /without a usable jwtToken/],
    ["the tokens in a list", () => success([TOKENS]), /without a usable jwtToken/],
    [
      "the whole answer in a text of JSON",
      () => json(JSON.stringify({ status: true, data: TOKENS })),
      HOUR_SAYS,
    ],
    [
      "a token with a blank in it",
      () => success({ ...TOKENS, feedToken: `${TOKENS.feedToken.slice(0, 9)} ${TOKENS.feedToken.slice(9)}` }),
      /without a usable feedToken/,
    ],
    [
      "a token that has no end",
      () => success({ ...TOKENS, jwtToken: "x".repeat(9_000) }),
      /without a usable jwtToken/,
    ],
    [
      "a token in letters that no header has",
      () => success({ ...TOKENS, jwtToken: `${TOKENS.jwtToken}ा` }),
      /without a usable jwtToken/,
    ],
    [
      "a success with HTTP 201 and an error beside",
      () => json({ status: true, success: false, data: TOKENS }),
      /HTTP 200/,
    ],
    [
      "a message that is a list",
      () => json({ status: false, message: ["a", { b: TOKENS.jwtToken }], errorcode: 7 }),
      /HTTP 200/,
    ],
    [
      "a body that breaks off",
      () => new Response(broken("connection reset by peer")),
      /connection broken/,
    ],
    [
      "a body that cannot be unpacked",
      () => new Response(broken("corrupt gzip stream does not have a matching checksum")),
      /cannot be unpacked/,
    ],
    ["an answer that is far too long", () => new Response(" ".repeat(300_000)), /longer than/],
    [
      "a redirection",
      () => new Response(null, { status: 302, headers: { location: "http://elsewhere.test/" } }),
      /HTTP 302/,
    ],
  ] as const).map(([name, make, says]): LoginRow => ({ name, answer: always(make), says, logins: SLOW })),
  // The broker's own wish.
  ...([
    ["429 with Retry-After: 600", () => new Response("", { status: 429, headers: { "retry-after": "600" } })],
    ["503 with Retry-After: 600", () => page(503, { "retry-after": "600" })],
    [
      "a refusal in JSON with Retry-After: 600",
      () => refusal("AB1021", "Too many", { headers: { "retry-after": "600" } }),
    ],
    [
      "503 with Retry-After, a date",
      () => page(503, { "retry-after": new Date(Date.parse("2026-11-20T10:10:01+05:30")).toUTCString() }),
    ],
  ] as const).map(([name, make]): LoginRow => ({
    name,
    answer: once(make),
    liveWithin: 650_000,
    notBefore: 590_000,
    logins: [2, 2],
  })),
  // A wish that cannot be read is none, and none shortens the wait that a refusal has anyway.
  ...["-600", "0", "soon", "", "1e3", "Thu, 01 Jan 1970 00:00:00 GMT", "NaN"].map((wish): LoginRow => ({
    name: `429 with Retry-After: ${JSON.stringify(wish)}`,
    answer: once(() => new Response("", { status: 429, headers: { "retry-after": wish } })),
    liveWithin: 65_000,
    notBefore: 30_000,
    logins: [2, 2],
  })),
  {
    name: "429 with Retry-After twice: the longer one counts",
    answer: once(() =>
      new Response("", { status: 429, headers: [["retry-after", "60"], ["retry-after", "600"]] })
    ),
    liveWithin: 650_000,
    notBefore: 590_000,
    logins: [2, 2],
  },
  {
    name: "429 with Retry-After: 999999999: not before the next morning",
    answer: once(() => new Response("", { status: 429, headers: { "retry-after": "999999999" } })),
    says: /HTTP 429/,
    logins: [1, 1],
  },
  {
    name: "429 for ever with Retry-After: 3600",
    answer: always(() => new Response("", { status: 429, headers: { "retry-after": "3600" } })),
    says: /HTTP 429/,
    logins: [1, 2],
  },
];
