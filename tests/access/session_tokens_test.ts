import {
  deepStrictEqual as deepEqual,
  match,
  notStrictEqual as notEqual,
  strictEqual as equal,
} from "node:assert/strict";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { ANYONE } from "../../lib/access/entitlement.ts";
import { openSessionKey } from "../../lib/access/session_key.ts";
import { SessionTokens } from "../../lib/access/session_tokens.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import { Secret } from "../../lib/util/secret.ts";
import { FakeClock } from "../fakes.ts";

const KEY = new Uint8Array(32).fill(7);

const DAY_MS = 86_400_000;

function entries(...tokens: Record<string, unknown>[]) {
  return readTokens(
    JSON.stringify(tokens.map((each) => ({ sha256: digestOf(`${each.name}-secret`), ...each }))),
  );
}

function stage(...tokens: Record<string, unknown>[]) {
  const clock = new FakeClock();
  const access = new AccessList(clock, entries(...tokens));
  const entitlement = access.entitlementOf(`${tokens[0]!.name}-secret`)!;
  return { clock, access, entitlement, sessions: new SessionTokens(clock, KEY, access) };
}

Deno.test("a token tells its use, its client and its rights; nothing but unreserved characters is in it", () => {
  const { sessions, entitlement } = stage({ name: "a@b.c", exchanges: ["nse"] });
  const tokens = sessions.issue(entitlement, 'Ä"1');
  const kinds = { jwtToken: "jwt", refreshToken: "refresh", feedToken: "feed" } as const;
  for (const [name, kind] of Object.entries(kinds)) {
    const token = tokens[name as keyof typeof tokens];
    match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
    deepEqual(sessions.claimsOf(token), { kind, clientCode: 'Ä"1', entitlement });
  }
  equal(new Set(Object.values(tokens)).size, 3);
});

Deno.test("a token is good after a restart and past midnight, has the rights of now, and ends with its access token", () => {
  const { clock, access, sessions, entitlement } = stage({ name: "phone" }, { name: "other" });
  const { feedToken } = sessions.issue(entitlement, "A1");
  const claims = () => new SessionTokens(clock, KEY, access).claimsOf(feedToken);
  clock.advance(3 * DAY_MS);
  equal(claims()?.entitlement.name, "phone");
  access.replace(entries({ name: "phone", max_instruments: 5 }));
  equal(claims()?.entitlement.maxInstruments, 5);
  access.replace(entries({ name: "other" }));
  equal(claims(), undefined);
  // Another one of the same name is another one.
  access.replace(entries({ name: "phone", sha256: digestOf("new") }));
  equal(claims(), undefined);
  access.replace(entries({ name: "phone" }));
  equal(claims()?.entitlement.name, "phone");
  access.replace(entries({ name: "phone", expires: "2026-11-24" }));
  equal(claims()?.entitlement.name, "phone");
  clock.advance(2 * DAY_MS);
  equal(claims(), undefined);
});

Deno.test("exp is a number that is never later than the end of the access token", () => {
  const { clock, sessions, entitlement } = stage({ name: "phone", expires: "2026-12-01" });
  const exp = (token: string) => JSON.parse(atob(token.split(".")[1]!)).exp;
  equal(exp(sessions.issue(entitlement, "A1").jwtToken), Date.parse("2026-12-02T00:00:00+05:30") / 1000);
  const anyone = new SessionTokens(clock, KEY);
  const { jwtToken } = anyone.issue(ANYONE, "A1");
  equal(exp(jwtToken), Math.floor((clock.now() + 365 * DAY_MS) / 1000));
});

Deno.test("a token that was changed, cut, or signed by another is none", () => {
  const { clock, access, sessions, entitlement } = stage({ name: "phone" }, { name: "other" });
  const { feedToken } = sessions.issue(entitlement, "A1");
  const [header, body, signature] = feedToken.split(".") as [string, string, string];
  const other = btoa(atob(body).replace("phone", "other")).replace(/=+$/, "");
  notEqual(other, body);
  const foreign = new SessionTokens(clock, KEY.map((byte) => byte + 1), access).issue(entitlement, "A1");
  const anyone = new SessionTokens(clock, KEY).issue({ name: "phone" }, "A1");
  for (
    const token of [
      `${header}.${other}.${signature}`,
      `${header}.${body}.`,
      `${header}.${body}`,
      `${header}.${body}.${signature.slice(0, -4)}`,
      `${header}.bm8.${signature}`,
      `..`,
      "",
      foreign.feedToken,
      anyone.feedToken,
      `${header}.${"A".repeat(10_000)}.${signature}`,
    ]
  ) equal(sessions.claimsOf(token), undefined, token.slice(0, 200));
});

Deno.test("without access tokens, what a token says of its client is believed", () => {
  const clock = new FakeClock();
  const { jwtToken } = new SessionTokens(clock, KEY).issue(ANYONE, "A1");
  const later = new SessionTokens(clock, KEY.map((byte) => byte + 1));
  deepEqual(later.claimsOf(jwtToken), { kind: "jwt", clientCode: "A1", entitlement: ANYONE });
});

Deno.test("the key is made from the one access token, or kept where only the owner reads it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const inner = `${folder}/data`;
    const own = (token: string) => openSessionKey({ token: new Secret(token) }, inner);
    deepEqual(await own("a".repeat(16)), await own("a".repeat(16)));
    notEqual(String(await own("a".repeat(16))), String(await own("b".repeat(16))));
    const kept = () =>
      openSessionKey({ token: new Secret("a".repeat(16)), tokensFile: "tokens.json" }, inner);
    const first = await kept();
    deepEqual(await kept(), first);
    equal(first.length, 32);
    const [file, ...more] = Deno.readDirSync(inner);
    deepEqual(more, []);
    const info = await Deno.stat(`${inner}/${file!.name}`);
    if (Deno.build.os !== "windows") equal(info.mode! & 0o777, 0o600);
    // What cannot be kept is a key all the same.
    await Deno.writeTextFile(`${inner}/${file!.name}`, "short");
    equal((await kept()).length, 32);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
