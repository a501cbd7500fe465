import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { readConfig } from "../../lib/config/config.ts";
import { addressKey, isLoopback } from "../../lib/server/address.ts";
import { hostname } from "node:os";
import { namesOf, originProblem, type OriginRules } from "../../lib/server/origin.ts";

const OPEN: OriginRules = { allowed: [], loopbackOnly: false, guarded: false };

const passes = (host: string | null, origin: string | null, allowed: string[] = [], rules = OPEN) =>
  equal(originProblem(host, origin, { ...rules, allowed }), undefined, `${host} ${origin}`);

const fails = (host: string | null, origin: string | null, allowed: string[] = [], rules = OPEN) =>
  match(
    originProblem(host, origin, { ...rules, allowed }) ?? "nothing",
    /ALLOWED_ORIGINS=/,
    `${host} ${origin}`,
  );

Deno.test("programs pass, whatever address or local name they use", () => {
  for (
    const host of [
      ...["127.0.0.1:8765", "localhost:8765", "192.168.1.20:8765", "[::1]:8765", "[fe80::1]:8765", "8.8.8.8"],
      ...["trader:8765", "trader.local:8765", "proxy.lan", "a.b.internal", "pi.home.arpa", "x.localhost"],
    ]
  ) passes(host, null);
  passes(null, null);
});

Deno.test("programs that a hosts file leads here pass, and pages of others do not by it", () => {
  for (
    const host of ["smartapisocket.angelone.in", "apiconnect.angelone.in:443", "apiconnect.angelbroking.com"]
  ) {
    passes(host, null);
    fails(host, "https://evil.example");
  }
  for (const host of ["angelone.in", "x.apiconnect.angelone.in", "apiconnect.angelone.in.evil.example"]) {
    fails(host, null);
  }
});

Deno.test("the proxy's own page and pages of this machine pass", () => {
  passes("192.168.1.20:8765", "http://192.168.1.20:8765");
  passes("trader.local", "https://trader.local");
  passes("localhost:8765", "http://localhost:3000");
  passes("127.0.0.1:8765", "https://localhost");
  passes("127.0.0.1:8765", "http://127.0.0.53:1");
  passes("localhost:8765", "http://[::1]:8765");
});

Deno.test("pages from the disk pass where a token stands before everything, or where they are allowed", () => {
  fails("localhost:8765", "null");
  passes("localhost:8765", "null", ["null"]);
  passes("localhost:8765", "null", [], { ...OPEN, guarded: true });
});

Deno.test("where only this machine can connect, names that others on the network can claim are not ours", () => {
  const loopback = { ...OPEN, loopbackOnly: true };
  for (const host of ["evil.local", "evil.lan:8765", "evil", "router", "a.internal", "x.home.arpa"]) {
    fails(host, null, [], loopback);
    fails(host, `http://${host}`, [], loopback);
    passes(host, null);
  }
  const own = hostname().toLowerCase();
  for (
    const host of [
      "localhost:8765",
      "127.0.0.1",
      "[::1]:8765",
      "x.localhost",
      own,
      `${own}:8765`,
      `${own}.local`,
    ]
  ) {
    passes(host, null, [], loopback);
  }
  passes("evil.lan", null, ["http://evil.lan"], loopback);
});

Deno.test("pages of others do not, also where they look like ours", () => {
  for (
    const origin of [
      ...[
        "https://evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "null.example",
      ],
      ...[
        "http://192.168.1.20",
        "http://192.168.1.20:8766",
        "ftp://localhost",
        "",
        "file:",
        "chrome-extension://abc",
      ],
      ...["http://127.1.evil.example", "https://xn--lcalhost-54a", "http://evil.example:8765"],
    ]
  ) fails("192.168.1.20:8765", origin);
});

