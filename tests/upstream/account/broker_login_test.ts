import assert from "node:assert/strict";
import { LoginFailure } from "../../../lib/upstream/cause.ts";
import { type Cause } from "../../../lib/upstream/cause.ts";
import { DEFAULT_POLICY } from "../../../lib/upstream/policy.ts";
import { type BrokerLogin, createBrokerLogin } from "../../../lib/upstream/account/broker_login.ts";
import { Secret } from "../../../lib/util/secret.ts";
import { type RefusalKind, RestRefusal } from "../../../lib/smartapi/broker_error.ts";
import type { BrokerSession } from "../../../lib/smartapi/rest.ts";
import { FakeClock, settle } from "../../fakes.ts";

const TEN_O_CLOCK = Date.parse("2026-11-20T10:00:00+05:30");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Setting {
  readonly clock: FakeClock;
  readonly keeper: BrokerLogin;
  /** When each login was sent. */
  readonly logins: number[];
  /** How the next logins are refused; otherwise they succeed. */
  readonly refusals: unknown[];
  /** When given, each login waits for it. */
  admission?: Promise<void>;
  driftMs?: number;
}

function setUp({ start = TEN_O_CLOCK, random = () => 0.5 as number } = {}): Setting {
  const clock = new FakeClock(start);
  const setting: Setting = {
    clock,
    logins: [],
    refusals: [],
    keeper: createBrokerLogin({
      clock,
      policy: { ...DEFAULT_POLICY, random },
      rest: {
        async login(): Promise<BrokerSession> {
          setting.logins.push(clock.now());
          const number = setting.logins.length;
          await setting.admission;
          if (setting.refusals.length > 0) throw setting.refusals.shift();
          return {
            jwt: new Secret(`jwt-${number}`),
            refreshToken: new Secret(`refresh-${number}`),
            feedToken: new Secret(`feed-${number}`),
            issuedAt: clock.now(),
            driftMs: setting.driftMs,
          };
        },
      },
    }),
  };
  return setting;
}

function refusal(kind: RefusalKind, message = `words about ${kind}`): RestRefusal {
  return new RestRefusal(kind, message);
}

async function failureOf(session: Promise<BrokerSession>): Promise<Cause> {
  const outcome = await session.catch((error) => error);
  assert.ok(outcome instanceof LoginFailure, `no failure: ${outcome}`);
  return outcome.reason;
}

/** Asks again and again, as a connection does, until the clock has turned that far; answers the causes. */
async function insist({ clock, keeper }: Setting, ms: number): Promise<Cause[]> {
  const end = clock.now() + ms;
  const causes: Cause[] = [];
  while (clock.now() < end) {
    const session = keeper.current().catch((error) => error);
    await clock.advanceAsync(2_000);
    const outcome = await session;
    if (!(outcome instanceof LoginFailure)) return causes;
    causes.push(outcome.reason);
    if (outcome.reason.final) return causes;
    await clock.advanceAsync(Math.max(1, (outcome.reason.notBefore ?? 0) - clock.now()));
  }
  return causes;
}

Deno.test("current() logs in once and gives the same session for the rest of the day", async () => {
  const { clock, keeper, logins } = setUp();
  const session = await keeper.current();
  await clock.advanceAsync(13 * HOUR);
  assert.equal(await keeper.current(), session);
  assert.equal(logins.length, 1);
});

Deno.test("current() asked by three sockets at once logs in once", async () => {
  const setting = setUp();
  let open = () => {};
  setting.admission = new Promise((resolve) => open = resolve);
  const asked = [setting.keeper.current(), setting.keeper.current()];
  await settle();
  asked.push(setting.keeper.current());
  open();
  const [first, second, third] = await Promise.all(asked);
  assert.equal(first, second);
  assert.equal(first, third);
  assert.equal(setting.logins.length, 1);
});

Deno.test("current() refuses everyone who waited for a login that was refused, with one login", async () => {
  const setting = setUp();
  setting.refusals.push(refusal("retry"));
  const asked = [setting.keeper.current(), setting.keeper.current()];
  const [first, second] = await Promise.all(asked.map(failureOf));
  assert.equal(first, second);
  assert.equal(setting.logins.length, 1);
});

