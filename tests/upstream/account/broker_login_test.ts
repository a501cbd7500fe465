import assert from "node:assert/strict";
import { LoginFailure } from "../../../lib/upstream/cause.ts";
import { type Cause } from "../../../lib/upstream/cause.ts";
import { DEFAULT_POLICY } from "../../../lib/upstream/policy.ts";
import { type BrokerLogin, createBrokerLogin } from "../../../lib/upstream/account/broker_login.ts";
import { Secret } from "../../../lib/util/secret.ts";
import { type RefusalKind, RestRefusal } from "../../../lib/smartapi/broker_error.ts";
import type { BrokerSession } from "../../../lib/smartapi/rest.ts";
import { FakeClock, settle } from "../../fakes.ts";
import { logLines } from "../../log/lines.ts";

const TEN_O_CLOCK = Date.parse("2026-11-20T10:00:00+05:30");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Setting {
  readonly clock: FakeClock;
  readonly login: BrokerLogin;
  /** When each login was sent. */
  readonly logins: number[];
  /** How far ahead of the clock each login's code was made. */
  readonly offsets: number[];
  /** How the next logins are refused; otherwise they succeed. */
  readonly refusals: unknown[];
  /** When given, each login waits for it. */
  admission?: Promise<void>;
  driftMs?: number;
  /** How long the next one-time code is away, ms. */
  codeWait: number;
}

