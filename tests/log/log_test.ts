import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { getLogger } from "@logtape/logtape";
import { readLogLevels } from "../../lib/log/levels.ts";
import { closeLog, type LogOptions, setUpLog } from "../../lib/log/log.ts";
import { Secret } from "../../lib/util/secret.ts";
import { FakeClock } from "../fakes.ts";
import { TemporaryFolder } from "../sdk/program.ts";

/** What is written on standard error and into the file while something runs. */
async function written(options: Partial<LogOptions> & { level?: string }, run: (clock: FakeClock) => void) {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/proxy.log`;
  const clock = new FakeClock();
  const lines: string[] = [];
  const usual = console.error;
  console.error = (line: string) => lines.push(line.replace(/\n$/, ""));
  try {
    const levels = readLogLevels(options.level ?? "info");
    if (typeof levels === "string") throw new Error(levels);
    await setUpLog({
      levels,
      format: "text",
      secrets: [],
      file: { path, maxBytes: 1e6, files: 2 },
      clock,
      ...options,
    });
    run(clock);
    await closeLog();
  } finally {
    console.error = usual;
  }
  equal(clock.pending, 0);
  return { lines, file: Deno.readTextFileSync(path).split("\n").slice(0, -1) };
}

Deno.test("the file has the lines of standard error", async () => {
  const { lines, file } = await written(
    {},
    () => getLogger(["proxy"]).info("listening on {port}", { port: 1 }),
  );
  deepEqual(file, lines);
  match(lines[0]!, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} IST info {4}proxy {4}listening on 1$/);
});

Deno.test("a part can say more than the others, or less", async () => {
  const { lines } = await written({ level: "info,broker=debug,clients=error" }, () => {
    for (const part of [["proxy"], ["broker"], ["broker", "login"], ["clients"]]) {
      const log = getLogger(part);
      log.debug("{part} debug", { part });
      log.info("{part} info", { part });
      log.error("{part} error", { part });
    }
  });
  deepEqual(lines.map((line) => line.replace(/.*IST (\w+) +(\w+) .*/, "$2 $1")), [
    "proxy info",
    "proxy error",
    "broker debug",
    "broker info",
    "broker error",
    "broker debug",
    "broker info",
    "broker error",
    "clients error",
  ]);
});

for (const format of ["text", "json"] as const) {
  Deno.test(`what came from outside stays within its line and shows no secret, in ${format}`, async () => {
    const hostile =
      'x\n2026-01-01 IST info broker all is well\r\x1b[2J\u2028\u202e token=s3cretw0rd "jwtToken":"s3cretw0rd"';
    const { lines, file } = await written({ format, secrets: [new Secret("pa55 w0rd")] }, () => {
      const log = getLogger(["broker"]);
      log.warn("it said {text}", { text: hostile });
      log.error("it failed: {error}", { error: new Error(`${hostile} pa55 w0rd`) });
      log.error("it threw {value}", { value: { hostile, secret: new Secret("pa55 w0rd") } });
    });
    deepEqual(file, lines);
    equal(lines.length, 3);
    for (const line of lines) {
      ok(!/s3cretw0rd|pa55 w0rd/.test(line), line);
      ok(!/[\p{Cc}]/u.test(line), JSON.stringify(line));
      if (format === "json") JSON.parse(line);
    }
  });
}

Deno.test("a part that is called as a field of the line does not take its place", async () => {
  const { lines } = await written({ format: "json" }, () => {
    const parts = {
      message: "Invalid Token",
      level: "info",
      time: "never",
      category: "none",
      code: "AG8001",
    };
    getLogger(["broker"]).error("the broker refused: {code} {message}", parts);
  });
  const { time, ...line } = JSON.parse(lines[0]!);
  ok(Date.parse(time) > 0);
  deepEqual(line, {
    level: "error",
    category: "broker",
    message: "the broker refused: AG8001 Invalid Token",
    code: "AG8001",
  });
});

Deno.test("what repeats is counted after a while", async () => {
  const { lines } = await written({}, (clock) => {
    for (let i = 0; i < 30; i++) getLogger(["clients"]).info("client {i} left", { i });
    clock.advance(60_000);
  });
  equal(lines.length, 21);
  match(lines[20]!, /info {4}clients {2}… 10 more like this in the last minute: client \{i\} left$/);
});

Deno.test("a file that cannot be written is said on standard error, and the log goes on there", async () => {
  const usual = console.error;
  const lines: string[] = [];
  console.error = (line: string) => lines.push(line);
  try {
    await setUpLog({
      levels: { usual: "info", of: {} },
      format: "text",
      secrets: [],
      file: { path: `${import.meta.dirname}/log_test.ts/proxy.log`, maxBytes: 1e6, files: 2 },
      clock: new FakeClock(),
    });
    getLogger(["proxy"]).info("one");
    getLogger(["proxy"]).info("two");
    await closeLog();
  } finally {
    console.error = usual;
  }
  equal(lines.length, 3);
  match(lines[0]!, /one/);
  match(lines[1]!, /warning proxy {4}LOG_FILE .* cannot be written/);
  match(lines[2]!, /two/);
});
