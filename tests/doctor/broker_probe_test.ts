import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { type BrokerProbe, type Network, probeBroker } from "../../lib/doctor/broker_probe.ts";
import { findingLines } from "../../lib/doctor/finding.ts";
import { FakeClock, settle } from "../fakes.ts";
import { networkOf, shortly } from "./doctor_of.ts";

const URLS = { restUrl: "https://login.test", streamUrl: "wss://stream.test/smart-stream" };

function probe(changes: Partial<Network> = {}, more: Partial<BrokerProbe> = {}) {
  const clock = new FakeClock();
  return probeBroker({ network: networkOf(changes), clock, os: "linux", ...URLS, ...more });
}

function dateIn(ms: number): Network["request"] {
  return () => Promise.resolve({ status: 200, date: new Date(new FakeClock().now() + ms).toUTCString() });
}

Deno.test("probeBroker() asks both hosts, a WebSocket's by HTTP", async () => {
  const asked: string[] = [];
  const findings = await probe({
    request(url) {
      asked.push(url.href);
      return Promise.resolve({ status: 404, date: null });
    },
  });
  deepEqual(asked.sort(), ["https://login.test/", "https://stream.test/smart-stream"]);
  deepEqual(shortly(findings), ["ok dns", "ok login", "ok dns", "ok stream"]);
});

Deno.test("a name that nobody knows is told, and nothing else is asked of that host", async () => {
  const findings = await probe({
    lookup: (host) =>
      host === "login.test" ? Promise.reject(new Error("no DNS answer")) : Promise.resolve(["192.0.2.1"]),
  });
  deepEqual(shortly(findings)[0], "failed dns");
  ok(!shortly(findings).includes("failed login"));
  const empty = await probe({ lookup: () => Promise.resolve([]) });
  deepEqual(shortly(empty), ["failed dns", "failed dns"]);
});

Deno.test("an address needs no name", async () => {
  const lookup = () => Promise.reject(new Error("asked for a name"));
  for (const host of ["127.0.0.1:8766", "[::1]:8766", "localhost:8766"]) {
    const findings = await probe({ lookup }, {
      restUrl: `http://${host}`,
      streamUrl: `ws://${host}/smart-stream`,
    });
    deepEqual(shortly(findings), ["ok login", "ok stream"]);
  }
});

Deno.test("IPv6 that only looks as if it worked is a note, and no fault of who has none", async () => {
  const both: Network["lookup"] = (_, family) =>
    Promise.resolve([family === 4 ? "192.0.2.1" : "2001:db8::1"]);
  const rows: [name: string, opens: (address: string) => boolean, wanted: string | undefined][] = [
    ["both", () => true, "ok ipv6"],
    ["IPv4 alone", (address) => !address.includes(":"), "note ipv6"],
    ["none", () => false, undefined],
  ];
  for (const [name, opens, wanted] of rows) {
    const findings = await probe({
      lookup: both,
      connect: (address) =>
        opens(address) ? Promise.resolve() : Promise.reject(new Error("network unreachable")),
    });
    equal(shortly(findings).find((each) => each.endsWith("ipv6")), wanted, name);
  }
  ok(!shortly(await probe()).some((each) => each.endsWith("ipv6")));
});

Deno.test("a stream that only a proxy of the network reaches is told: its socket goes directly", async () => {
  const findings = await probe({ connect: () => Promise.reject(new Error("connection refused")) });
  deepEqual(shortly(findings), ["ok dns", "ok login", "ok dns", "ok stream", "failed stream"]);
  match(findings.at(-1)!.text, /through HTTPS_PROXY alone; directly: connection refused/);
});

Deno.test("what does not answer within ten seconds is told", async () => {
  const clock = new FakeClock();
  let done = false;
  const findings = probe({ request: () => new Promise(() => {}) }, { clock });
  findings.finally(() => done = true);
  await clock.advanceAsync(9_999);
  ok(!done);
  await clock.advanceAsync(1);
  await settle();
  deepEqual(shortly(await findings), ["ok dns", "failed login", "ok dns", "failed stream"]);
  match((await findings)[1]!.text, /login\.test cannot be reached: timed out/);
  equal(clock.pending, 0);
});

Deno.test("a replaced certificate has another cure than a firewall", async () => {
  const cureOf = async (message: string) =>
    (await probe({ request: () => Promise.reject(new Error(message)) })).find(({ name }) => name === "login")!
      .cure;
  match((await cureOf("the certificate is not trusted, or TLS failed"))!, /replaces its certificate/);
  match((await cureOf("connection refused"))!, /firewall/);
});

Deno.test("a clock is judged by what a one-time code bears, and each system has its cure", async () => {
  const rows: [ms: number, level: string, text: RegExp][] = [
    [0, "ok", /to a second or two/],
    [-2_000, "ok", /to a second or two/],
    [8_000, "note", /^9 s behind the broker's$/],
    [-20_000, "note", /^(19|20) s ahead of the broker's$/],
    [120_000, "failed", /^12[01] s behind/],
    [-3_600_000, "failed", /^(3599|3600) s ahead of/],
  ];
  for (const [ms, level, text] of rows) {
    const finding = (await probe({ request: dateIn(ms) })).at(-1)!;
    deepEqual([finding.name, finding.level], ["clock", level], `${ms} ms`);
    match(finding.text, text);
  }
  for (
    const [os, cure] of [["linux", /timedatectl/], ["darwin", /sntp/], ["windows", /w32tm/], [
      "freebsd",
      /NTP/,
    ]] as const
  ) {
    match((await probe({ request: dateIn(120_000) }, { os })).at(-1)!.cure!, cure);
  }
  for (const date of ["soon", ""]) {
    const findings = await probe({ request: () => Promise.resolve({ status: 200, date }) });
    ok(!shortly(findings).some((each) => each.endsWith("clock")));
  }
});

Deno.test("findingLines() puts the cure below what it cures", () => {
  deepEqual(findingLines({ level: "failed", name: "port", text: "it is taken", cure: "choose another" }), [
    "FAILED port        it is taken",
    "                   -> choose another",
  ]);
  deepEqual(findingLines({ level: "ok", name: "clock", text: "as the broker's" }), [
    "ok     clock       as the broker's",
  ]);
});
