import { ok, strictEqual as equal, throws } from "node:assert/strict";
import { connect } from "../../static/client.js";
import { shownAddress } from "../../static/client/address.js";

const SECRET = "s3cr3t";

/** Addresses that hold a secret, some of them none that a WebSocket takes. */
const ADDRESSES = [
  `ws://host:1/?token=${SECRET}`,
  `ws://host:1/x?a=1&token=${SECRET}#y`,
  `ws://host:1/#${SECRET}`,
  `ws://me:${SECRET}@host:1/`,
  `ws://${SECRET}@host:1/x`,
  `ws:me:${SECRET}@host:1/`,
  `ws:\\\\me:${SECRET}@host:1/`,
  `ws://me:se/${SECRET}@host`,
  `ws://me:pa#${SECRET}@host`,
  `ws://me:pa?${SECRET}@host`,
  `host:me:${SECRET}@x`,
  `no address?token=${SECRET}`,
  `no address?a@${SECRET}`,
  `ftp://me:${SECRET}@host/?token=${SECRET}`,
  `ws://host:none/?token=${SECRET}`,
  `ws://host/\n?token=\n${SECRET}`,
];

Deno.test("no address is shown with what may be a token, whether it can be read or not", () => {
  for (const url of ADDRESSES) ok(!shownAddress(url).includes(SECRET), url);
  equal(shownAddress(`ws://me:${SECRET}@host:1/x?token=${SECRET}`), "ws://host:1/x");
  equal(shownAddress("ws://localhost:8765"), "ws://localhost:8765/");
  equal(shownAddress("no address"), "no address");
});

/** WebSockets that repeat the address in their own ways. */
const THROWING = [
  (url: string) => new DOMException(`Invalid URL: '${url}'`, "SyntaxError"),
  (url: string) => new SyntaxError(`Invalid URL: ${encodeURI(url)}`),
  (url: string) => new DOMException(`The URL '${url.split("").join("")}' is not secure`, "SecurityError"),
  (url: string) => Object.assign(new TypeError("cannot", { cause: url }), { input: url }),
];

Deno.test("what a WebSocket throws keeps its name, and nothing of it repeats the secret", () => {
  for (const url of ADDRESSES) {
    for (const fails of THROWING) {
      class Throwing {
        constructor(url: string) {
          throw fails(url);
        }
      }
      throws(() => connect(url, { WebSocket: Throwing as unknown as typeof WebSocket }), (error: Error) => {
        ok(!Deno.inspect(error).includes(SECRET) && !`${error.stack}`.includes(SECRET), Deno.inspect(error));
        equal(error.name, fails(url).name);
        return true;
      });
    }
  }
});

Deno.test("the runtime's own WebSocket is no exception to it; where nothing is secret its words are kept", () => {
  for (const url of [`no address?token=${SECRET}`, `ws://h/#${SECRET}`, `ftp://h/?token=${SECRET}`]) {
    throws(() => connect(url), (error: Error) => {
      ok(!Deno.inspect(error).includes(SECRET), Deno.inspect(error));
      return error.name === "SyntaxError";
    });
  }
  throws(() => connect("no address"), { name: "SyntaxError", message: /no address/ });
});