Deno.test("current() leaves at least a second between two logins", async () => {
  const setting = setUp({ random: () => 0 });
  const { clock, keeper, logins } = setting;
  for (let i = 0; i < 5; i++) {
    const session = keeper.current();
    await clock.advanceAsync(5_000);
    keeper.forget(await session);
    const next = keeper.current();
    await settle();
    await clock.advanceAsync(2_000);
    keeper.forget(await next);
  }
  assert.equal(logins.length, 10);
  for (let i = 1; i < logins.length; i++) {
    assert.ok(logins[i] - logins[i - 1] >= 1_000, `${logins[i] - logins[i - 1]} ms apart`);
  }
});

Deno.test("current() leaves a second after a login that was long under way", async () => {
  const setting = setUp({ random: () => 0 });
  const { clock, keeper, logins } = setting;
  let open = () => {};
  setting.admission = new Promise((resolve) => open = resolve);
  setting.refusals.push(refusal("retry"));
  const first = failureOf(keeper.current());
  await clock.advanceAsync(9_000);
  open();
  await first;
  const second = keeper.current();
  await clock.advanceAsync(999);
  assert.equal(logins.length, 1);
  await clock.advanceAsync(1_001);
  await second;
  assert.equal(logins.length, 2);
});

Deno.test("forget() makes the next one who asks get a new session", async () => {
  const { clock, keeper, logins } = setUp();
  const session = await keeper.current();
  await clock.advanceAsync(5_000);
  keeper.forget(session);
  const next = await keeper.current();
  assert.notEqual(next, session);
  assert.equal(logins.length, 2);
});

Deno.test("forget() of a session that was replaced meanwhile changes nothing", async () => {
  const { clock, keeper, logins } = setUp();
  const old = await keeper.current();
  await clock.advanceAsync(5_000);
  keeper.forget(old);
  const present = await keeper.current();
  // Two more sockets had been dialled with the old one.
  keeper.forget(old);
  keeper.forget(old);
  assert.equal(await keeper.current(), present);
  assert.equal(logins.length, 2);
});

Deno.test("current() makes a refusal of the credentials final, and never logs in again", async () => {
  const setting = setUp();
  setting.refusals.push(refusal("final", 'AB1007 "Invalid clientcode or password"'));
  const cause = await failureOf(setting.keeper.current());
  assert.equal(cause.final, true);
  assert.match(cause.message, /AB1007/);
  for (let day = 0; day < 5; day++) {
    assert.equal((await failureOf(setting.keeper.current())).final, true);
    await setting.clock.advanceAsync(24 * HOUR);
  }
  assert.equal(setting.logins.length, 1);
});

Deno.test("current() tries a wrong one-time code again in the next window, and not before", async () => {
  const setting = setUp();
  setting.refusals.push(refusal("totp"));
  const cause = await failureOf(setting.keeper.current());
  assert.ok(!cause.final);
  // 10:00:00 begins a window of 30 s.
  assert.ok(cause.notBefore! >= TEN_O_CLOCK + 30_000 && cause.notBefore! < TEN_O_CLOCK + 58_000);
  await setting.clock.advanceAsync(29_000);
  assert.deepEqual(await failureOf(setting.keeper.current()), cause);
  assert.equal(setting.logins.length, 1);
  await setting.clock.advanceAsync(2_000);
  assert.equal((await setting.keeper.current()).feedToken.reveal(), "feed-2");
});

Deno.test("current() makes the second wrong code in a row final", async () => {
  const setting = setUp();
  setting.refusals.push(refusal("totp"), refusal("totp"));
  const causes = await insist(setting, HOUR);
  assert.deepEqual(causes.map(({ final }) => final === true), [false, true]);
  await setting.clock.advanceAsync(24 * HOUR);
  assert.equal((await failureOf(setting.keeper.current())).final, true);
  assert.equal(setting.logins.length, 2);
});

