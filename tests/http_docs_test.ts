import { deepStrictEqual as deepEqual, match, ok, rejects, strictEqual as equal } from "node:assert/strict";
import { AccessList, digestOf } from "../lib/access/access_list.ts";
import { readTokens } from "../lib/access/token_file.ts";
import { quoteColumns } from "../lib/clients/http/quote_csv.ts";
import { DEFAULT_LIMITS } from "../lib/config/limits.ts";
import { findPython, fits, pageOf, run, words } from "./documented.ts";
import { FakeClock } from "./fakes.ts";
import { Rig } from "./proxy/rig.ts";
import { TemporaryFolder } from "./sdk/program.ts";

const { blocks, table, text } = pageOf("http.md");

const ADDRESS = "http://localhost:8765";

/** An answer, waited for with the clock in the hand. */
async function ask(rig: Rig, path: string, init: RequestInit = {}) {
  let answer: { http: number; text: string } | undefined;
  fetch(`http://127.0.0.1:${rig.proxy.port}${path}`, init).then(async (response) => {
    answer = { http: response.status, text: await response.text() };
  });
  await rig.until(() => answer !== undefined);
  return { ...answer!, body: JSON.parse(answer!.text) };
}

/** The rows of the table of parameters below a heading. */
function parametersBelow(heading: string): string[] {
  const part = text.slice(text.indexOf(`\n${heading}\n`)).split("\n## ", 2).join("");
  return [...part.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name!);
}

Deno.test("each command of the page is answered as a shell gives it", async () => {
  await using rig = await Rig.start();
  const commands = blocks("sh").flatMap((block) => block.trim().split("\n"));
  ok(commands.length >= 6);
  for (const command of commands) {
    ok(command.includes(ADDRESS), command);
    const here = command.replaceAll(ADDRESS, `http://127.0.0.1:${rig.proxy.port}`);
    const stream = command.includes("/events");
    const out = await run(
      rig,
      "sh",
      ["-c", `exec ${here}`],
      (out) => stream && out.split("\n\n").length > 3,
    );
    if (stream) match(out, /^event: info$/m);
    else if (command.includes("/chain")) match(out, /^underlying,expires,strike,.*\r\nnfo:NIFTY,2026-/);
    else if (command.includes("format=csv")) {
      match(
        out,
        /^asked,freshness,last_traded_price\n(\S+,(live|quiet),[\d.]+\n|NIFTY 50,(live|quiet),[\d.]+\n){3}$/,
      );
    } else equal(JSON.parse(out).status, "success", out);
  }
});

Deno.test("the answer of /quotes has the documented fields, and an error too", async () => {
  await using rig = await Rig.start();
  const [quotes, error] = blocks("json").map((block) => JSON.parse(block));
  fits((await ask(rig, "/quotes?symbols=sbin&mode=ltp")).body, quotes);
  const { body } = await ask(rig, "/quotes?symbol=sbin");
  fits(body, error);
  ok(body.message.startsWith(error.message.replace("…", "")), body.message);
});

Deno.test("the documented parameters of a route are those that it takes", async () => {
  await using rig = await Rig.start();
  const { body } = await ask(rig, "/quotes?none");
  const taken = [...body.message.split("It takes")[1].matchAll(/"(\w+)"/g)].map(([, name]) => name);
  deepEqual(new Set(parametersBelow("## /quotes").slice(0, taken.length)), new Set(taken));
  for (const path of ["/chain", "/events", "/search"]) {
    const { body } = await ask(rig, `${path}?none`);
    for (const [, name] of body.message.split("It takes")[1].matchAll(/"(\w+)"/g)) {
      ok(text.includes(`\`${name}\``) || text.includes(`\`${name}=`), `${path} ${name}`);
    }
  }
});

Deno.test("the documented paths are those that are described, all of them", async () => {
  await using rig = await Rig.start();
  const { body } = await ask(rig, "/openapi.json");
  deepEqual(new Set(table(/^\| path /).map(([path]) => words(path!)[0])), new Set(Object.keys(body.paths)));
});