function setUp({ start = TEN_O_CLOCK, random = () => 0.5 as number } = {}): Setting {
  const clock = new FakeClock(start);
  const setting: Setting = {
    clock,
    logins: [],
    offsets: [],
    refusals: [],
    codeWait: 0,
    login: createBrokerLogin({
      clock,
      policy: { ...DEFAULT_POLICY, random },
      rest: {
        codeWait: () => setting.codeWait,
        async login(offset = 0): Promise<BrokerSession> {
          setting.logins.push(clock.now());
          setting.offsets.push(offset);
          const number = setting.logins.length;
          await setting.admission;
          if (setting.refusals.length > 0) throw setting.refusals.shift();
          return {
            jwt: new Secret(`jwt-${number}`),
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
async function insist({ clock, login }: Setting, ms: number): Promise<Cause[]> {
  const end = clock.now() + ms;
  const causes: Cause[] = [];
  while (clock.now() < end) {
    const session = login.current().catch((error) => error);
    await clock.advanceAsync(2_000);
    const outcome = await session;
    if (!(outcome instanceof LoginFailure)) return causes;
    causes.push(outcome.reason);
    if (outcome.reason.final) return causes;
    await clock.advanceAsync(Math.max(1, (outcome.reason.notBefore ?? 0) - clock.elapsed()));
  }
  return causes;
}

Deno.test("current() logs in once and gives the same session for the rest of the day", async () => {
  const { clock, login, logins } = setUp();
  const session = await login.current();
  await clock.advanceAsync(13 * HOUR);
  assert.equal(await login.current(), session);
  assert.equal(logins.length, 1);
});

Deno.test("current() asked by three sockets at once logs in once", async () => {
  const setting = setUp();
  let open = () => {};
  setting.admission = new Promise((resolve) => open = resolve);
  const asked = [setting.login.current(), setting.login.current()];
  await settle();
  asked.push(setting.login.current());
  open();
  const [first, second, third] = await Promise.all(asked);
  assert.equal(first, second);
  assert.equal(first, third);
  assert.equal(setting.logins.length, 1);
});

Deno.test("current() refuses everyone who waited for a login that was refused, with one login", async () => {
  const setting = setUp();
  setting.refusals.push(refusal("retry"));
  const asked = [setting.login.current(), setting.login.current()];
  const [first, second] = await Promise.all(asked.map(failureOf));
  assert.equal(first, second);
  assert.equal(setting.logins.length, 1);
});

Deno.test("current() leaves at least a second between two logins", async () => {
  const setting = setUp({ random: () => 0 });
  const { clock, login, logins } = setting;
  for (let i = 0; i < 5; i++) {
    const session = login.current();
    await clock.advanceAsync(5_000);
    await session;
    login.reset();
    const next = login.current();
    await settle();
    await clock.advanceAsync(2_000);
    await next;
    login.reset();
  }
  assert.equal(logins.length, 10);
  for (let i = 1; i < logins.length; i++) {
    assert.ok(logins[i]! - logins[i - 1]! >= 1_000, `${logins[i]! - logins[i - 1]!} ms apart`);
  }
});

Deno.test("current() leaves a second after a login that was long under way", async () => {
  const setting = setUp({ random: () => 0 });
  const { clock, login, logins } = setting;
  let open = () => {};
  setting.admission = new Promise((resolve) => open = resolve);
  setting.refusals.push(refusal("retry"));
  const first = failureOf(login.current());
  await clock.advanceAsync(9_000);
  open();
  await first;
  const second = login.current();
  await clock.advanceAsync(999);
  assert.equal(logins.length, 1);
  await clock.advanceAsync(1_001);
  await second;
  assert.equal(logins.length, 2);
});

Deno.test("forget() makes the next one who asks get a new session", async () => {
  const { clock, login, logins } = setUp();
  const session = await login.current();
  await clock.advanceAsync(5_000);
  login.forget(session);
  const next = await login.current();
  assert.notEqual(next, session);
  assert.equal(logins.length, 2);
});

Deno.test("forget() of a session that was replaced meanwhile changes nothing", async () => {
  const { clock, login, logins } = setUp();
  const old = await login.current();
  await clock.advanceAsync(5_000);
  login.forget(old);
  const present = await login.current();
  // Two more sockets had been dialled with the old one.
  login.forget(old);
  login.forget(old);
  assert.equal(await login.current(), present);
  assert.equal(logins.length, 2);
});

Deno.test("current() makes a refusal of the credentials final, and never logs in again", async () => {
  const setting = setUp();
  setting.refusals.push(refusal("final", 'AB1007 "Invalid clientcode or password"'));
  const cause = await failureOf(setting.login.current());
  assert.equal(cause.final, true);
  assert.match(cause.message, /AB1007/);
  for (let day = 0; day < 5; day++) {
    assert.equal((await failureOf(setting.login.current())).final, true);
    await setting.clock.advanceAsync(24 * HOUR);
  }
  assert.equal(setting.logins.length, 1);
});

Deno.test("current() tries a wrong one-time code again in the next window, and not before", async () => {
  const setting = setUp();
  setting.refusals.push(refusal("totp"));
  const cause = await failureOf(setting.login.current());
  assert.ok(!cause.final);
  // 10:00:00 begins a window of 30 s.
  assert.ok(cause.notBefore! >= 30_000 && cause.notBefore! < 58_000);
  await setting.clock.advanceAsync(29_000);
  assert.deepEqual(await failureOf(setting.login.current()), cause);
  assert.equal(setting.logins.length, 1);
  await setting.clock.advanceAsync(2_000);
  assert.equal((await setting.login.current()).feedToken.reveal(), "feed-2");
});

Deno.test("current() tries a wrong code a few times a day, every day, and never gives up", async () => {
  const setting = setUp();
  for (let i = 0; i < 1_000; i++) setting.refusals.push(refusal("totp"));
  const causes = await insist(setting, 24 * HOUR);
  assert.ok(causes.every(({ final }) => !final));
  assert.ok(
    setting.logins.length >= 3 && setting.logins.length <= 5,
    `${setting.logins.length} on the first day`,
  );
  await insist(setting, 9 * 24 * HOUR);
  assert.ok(
    setting.logins.length >= 12 && setting.logins.length <= 40,
    `${setting.logins.length} in ten days`,
  );
});

Deno.test("current() tries at once when the clock that made wrong codes is set right", async () => {
  const setting = setUp();
  setting.refusals.push(refusal("totp"), refusal("totp"), refusal("totp"));
  for (let i = 0; i < 3; i++) {
    const { notBefore } = await failureOf(setting.login.current());
    if (i < 2) await setting.clock.advanceAsync(notBefore! - setting.clock.elapsed());
  }
  await setting.clock.advanceAsync(HOUR);
  await failureOf(setting.login.current());
  assert.equal(setting.logins.length, 3);
  setting.clock.setWall(120_000);
  assert.equal((await setting.login.current()).feedToken.reveal(), "feed-4");
});

Deno.test("current() tries a wrong code a few times a day, however often the clock is set or the machine sleeps", async () => {
  for (const steps of [[10_000, -10_000], [20 * MINUTE], [-7_000], [HOUR, -HOUR, 90_000]]) {
    const setting = setUp();
    const { clock, login, logins } = setting;
    for (let i = 0; i < 1_000; i++) setting.refusals.push(refusal("totp"));
    const end = clock.now() + 20 * HOUR;
    for (let i = 0; clock.now() < end; i++) {
      const asked = failureOf(login.current());
      await clock.advanceAsync(5 * MINUTE);
      assert.ok(!(await asked).final);
      clock.setWall(steps[i % steps.length]!);
    }
    assert.ok(logins.length >= 4 && logins.length <= 8, `${logins.length} logins with steps of ${steps}`);
  }
});

Deno.test("current() makes codes for the broker's time once it is known, and for this machine's in turn", async () => {
  const setting = setUp();
  setting.refusals.push(
    new RestRefusal("totp", "AB1050", { driftMs: 120_000 }),
    new RestRefusal("totp", "AB1050", { driftMs: 120_000 }),
  );
  await insist(setting, HOUR);
  assert.deepEqual(setting.offsets, [0, 120_000, 0]);
});

Deno.test("current() asks no more than a few times an hour and a dozen times a day, whatever is answered", async () => {
  for (const kind of ["relogin", "retry", "slow_down"] as const) {
    for (const status of [200, 400, 401, 403, 404, 500, 502]) {
      const setting = setUp({ random: () => 0 });
      for (let i = 0; i < 1_000; i++) setting.refusals.push(new RestRefusal(kind, "no", { status }));
      await insist(setting, HOUR);
      assert.ok(setting.logins.length <= 7, `${kind} ${status}: ${setting.logins.length} in an hour`);
      await insist(setting, 17 * HOUR);
      assert.ok(setting.logins.length <= 13, `${kind} ${status}: ${setting.logins.length} in a day`);
      assert.ok(setting.logins.length >= 8, `${kind} ${status}: ${setting.logins.length} in a day`);
    }
  }
});

Deno.test("current() follows the broker's wish to be left alone, as far as the trading day allows", async () => {
  for (
    const [retryAfterMs, least, most] of [[900_000, 900_000, 900_000], [
      86_400_000,
      4 * HOUR,
      4 * HOUR,
    ]] as const
  ) {
    const setting = setUp();
    setting.refusals.push(new RestRefusal("slow_down", "no", { status: 429, retryAfterMs }));
    const { notBefore } = await failureOf(setting.login.current());
    assert.ok(notBefore! >= least && notBefore! <= most, `${notBefore}`);
  }
});

Deno.test("current() does not give credentials up at once that worked today", async () => {
  const setting = setUp();
  setting.login.forget(await setting.login.current());
  await setting.clock.advanceAsync(HOUR);
  setting.refusals.push(refusal("final", "AB1007"), refusal("final", "AB1007"), refusal("final", "AB1007"));
  const begun = setting.clock.now();
  const causes = await insist(setting, 3 * HOUR);
  assert.deepEqual(causes.map(({ final }) => final === true), [false, false, true]);
  const waits = setting.logins.slice(1).map((at) => at - begun);
  assert.ok(waits[1]! >= 10 * MINUTE && waits[2]! >= HOUR, String(waits));
});

Deno.test("current() tries every morning before the exchanges open, after whatever a day has brought", async () => {
  const setting = setUp({ start: Date.parse("2026-11-20T06:00:00+05:30") });
  for (let i = 0; i < 1_000; i++) setting.refusals.push(new RestRefusal("retry", "no", { status: 500 }));
  await insist(setting, 26 * HOUR);
  const mornings = setting.logins.filter((at) => {
    const minute = Math.floor((at + 5.5 * HOUR) / MINUTE) % 1440;
    return minute >= 8 * 60 + 45 && minute < 9 * 60;
  });
  assert.ok(mornings.length >= 1, String(mornings.length));
});

Deno.test("current() counts wrong codes in a row only", async () => {
  const setting = setUp();
  const { clock, login } = setting;
  for (let day = 0; day < 3; day++) {
    setting.refusals.push(refusal("totp"));
    assert.deepEqual((await insist(setting, HOUR)).map(({ final }) => final === true), [false]);
    await clock.advanceAsync(2 * HOUR);
    login.forget(await login.current());
    await clock.advanceAsync(5_000);
  }
  assert.equal(setting.logins.length, 6);
});

Deno.test("current() backs off after a fault that passes, from 1 s doubling up to 60 s", async () => {
  const setting = setUp({ random: () => 1 });
  const waits: number[] = [];
  for (let i = 0; i < 9; i++) {
    setting.refusals.push(refusal("retry"));
    const cause = await failureOf(setting.login.current());
    waits.push(cause.notBefore! - setting.clock.elapsed());
    await setting.clock.advanceAsync(waits[i]! + 1_100);
  }
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

Deno.test("current() starts from the base again after a success", async () => {
  const setting = setUp({ random: () => 1 });
  for (let i = 0; i < 6; i++) setting.refusals.push(refusal("retry"));
  await insist(setting, HOUR);
  setting.login.forget(await setting.login.current());
  await setting.clock.advanceAsync(5_000);
  setting.refusals.push(refusal("retry"));
  const cause = await failureOf(setting.login.current());
  assert.equal(cause.notBefore! - setting.clock.elapsed(), 1_000);
});

Deno.test("current() asked too soon after a refusal says the same again, without a login", async () => {
  const setting = setUp({ random: () => 1 });
  setting.refusals.push(refusal("slow_down"));
  const cause = await failureOf(setting.login.current());
  await setting.clock.advanceAsync(15_000);
  assert.deepEqual(await failureOf(setting.login.current()), cause);
  assert.equal(setting.logins.length, 1);
});

Deno.test("current() waits at least 30 s when it is told to slow down", async () => {
  for (const random of [0, 0.5, 1]) {
    const setting = setUp({ random: () => random });
    for (let i = 0; i < 4; i++) {
      setting.refusals.push(refusal("slow_down"));
      const cause = await failureOf(setting.login.current());
      const wait = cause.notBefore! - setting.clock.elapsed();
      assert.ok(wait >= 30_000 && wait <= 1_260_001, `${wait} ms`);
      await setting.clock.advanceAsync(wait);
    }
  }
});

Deno.test("current() takes an unforeseen error for a fault that passes", async () => {
  const setting = setUp();
  setting.refusals.push(new TypeError("unforeseen"));
  const cause = await failureOf(setting.login.current());
  assert.ok(!cause.final);
  await setting.clock.advanceAsync(5_000);
  assert.equal((await setting.login.current()).feedToken.reveal(), "feed-2");
});

Deno.test("current() gives out no session of an earlier day, and waits for the morning", async () => {
  const { clock, login, logins } = setUp();
  await login.current();
  await clock.advanceAsync(14 * HOUR - 1);
  await login.current();
  assert.equal(logins.length, 1);
  await clock.advanceAsync(1); // 00:00 IST
  const cause = await failureOf(login.current());
  assert.equal(cause.plannedAt, login.renewAt());
  assert.equal(logins.length, 1);
  await clock.advanceAsync(cause.notBefore! - clock.elapsed());
  assert.equal((await login.current()).feedToken.reveal(), "feed-2");
});

Deno.test("renewAt() lies between 00:05 and 08:30 of the next day, wherever chance falls", async () => {
  const midnight = Date.parse("2026-11-21T00:00:00+05:30");
  for (const random of [0, 0.001, 0.5, 0.999999]) {
    const { login } = setUp({ random: () => random });
    assert.equal(login.renewAt(), Infinity);
    await login.current();
    const at = login.renewAt() - midnight;
    assert.ok(at >= 5 * MINUTE && at <= 8.5 * HOUR, `${at / HOUR} h`);
    assert.equal(login.renewAt() - midnight, at);
  }
});

Deno.test("renewAt() chooses once a day, by chance", async () => {
  let value = 0;
  const { clock, login } = setUp({ random: () => value = (value + 0.377) % 1 });
  await login.current();
  const first = login.renewAt();
  assert.equal(login.renewAt(), first);
  await clock.advanceAsync(first - clock.now());
  await login.current();
  const second = login.renewAt();
  assert.equal(login.renewAt(), second);
  assert.notEqual(second - first, 24 * HOUR);
  assert.ok(second - first > 12 * HOUR && second - first < 36 * HOUR);
});

Deno.test("current() logs in at once at a start in the night", async () => {
  const { login, logins } = setUp({ start: Date.parse("2026-11-20T00:00:01+05:30") });
  await login.current();
  assert.equal(logins.length, 1);
});

Deno.test("current() logs in at once when the machine slept through the night", async () => {
  const { clock, login, logins } = setUp();
  await login.current();
  await clock.advanceAsync(25 * HOUR); // 11:00 of the next day
  await login.current();
  assert.equal(logins.length, 2);
});

Deno.test("current() waits for a one-time code that was not used, and says so instead of hanging in silence", async () => {
  const setting = setUp();
  await using log = await logLines();
  const session = await setting.login.current();
  await setting.clock.advanceAsync(5_000);
  setting.login.forget(session);
  setting.codeWait = 24_000;
  const next = setting.login.current();
  await settle();
  assert.ok(log.lines.some((line) => /the login waits 24 s/.test(line)), log.lines.join("\n"));
  await setting.clock.advanceAsync(23_999);
  assert.equal(setting.logins.length, 1);
  await setting.clock.advanceAsync(1);
  assert.equal((await next).feedToken.reveal(), "feed-2");
});

Deno.test("forget() of one new session after another counts like refused logins: some 30 s, then ever longer", async () => {
  const setting = setUp();
  const { clock, login, logins } = setting;
  const end = clock.now() + 24 * HOUR;
  while (clock.now() < end) {
    const outcome = await login.current().catch((error) => error);
    if (outcome instanceof LoginFailure) {
      await clock.advanceAsync(outcome.reason.notBefore! - clock.elapsed());
    } else login.forget(outcome);
    // The broker allows one call a second.
    clock.advance(1_200);
    if (clock.now() >= Date.parse("2026-11-20T23:59:00+05:30")) break;
  }
  const waits = logins.slice(1).map((at, i) => at - logins[i]!);
  assert.ok(waits[0]! < 3_000, String(waits));
  assert.ok(waits[1]! >= 30_000 && waits[1]! < 35_000, String(waits));
  assert.ok(waits[2]! > 60_000 && waits[3]! > 300_000, String(waits));
  const firstHour = logins.filter((at) => at - logins[0]! < HOUR);
  assert.ok(firstHour.length <= 7, String(firstHour.length));
  assert.ok(logins.length <= 13, String(logins.length));
});

Deno.test("forget() of a session that was good for hours brings a new one at once, every time", async () => {
  const { clock, login, logins } = setUp();
  for (let i = 0; i < 4; i++) {
    login.forget(await login.current());
    await clock.advanceAsync(2 * HOUR);
    const session = await login.current();
    await clock.advanceAsync(HOUR);
    login.forget(session);
    await login.current();
  }
  assert.ok(logins.length >= 5);
});

Deno.test("current() holds the morning's login back for a session that was refused in the night", async () => {
  const { clock, login, logins } = setUp();
  const session = await login.current();
  await clock.advanceAsync(14 * HOUR + MINUTE); // 00:01 IST
  login.forget(session);
  const cause = await failureOf(login.current());
  assert.equal(cause.plannedAt, login.renewAt());
  assert.equal(logins.length, 1);
});

Deno.test("status() tells of logins, failures and the clock's drift", async () => {
  const setting = setUp();
  assert.equal(setting.login.status().loggedInAt, undefined);
  assert.equal(setting.login.status().tries, 0);
  setting.refusals.push(new RestRefusal("retry", "words", { driftMs: 12_000 }));
  await failureOf(setting.login.current());
  assert.match(setting.login.status().failure!.message, /words/);
  assert.equal(setting.login.status().clockDriftMs, 12_000);
  await setting.clock.advanceAsync(5_000);
  setting.driftMs = -300;
  await setting.login.current();
  const status = setting.login.status();
  assert.equal(status.loggedInAt, setting.clock.now());
  assert.equal(status.failure, undefined);
  assert.equal(status.clockDriftMs, -300);
  assert.equal(status.tries, 2);
});

Deno.test("current() names a clock that is off when the one-time code was wrong", async () => {
  const setting = setUp();
  setting.refusals.push(new RestRefusal("totp", "AB1050", { driftMs: 95_000 }));
  const cause = await failureOf(setting.login.current());
  assert.match(cause.message, /95 s behind/);
});

Deno.test("reset() lets the next one who asks log in, after a final refusal as with a session held", async () => {
  const setting = setUp();
  setting.refusals.push(refusal("final"));
  await failureOf(setting.login.current());
  setting.login.reset();
  const fresh = setting.login.current();
  await setting.clock.advanceAsync(2_000);
  assert.equal((await fresh).feedToken.reveal(), "feed-2");
  setting.login.reset();
  const again = setting.login.current();
  await setting.clock.advanceAsync(2_000);
  assert.equal((await again).feedToken.reveal(), "feed-3");
});

Deno.test("reset() during a login keeps the session of the old credentials from everyone", async () => {
  const setting = setUp();
  const { clock, login } = setting;
  let open = () => {};
  setting.admission = new Promise((resolve) => open = resolve);
  const old = login.current().catch((error) => error);
  await settle();
  login.reset();
  open();
  assert.ok(await old instanceof LoginFailure);
  setting.admission = undefined;
  assert.equal((await insist(setting, HOUR)).length <= 1, true);
  const session = login.current();
  await clock.advanceAsync(2_000);
  assert.notEqual((await session).feedToken.reveal(), "feed-1");
});