Deno.test("a name of the public DNS is not ours: a page that bears it may be anyone's (rebinding)", () => {
  for (
    const host of [
      "evil.example:8765",
      "rebind.evil.example",
      "localhost.evil.example",
      "a b",
      "local.",
      "lan.example",
    ]
  ) {
    fails(host, null);
    fails(host, `http://${host}`);
  }
});

Deno.test("what is allowed passes: by origin to the letter, by name, or all", () => {
  const allowed = ["https://charts.example.com", "http://desk.example.com:8080"];
  passes("192.168.1.20:8765", "https://charts.example.com", allowed);
  passes("charts.example.com:8765", null, allowed);
  passes("desk.example.com:8765", "http://desk.example.com:8080", allowed);
  fails("192.168.1.20:8765", "http://charts.example.com", allowed);
  fails("192.168.1.20:8765", "http://desk.example.com", allowed);
  fails("other.example.com", null, allowed);
  passes("evil.example", "https://evil.example", ["*"]);
});

Deno.test("what a refusal says would allow a page is a setting that can be read, and allows it", () => {
  for (
    const [host, origin] of [
      ["localhost:8765", "null"],
      ["localhost:8765", "https://charts.example.com"],
      ["localhost:8765", "http://192.168.1.20:3000"],
      ["localhost:8765", "chrome-extension://abcdefgh"],
      ["localhost:8765", "file://"],
      ["Desk.Example.COM:8765", null],
      ["desk.example.com", "http://desk.example.com"],
      ["evil.local:80", null],
    ] as const
  ) {
    const rules = { ...OPEN, loopbackOnly: true };
    const sentence = originProblem(host, origin, rules)!;
    const [, cure] = /ALLOWED_ORIGINS=([^\s,]+)/.exec(sentence)!;
    const allowed = readConfig({ DEMO: "1", ALLOWED_ORIGINS: cure }, "serve").access.origins;
    equal(originProblem(host, origin, { ...rules, allowed }), undefined, sentence);
  }
});

Deno.test("a machine has its name in full, its first word, and that in the local network; no other", () => {
  deepEqual(namesOf("desk.corp.example"), ["desk.corp.example", "desk", "desk.local"]);
  deepEqual(namesOf("desk.local"), ["desk.local", "desk", "desk.local"]);
  deepEqual(namesOf("desk"), ["desk", "desk", "desk.local"]);
  deepEqual([namesOf(""), namesOf(undefined)], [[], []]);
});

Deno.test("isLoopback() knows the addresses of this machine alone, in each form that a listener tells", async () => {
  for (const host of ["localhost", "LOCALHOST", "127.0.0.9", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"]) {
    const server = Deno.serve({ hostname: host, port: 0, onListen() {} }, () => new Response());
    equal(isLoopback(server.addr.hostname), true, host);
    await server.shutdown();
  }
  for (const address of ["0.0.0.0", "::", "192.168.1.20", "::ffff:10.0.0.1", "::ffff:0.0.0.0", "fe80::1"]) {
    equal(isLoopback(address), false, address);
  }
});

Deno.test("a refusal shows no control characters, and not much of a long name", () => {
  const text = originProblem("localhost", `http://x\r\n\u001b[31m${"y".repeat(1_000)}`, OPEN)!;
  equal(/[^\x20-\x7e]/.test(text), false);
  equal(text.length < 400, true);
});

Deno.test("addressKey() takes an IPv4 address as one, and of IPv6 the network of 64 bits", () => {
  equal(addressKey("192.168.1.20"), "192.168.1.20");
  equal(addressKey("::ffff:192.168.1.20"), "192.168.1.20");
  equal(addressKey("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  equal(addressKey("2001:db8:1:2::1"), addressKey("2001:0db8:1:2:ffff::9"));
  equal(addressKey("2001:db8::1"), "2001:db8:0:0::/64");
  equal(addressKey("fe80::1%eth0"), "fe80:0:0:0::/64");
  equal(addressKey("::1"), "0:0:0:0::/64");
});