Deno.test("the documented fields of a row are those of every row", async () => {
  const fields = new Set(table(/^\| field /).flatMap(([cell]) => words(cell!.replace(/ of .*/, ""))));
  const columns = quoteColumns("ltp").slice(0, quoteColumns("ltp").indexOf("exchange"));
  for (const column of columns) {
    ok(fields.has(column) || text.includes(`\`${column}\` is`) || column === "instrument", column);
  }
  await using rig = await Rig.start();
  const { body } = await ask(rig, "/quotes?symbols=SBIN,NOBODY&mode=snapquote");
  for (const row of body.data) ok("asked" in row && "freshness" in row && "status" in row);
});

Deno.test("each documented code is what its mistake is answered with, with its number", async () => {
  const clock = new FakeClock();
  const token = "excel-secret-0123456789";
  const entry = { name: "excel", sha256: digestOf(token), exchanges: ["nse" as const] };
  const access = new AccessList(clock, readTokens(JSON.stringify([entry])));
  const authorization = `Bearer ${token}`;
  const limits = { ...DEFAULT_LIMITS, subscriptions: 1 };
  await using guarded = await Rig.start({ clock, proxy: { access } });
  await using open = await Rig.start({ proxy: { limits } });
  const mistakes: Record<string, () => ReturnType<typeof ask>> = {
    bad_query: () => ask(open, "/quotes?symbol=SBIN"),
    token_required: () => ask(guarded, "/status"),
    token_refused: () => ask(guarded, "/status?token=no"),
    origin_refused: () => ask(open, "/status", { headers: { origin: "http://evil.example" } }),
    not_allowed: () => ask(guarded, "/quotes?exchange=mcx", { headers: { authorization } }),
    too_many_instruments: async () => {
      await ask(open, "/quotes?symbols=SBIN");
      return await ask(open, "/quotes?symbols=RELIANCE");
    },
    unknown_instrument: () => ask(open, "/quotes?symbols=NOBODY"),
    expired_instrument: () => ask(open, "/quotes?symbols=NIFTY27OCT26FUT"),
    underlying_instrument: () => ask(open, "/quotes?symbols=USDINR"),
    no_options: () => ask(open, "/chain?underlying=SBIN"),
    unknown_expiry: () => ask(open, "/chain?underlying=NIFTY&expiry=2026-12-02"),
    ambiguous_instrument: () => ask(open, "/quotes?symbols=3045"),
    unknown_exchange: () => ask(open, "/quotes?exchange=bse"),
    not_found: () => ask(open, "/qoutes"),
    method_not_allowed: () => ask(open, "/quotes", { method: "POST" }),
  };
  // Those of limits are in clients/http/quotes_test.ts and events_test.ts; the last one is a mistake of ours.
  const others = ["rate_limited", "budget_exhausted", "too_many_clients", "internal"];
  const rows = table(/^\| HTTP \|/).map(([http, code]) => [Number(http), words(code!)[0]!] as const);
  deepEqual(rows.map(([, code]) => code), [...Object.keys(mistakes), ...others]);
  for (const [http, code] of rows) {
    const answer = await mistakes[code]?.();
    if (answer !== undefined) deepEqual([answer.http, answer.body.code], [http, code]);
  }
});

