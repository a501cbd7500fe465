import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { RestRefusal } from "../../../lib/smartapi/broker_error.ts";
import { DATA_CALLS } from "../../../lib/smartapi/data_calls.ts";
import { PATHS } from "../../../lib/smartapi/endpoints.ts";
import type { BrokerSession, DataReply } from "../../../lib/smartapi/rest.ts";
import { simulatedCredentials } from "../../../lib/commands/credentials.ts";
import { type Account, createAccount } from "../../../lib/upstream/account/account.ts";
import { LoginFailure } from "../../../lib/upstream/cause.ts";
import { createBrokerData } from "../../../lib/upstream/data/broker_data.ts";
import { DEFAULT_POLICY } from "../../../lib/upstream/policy.ts";
import { Secret } from "../../../lib/util/secret.ts";
import { FakeClock } from "../../fakes.ts";

const REFUSED = '{"success":false,"message":"Invalid Token","errorCode":"AG8001","data":""}';
const GOOD = '{"status":true,"message":"SUCCESS","errorcode":"","data":[]}';

/** An account of which each session has a number; the test answers the calls. */
function stage(answer: (session: number) => string | Error) {
  const clock = new FakeClock();
  const seen = { logins: 1, calls: [] as [number, string][] };
  let session = newSession(1);
  let failure: LoginFailure | undefined;
  const account = {
    session: () => failure === undefined ? Promise.resolve(session) : Promise.reject(failure),
    forget(refused: BrokerSession) {
      if (refused === session) session = newSession(++seen.logins);
    },
    data({ jwt }: BrokerSession, { path }: { path: string }): Promise<DataReply> {
      const number = Number(jwt.reveal());
      seen.calls.push([number, path]);
      const text = answer(number);
      if (text instanceof Error) return Promise.reject(text);
      return Promise.resolve({ status: 200, type: "application/json", text });
    },
  } as Partial<Account> as Account;
  const data = createBrokerData(account, clock);
  return { clock, data, seen, fail: (cause: LoginFailure) => failure = cause };

  function newSession(number: number): BrokerSession {
    return { jwt: new Secret(String(number)), feedToken: new Secret("f"), issuedAt: clock.now() };
  }
}

const answer = (text: string) => ({ kind: "answer", status: 200, type: "application/json", text });

for (const refused of [REFUSED, '{"status":false,"errorcode":"AG8001"}', REFUSED.replace("8001", "8002")]) {
  Deno.test(`a token that is refused is replaced once by a new login: ${refused}`, async () => {
    const { data, seen } = stage((session) => session === 1 ? refused : GOOD);
    const { path } = DATA_CALLS.candles;
    deepEqual(await data.ask("candles", {}), answer(GOOD));
    deepEqual(seen, { logins: 2, calls: [[1, path], [2, path]] });
    deepEqual(await data.ask("candles", {}), answer(GOOD));
    equal(seen.logins, 2);
  });
}

Deno.test("calls that are refused together cost one login", async () => {
  const { data, seen } = stage((session) => session === 1 ? REFUSED : GOOD);
  const names = ["candles", "quote", "quote", "ltp"] as const;
  const answers = await Promise.all(names.map((name) => data.ask(name, {})));
  deepEqual(answers, names.map(() => answer(GOOD)));
  deepEqual([seen.logins, seen.calls.length], [2, 8]);
});

Deno.test("a refusal that a new login does not mend costs no more logins for an hour", async () => {
  const { data, seen, clock } = stage(() => REFUSED);
  for (let i = 0; i < 5; i++) {
    deepEqual(await data.ask("quote", {}), answer(REFUSED));
    clock.advance(10_000);
  }
  equal(seen.logins, 2);
  clock.advance(3_600_000);
  await data.ask("quote", {});
  equal(seen.logins, 3);
});

Deno.test("nothing else is tried again, and what failed is said", async () => {
  const refusals = [
    '{"status":false,"message":"x","errorcode":"AB1004","data":null}',
    "<html>AG8001</html>",
    "",
    "null",
    '{"success":false,"errorCode":"AG8004"}',
  ];
  for (const text of refusals) {
    const { data, seen } = stage(() => text);
    deepEqual(await data.ask("candles", {}), answer(text));
    deepEqual([seen.logins, seen.calls.length], [1, 1]);
  }
  const broken = stage(() => new RestRefusal("retry", "api.example cannot be reached (no DNS answer)"));
  deepEqual(await broken.data.ask("candles", {}), {
    kind: "failed",
    message: "api.example cannot be reached (no DNS answer)",
  });
  equal(broken.seen.calls.length, 1);
  const { data, fail } = stage(() => GOOD);
  fail(new LoginFailure({ kind: "login", message: "login refused: AB1007" }));
  deepEqual(await data.ask("candles", {}), { kind: "failed", message: "login refused: AB1007" });
});

Deno.test("the new login is the account's own: with a new one-time code, and for all that comes after", async () => {
  const clock = new FakeClock();
  const paths: string[] = [];
  const codes = new Set<string>();
  const account = createAccount({
    credentials: simulatedCredentials(),
    restUrl: "https://broker.example",
    streamUrl: "wss://broker.example",
    addresses: { localIp: "127.0.0.1", publicIp: "127.0.0.1", mac: "00:00:00:00:00:00" },
    clock,
    policy: { ...DEFAULT_POLICY, random: () => 0.5 },
    wire: {
      fetch(url, init) {
        const { pathname } = new URL(String(url));
        paths.push(pathname);
        if (pathname === PATHS.login) {
          codes.add(JSON.parse(String(init?.body)).totp);
          const number = codes.size;
          const data = { jwtToken: `jwt-${number}`, feedToken: `feed-${number}`, refreshToken: "r" };
          return Promise.resolve(Response.json({ status: true, message: "SUCCESS", errorcode: "", data }));
        }
        const authorization = new Headers(init?.headers).get("authorization");
        return Promise.resolve(new Response(authorization === "Bearer jwt-1" ? REFUSED : GOOD));
      },
      openStream: () => () => {
        throw new Error("nobody streams");
      },
    },
  });
  const data = createBrokerData(account, clock);
  const ask = async () => {
    let done = false;
    const answer = data.ask("quote", {}).finally(() => done = true);
    while (!done) {
      await new Promise((resolve) => setTimeout(resolve));
      clock.advance(1_000);
    }
    const given = await answer;
    return given.kind === "answer" && given.text;
  };
  equal(await ask(), GOOD);
  equal(await ask(), GOOD);
  const { path } = DATA_CALLS.quote;
  deepEqual(paths, [PATHS.login, path, PATHS.login, path, path]);
  equal(codes.size, 2);
});