Deno.test("current() counts wrong codes in a row only", async () => {
  const setting = setUp();
  const { clock, keeper } = setting;
  for (let day = 0; day < 3; day++) {
    setting.refusals.push(refusal("totp"));
    assert.deepEqual((await insist(setting, HOUR)).map(({ final }) => final === true), [false]);
    await clock.advanceAsync(5_000);
    keeper.forget(await keeper.current());
    await clock.advanceAsync(5_000);
  }
  assert.equal(setting.logins.length, 6);
});

Deno.test("current() backs off after a fault that passes, from 1 s doubling up to 60 s", async () => {
  const setting = setUp({ random: () => 1 });
  const waits: number[] = [];
  for (let i = 0; i < 9; i++) {
    setting.refusals.push(refusal("retry"));
    const cause = await failureOf(setting.keeper.current());
    waits.push(cause.notBefore! - setting.clock.now());
    await setting.clock.advanceAsync(waits[i] + 1_100);
  }
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

Deno.test("current() starts from the base again after a success", async () => {
  const setting = setUp({ random: () => 1 });
  for (let i = 0; i < 6; i++) setting.refusals.push(refusal("retry"));
  await insist(setting, HOUR);
  setting.keeper.forget(await setting.keeper.current());
  await setting.clock.advanceAsync(5_000);
  setting.refusals.push(refusal("retry"));
  const cause = await failureOf(setting.keeper.current());
  assert.equal(cause.notBefore! - setting.clock.now(), 1_000);
});

Deno.test("current() asked too soon after a refusal says the same again, without a login", async () => {
  const setting = setUp({ random: () => 1 });
  setting.refusals.push(refusal("slow_down"));
  const cause = await failureOf(setting.keeper.current());
  await setting.clock.advanceAsync(15_000);
  assert.deepEqual(await failureOf(setting.keeper.current()), cause);
  assert.equal(setting.logins.length, 1);
});

Deno.test("current() waits at least 30 s when it is told to slow down", async () => {
  for (const random of [0, 0.5, 1]) {
    const setting = setUp({ random: () => random });
    for (let i = 0; i < 4; i++) {
      setting.refusals.push(refusal("slow_down"));
      const cause = await failureOf(setting.keeper.current());
      const wait = cause.notBefore! - setting.clock.now();
      assert.ok(wait >= 30_000 && wait <= 300_000, `${wait} ms`);
      await setting.clock.advanceAsync(wait);
    }
  }
});

Deno.test("current() tries rarely once the broker has said no often on one day", async () => {
  const setting = setUp({ random: () => 0 });
  for (let i = 0; i < 1_000; i++) setting.refusals.push(refusal("slow_down"));
  await insist(setting, 10 * HOUR);
  assert.ok(setting.logins.length <= 30, `${setting.logins.length} logins in ten hours`);
  assert.ok(setting.logins.length >= 15, `${setting.logins.length} logins in ten hours`);
});

Deno.test("current() takes an unforeseen error for a fault that passes", async () => {
  const setting = setUp();
  setting.refusals.push(new TypeError("unforeseen"));
  const cause = await failureOf(setting.keeper.current());
  assert.ok(!cause.final);
  await setting.clock.advanceAsync(5_000);
  assert.equal((await setting.keeper.current()).feedToken.reveal(), "feed-2");
});

Deno.test("current() gives out no session of an earlier day, and waits for the morning", async () => {
  const { clock, keeper, logins } = setUp();
  await keeper.current();
  await clock.advanceAsync(14 * HOUR - 1);
  await keeper.current();
  assert.equal(logins.length, 1);
  await clock.advanceAsync(1); // 00:00 IST
  const cause = await failureOf(keeper.current());
  assert.equal(cause.notBefore, keeper.renewAt());
  assert.equal(logins.length, 1);
  await clock.advanceAsync(cause.notBefore! - clock.now());
  assert.equal((await keeper.current()).feedToken.reveal(), "feed-2");
});

Deno.test("renewAt() lies between 00:05 and 08:30 of the next day, wherever chance falls", async () => {
  const midnight = Date.parse("2026-11-21T00:00:00+05:30");
  for (const random of [0, 0.001, 0.5, 0.999999]) {
    const { keeper } = setUp({ random: () => random });
    assert.equal(keeper.renewAt(), Infinity);
    await keeper.current();
    const at = keeper.renewAt() - midnight;
    assert.ok(at >= 5 * MINUTE && at <= 8.5 * HOUR, `${at / HOUR} h`);
    assert.equal(keeper.renewAt() - midnight, at);
  }
});

Deno.test("renewAt() chooses once a day, by chance", async () => {
  let value = 0;
  const { clock, keeper } = setUp({ random: () => value = (value + 0.377) % 1 });
  await keeper.current();
  const first = keeper.renewAt();
  assert.equal(keeper.renewAt(), first);
  await clock.advanceAsync(first - clock.now());
  await keeper.current();
  const second = keeper.renewAt();
  assert.equal(keeper.renewAt(), second);
  assert.notEqual(second - first, 24 * HOUR);
  assert.ok(second - first > 12 * HOUR && second - first < 36 * HOUR);
});

Deno.test("current() logs in at once at a start in the night", async () => {
  const { keeper, logins } = setUp({ start: Date.parse("2026-11-20T00:00:01+05:30") });
  await keeper.current();
  assert.equal(logins.length, 1);
});

Deno.test("current() logs in at once when the machine slept through the night", async () => {
  const { clock, keeper, logins } = setUp();
  await keeper.current();
  await clock.advanceAsync(25 * HOUR); // 11:00 of the next day
  await keeper.current();
  assert.equal(logins.length, 2);
});

Deno.test("current() holds the morning's login back for a session that was refused in the night", async () => {
  const { clock, keeper, logins } = setUp();
  const session = await keeper.current();
  await clock.advanceAsync(14 * HOUR + MINUTE); // 00:01 IST
  keeper.forget(session);
  const cause = await failureOf(keeper.current());
  assert.equal(cause.notBefore, keeper.renewAt());
  assert.equal(logins.length, 1);
});

Deno.test("status() tells of logins, failures and the clock's drift", async () => {
  const setting = setUp();
  assert.equal(setting.keeper.status().loggedInAt, undefined);
  assert.equal(setting.keeper.status().tries, 0);
  setting.refusals.push(new RestRefusal("retry", "words", { driftMs: 12_000 }));
  await failureOf(setting.keeper.current());
  assert.match(setting.keeper.status().failure!.message, /words/);
  assert.equal(setting.keeper.status().driftMs, 12_000);
  await setting.clock.advanceAsync(5_000);
  setting.driftMs = -300;
  await setting.keeper.current();
  const status = setting.keeper.status();
  assert.equal(status.loggedInAt, setting.clock.now());
  assert.equal(status.failure, undefined);
  assert.equal(status.driftMs, -300);
  assert.equal(status.tries, 2);
});

Deno.test("current() names a clock that is off when the one-time code was wrong", async () => {
  const setting = setUp();
  setting.refusals.push(new RestRefusal("totp", "AB1050", { driftMs: 95_000 }));
  const cause = await failureOf(setting.keeper.current());
  assert.match(cause.message, /95 s behind/);
});

Deno.test("reset() lets the next one who asks log in, after a final refusal as with a session held", async () => {
  const setting = setUp();
  setting.refusals.push(refusal("final"));
  await failureOf(setting.keeper.current());
  setting.keeper.reset();
  const fresh = setting.keeper.current();
  await setting.clock.advanceAsync(2_000);
  assert.equal((await fresh).feedToken.reveal(), "feed-2");
  setting.keeper.reset();
  const again = setting.keeper.current();
  await setting.clock.advanceAsync(2_000);
  assert.equal((await again).feedToken.reveal(), "feed-3");
});

Deno.test("reset() during a login keeps the session of the old credentials from everyone", async () => {
  const setting = setUp();
  const { clock, keeper } = setting;
  let open = () => {};
  setting.admission = new Promise((resolve) => open = resolve);
  const old = keeper.current().catch((error) => error);
  await settle();
  keeper.reset();
  open();
  assert.ok(await old instanceof LoginFailure);
  setting.admission = undefined;
  assert.equal((await insist(setting, HOUR)).length <= 1, true);
  const session = keeper.current();
  await clock.advanceAsync(2_000);
  assert.notEqual((await session).feedToken.reveal(), "feed-1");
});