Deno.test("the links of the page lead to headings that there are", () => {
  const anchors = (page: string) =>
    [...pageOf(page).text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
      heading!.toLowerCase().replace(/[^\w -]/g, "").replaceAll(" ", "-")
    );
  const links = [...text.matchAll(/\]\(([\w.]*)#([\w-]+)\)/g)];
  ok(links.length > 5);
  for (const [link, page, anchor] of links) {
    ok(anchors(page === "" ? "http.md" : page!).includes(anchor!), link);
  }
});

Deno.test("the page's program runs", async () => {
  await using rig = await Rig.start();
  const [source] = blocks("js");
  const here = source!.replace(ADDRESS, `http://127.0.0.1:${rig.proxy.port}`);
  const out = await run(rig, Deno.execPath(), ["eval", here], (out) => out.split("\n").length > 3);
  match(out, /^SBIN-EQ \d/m);
});

const python = await findPython("csv");

Deno.test({
  name: "the page shows the Python example, and it runs",
  ignore: python === undefined,
  async fn() {
    const path = new URL("../docs/examples/quotes.py", import.meta.url);
    deepEqual(blocks("python"), [Deno.readTextFileSync(path)]);
    await using rig = await Rig.start();
    const out = await run(rig, python!, [path.pathname, `http://127.0.0.1:${rig.proxy.port}`]);
    match(out, /^(\S+-EQ [\d.]+ (live|quiet) \d+\n){2}$/);
  },
});

const EXAMPLES = new URL("../docs/examples/", import.meta.url);

Deno.test({
  name: "the Python recorder writes a table, and says what is wrong with what it is asked for",
  ignore: python === undefined,
  async fn() {
    const path = new URL("recorder.py", EXAMPLES).pathname;
    await using rig = await Rig.start();
    const proxy = `http://127.0.0.1:${rig.proxy.port}`;
    const lines = (out: string) => out.split("\n").slice(0, -1);
    const out = await run(rig, python!, [path, "SBIN,RELIANCE", proxy], (out) => lines(out).length > 5);
    const [head, ...rows] = lines(out);
    equal(head, "sent_at,symbol,last_traded_price,volume,freshness");
    for (const row of rows) match(row, /^\d{13},(SBIN|RELIANCE)-EQ,[\d.]+,\d*,(live|quiet)$/);
    await rejects(run(rig, python!, [path, "NOBODY", proxy]), /no instrument has this name/);
  },
});

const hasNode = await new Deno.Command("node", { args: ["--version"], stdout: "null", stderr: "null" })
  .output().then(({ success }) => success, () => false);

Deno.test({
  name: "the Node example runs",
  ignore: !hasNode,
  async fn() {
    const path = new URL("events.mjs", EXAMPLES).pathname;
    await using rig = await Rig.start();
    const proxy = `http://127.0.0.1:${rig.proxy.port}`;
    const out = await run(rig, "node", [path, "SBIN", proxy], (out) => out.split("\n").length > 3);
    match(out, /^info Connected/);
    match(out, /^SBIN-EQ [\d.]+ live$/m);
  },
});

const hasGo = await new Deno.Command("go", { args: ["version"], stdout: "null", stderr: "null" })
  .output().then(({ success }) => success, () => false);
if (!hasGo) console.warn("SKIPPED, the Go example is not tried: there is no go");

Deno.test({
  name: "the Go example runs",
  ignore: !hasGo,
  async fn() {
    const path = new URL("events.go", EXAMPLES).pathname;
    await using rig = await Rig.start();
    const proxy = `http://127.0.0.1:${rig.proxy.port}`;
    using folder = new TemporaryFolder();
    const built = await new Deno.Command("go", { args: ["build", "-o", `${folder.path}/events`, path] })
      .output();
    ok(built.success, new TextDecoder().decode(built.stderr));
    const out = await run(rig, `${folder.path}/events`, ["SBIN", proxy], (out) => out.split("\n").length > 3);
    match(out, /^info Connected/);
    match(out, /^SBIN-EQ [\d.]+ live$/m);
  },
});

Deno.test("the page shows the query for Excel; the addresses of the n8n workflow are answered", async () => {
  deepEqual(blocks("powerquery"), [Deno.readTextFileSync(new URL("quotes.pq", EXAMPLES))]);
  const { nodes, connections } = JSON.parse(Deno.readTextFileSync(new URL("n8n.json", EXAMPLES)));
  await using rig = await Rig.start();
  const addresses = nodes.flatMap(({ parameters }: { parameters: { url?: string } }) => parameters.url ?? []);
  equal(addresses.length, 2);
  for (const address of addresses) {
    const { pathname, search } = new URL(address);
    let status: number | undefined;
    fetch(`http://127.0.0.1:${rig.proxy.port}${pathname}${search}`, { method: "HEAD" })
      .then((answer) => status = answer.status);
    await rig.until(() => status !== undefined);
    equal(status, 200, address);
  }
  const names = nodes.map(({ name }: { name: string }) => name);
  for (const name of Object.keys(connections)) ok(names.includes(name));
});
