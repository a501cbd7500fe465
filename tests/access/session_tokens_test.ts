import {
  deepStrictEqual as deepEqual,
  match,
  notStrictEqual as notEqual,
  ok,
  strictEqual as equal,
} from "node:assert/strict";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { ANYONE } from "../../lib/access/entitlement.ts";
import { SessionTokens, type SignIn } from "../../lib/access/session_tokens.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import { Secret } from "../../lib/util/secret.ts";
import { FakeClock } from "../fakes.ts";

const DAY_MS = 86_400_000;

function entries(...tokens: Record<string, unknown>[]) {
  return readTokens(
    JSON.stringify(tokens.map((each) => ({ sha256: digestOf(`${each.name}-secret`), ...each }))),
  );
}

function signInOf(access: AccessList, name: string): SignIn {
  const accessToken = `${name}-secret`;
  return { entitlement: access.entitlementOf(accessToken)!, accessToken: new Secret(accessToken) };
}

function stage(...tokens: Record<string, unknown>[]) {
  const clock = new FakeClock();
  const access = new AccessList(clock, entries({ name: "phone", ...tokens[0] }, ...tokens.slice(1)));
  return { clock, access, phone: signInOf(access, "phone"), sessions: new SessionTokens(clock, access) };
}

Deno.test("a token tells its use, its client and its rights; nothing but unreserved characters is in it", () => {
  const { sessions, phone } = stage({ exchanges: ["nse"] });
  const tokens = sessions.issue(phone, 'Ä"1');
  const kinds = { jwtToken: "jwt", refreshToken: "refresh", feedToken: "feed" } as const;
  for (const [name, kind] of Object.entries(kinds)) {
    const token = tokens[name as keyof typeof tokens];
    match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
    const claims = sessions.claimsOf(token)!;
    deepEqual([claims.kind, claims.clientCode], [kind, 'Ä"1']);
    deepEqual(claims.signIn.entitlement, phone.entitlement);
    equal(claims.signIn.accessToken?.reveal(), "phone-secret");
  }
  equal(new Set(Object.values(tokens)).size, 3);
});

Deno.test("a token is good after a restart and past midnight, has the rights of now, and ends with its access token", () => {
  const { clock, access, sessions, phone } = stage({}, { name: "other" });
  const { feedToken } = sessions.issue(phone, "A1");
  const entitlement = () => new SessionTokens(clock, access).claimsOf(feedToken)?.signIn.entitlement;
  clock.advance(3 * DAY_MS);
  equal(entitlement()?.name, "phone");
  access.replace(entries({ name: "phone", max_instruments: 5 }));
  equal(entitlement()?.maxInstruments, 5);
  access.replace(entries({ name: "other" }));
  equal(entitlement(), undefined);
  // Another one of the same name is another one.
  access.replace(entries({ name: "phone", sha256: digestOf("new") }));
  equal(entitlement(), undefined);
  access.replace(entries({ name: "phone" }));
  equal(entitlement()?.name, "phone");
  access.replace(entries({ name: "phone", expires: "2026-11-24" }));
  equal(entitlement()?.name, "phone");
  clock.advance(2 * DAY_MS);
  equal(entitlement(), undefined);
});

Deno.test("exp is a number that is never later than the end of the access token", () => {
  const { clock, sessions, phone } = stage({ expires: "2026-12-01" });
  const exp = (token: string) => JSON.parse(atob(token.split(".")[1]!)).exp;
  equal(exp(sessions.issue(phone, "A1").jwtToken), Date.parse("2026-12-02T00:00:00+05:30") / 1000);
  const { jwtToken } = new SessionTokens(clock).issue({ entitlement: ANYONE }, "A1");
  equal(exp(jwtToken), Math.floor((clock.now() + 365 * DAY_MS) / 1000));
});

Deno.test("a token that was changed, cut, or made without the access token is none", () => {
  const { clock, sessions, phone } = stage({}, { name: "other" });
  const { feedToken, refreshToken } = sessions.issue(phone, "A1");
  const [header, body, proof] = feedToken.split(".") as [string, string, string];
  const other = btoa(atob(body).replace("phone", "other")).replace(/=+$/, "");
  notEqual(other, body);
  // Whoever reads the file of access tokens knows their names and digests.
  const { sha256 } = entries({ name: "phone" })[0]!;
  const forged = [sha256, "", "other-secret"].map((secret) =>
    new SessionTokens(clock).issue({ entitlement: { name: "phone" }, accessToken: new Secret(secret) }, "A1")
  );
  const unproved = new SessionTokens(clock).issue({ entitlement: { name: "phone" } }, "A1");
  for (
    const token of [
      `${header}.${other}.${proof}`,
      `${header}.${body}.${refreshToken.split(".")[2]}`,
      `${header}.${body}.`,
      `${header}.${body}`,
      `${header}.${body}.${proof.slice(0, -4)}`,
      `${header}.${body}.${proof.slice(4)}`,
      `${header}.${body}.AAAA`,
      `${header}.bm8.${proof}`,
      `..`,
      "",
      ...forged.map((tokens) => tokens.feedToken),
      unproved.feedToken,
      `${header}.${"A".repeat(10_000)}.${proof}`,
    ]
  ) equal(sessions.claimsOf(token), undefined, token.slice(0, 200));
});

Deno.test("a token does not show the access token, nor its length", () => {
  const { clock } = stage();
  const tokens = ["a".repeat(16), "b".repeat(43)].map((secret) =>
    new SessionTokens(clock).issue({ entitlement: ANYONE, accessToken: new Secret(secret) }, "A1").feedToken
  );
  equal(tokens[0]!.length, tokens[1]!.length);
  for (const token of tokens) {
    const text = token.split(".").map((part) => atob(part.replaceAll("-", "+").replaceAll("_", "/"))).join();
    ok(!/aaaa|bbbb/.test(text), text);
  }
});

Deno.test("the longest names, codes and access tokens make tokens that are read again", () => {
  const clock = new FakeClock();
  const [name, secret] = ["n".repeat(40), "s".repeat(200)];
  const access = new AccessList(clock, entries({ name, sha256: digestOf(secret) }));
  const sessions = new SessionTokens(clock, access);
  const signIn = { entitlement: access.entitlementOf(secret)!, accessToken: new Secret(secret) };
  const { jwtToken } = sessions.issue(signIn, "\u{1f600}".repeat(32));
  equal(sessions.claimsOf(jwtToken)?.signIn.entitlement.name, name);
});

Deno.test("without access tokens, what a token says of its client is believed", () => {
  const clock = new FakeClock();
  const { jwtToken } = new SessionTokens(clock).issue({ entitlement: ANYONE }, "A1");
  const later = new SessionTokens(clock);
  deepEqual(later.claimsOf(jwtToken), { kind: "jwt", clientCode: "A1", signIn: { entitlement: ANYONE } });
});
