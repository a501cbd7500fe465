import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { addToken, newToken } from "../../lib/access/new_token.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import { FakeClock } from "../fakes.ts";

const DIGEST = digestOf("a token");

function problem(json: unknown): string {
  try {
    readTokens(typeof json === "string" ? json : JSON.stringify(json));
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`was read: ${JSON.stringify(json)}`);
}

Deno.test("digestOf() is SHA-256, as sha256sum prints it", () => {
  equal(digestOf("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

Deno.test("readTokens() reads names, digests and rights; a date is good to its end in India", () => {
  const [full, bare, exact] = readTokens(JSON.stringify([
    {
      name: "phone",
      sha256: DIGEST.toUpperCase(),
      exchanges: ["nse", "nfo"],
      max_instruments: 50,
      rest: false,
      operator: true,
      expires: "2027-03-31",
    },
    { name: "notebook", sha256: DIGEST },
    { name: "guest", sha256: DIGEST, expires: "2026-11-20T15:30:00+05:30" },
  ]));
  deepEqual(full, {
    name: "phone",
    sha256: DIGEST,
    exchanges: new Set(["nse", "nfo"]),
    maxInstruments: 50,
    rest: false,
    operator: true,
    expires: Date.parse("2027-04-01T00:00:00+05:30"),
  });
  deepEqual(
    [bare!.exchanges, bare!.maxInstruments, bare!.rest, bare!.operator, bare!.expires],
    [undefined, undefined, undefined, undefined, undefined],
  );
  equal(exact!.expires, Date.parse("2026-11-20T10:00:00Z"));
});

Deno.test("readTokens() says what is wrong, and where", () => {
  const entry = { name: "phone", sha256: DIGEST };
  match(problem("[{"), /not JSON/);
  match(problem({}), /must be a list of tokens/);
  match(problem([{ ...entry, sha256: "a token" }]), /64 hexadecimal digits.*\[0\]\.sha256/);
  match(problem([{ ...entry, name: "a b" }]), /letters, digits.*\[0\]\.name/);
  match(problem([entry, entry]), /phone is there twice/);
  match(problem([{ ...entry, exchanges: ["nyse"] }]), /nse, nfo.*exchanges/);
  match(problem([{ ...entry, exchanges: [] }]), /is empty/);
  match(problem([{ ...entry, expires: "soon" }]), /2027-03-31/);
  match(problem([{ ...entry, expires: "2027-02-30T00:00:00" }]), /2027-03-31/);
  match(problem([{ ...entry, max_instruments: 0 }]), /1 or more/);
  match(problem([{ ...entry, rest: "no" }]), /true or false.*\[0\]\.rest/);
  match(problem([{ ...entry, token: "in clear" }]), /token/i);
});

Deno.test("a new token is long, differs each time, and its digest lets it in", () => {
  const clock = new FakeClock();
  const made = newToken({ name: "phone", exchanges: ["nse"], expires: "2027-03-31" });
  match(made.token, /^[\w-]{43}$/);
  ok(newToken({ name: "phone" }).token !== made.token);
  ok(!JSON.stringify(made.entry).includes(made.token));
  const list = new AccessList(clock, readTokens(JSON.stringify([made.entry])));
  equal(list.entitlementOf(made.token)?.name, "phone");
  equal(list.entitlementOf(`${made.token}x`), undefined);
  equal(list.entitlementOf(""), undefined);
});

Deno.test("a entitlement holds until it expires, is taken out, or says something else", () => {
  const clock = new FakeClock(Date.parse("2026-11-20T10:00:00+05:30"));
  const entries = (rights: Record<string, unknown>) =>
    readTokens(JSON.stringify([{ name: "phone", sha256: DIGEST, ...rights }]));
  const list = new AccessList(clock, entries({ expires: "2026-11-20", exchanges: ["nse", "bse"] }));
  const entitlement = list.entitlementOf("a token")!;
  ok(list.holds(entitlement));
  list.replace(entries({ expires: "2026-11-20", exchanges: ["bse", "nse"] }));
  ok(list.holds(entitlement), "the order says nothing");
  for (
    const rights of [{ expires: "2026-11-21", exchanges: ["nse", "bse"] }, { expires: "2026-11-20" }, {
      expires: "2026-11-20",
      exchanges: ["nse", "bse"],
      sha256: digestOf("another"),
    }]
  ) {
    list.replace(entries(rights));
    equal(list.holds(entitlement), false, JSON.stringify(rights));
  }
  list.replace(entries({ expires: "2026-11-20", exchanges: ["nse", "bse"] }));
  clock.advance(14 * 3_600_000);
  equal(list.holds(entitlement), false);
  equal(list.entitlementOf("a token"), undefined);
});

Deno.test("addToken() makes the file, for its owner alone, and never loses what is there", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/tokens.json`;
    const [phone, notebook] = [newToken({ name: "phone" }), newToken({ name: "notebook" })];
    await addToken(path, phone.entry);
    await addToken(path, notebook.entry);
    const text = await Deno.readTextFile(path);
    deepEqual(readTokens(text).map(({ name }) => name), ["phone", "notebook"]);
    if (Deno.build.os !== "windows") equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    const again = await addToken(path, newToken({ name: "phone" }).entry).catch((error) => error);
    match(again.message, /phone is there twice/);
    await Deno.writeTextFile(path, "[{");
    const broken = await addToken(path, newToken({ name: "third" }).entry).catch((error) => error);
    match(broken.message, /not JSON/);
    equal(await Deno.readTextFile(path), "[{");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
