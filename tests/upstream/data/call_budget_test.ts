import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { CallBudget } from "../../../lib/upstream/data/call_budget.ts";
import { type CallLimits, DATA_CALLS } from "../../../lib/smartapi/data_calls.ts";
import { FakeClock } from "../../fakes.ts";

/** Turns the clock in steps that no moment of the test falls between, letting what is waited for come. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    for (let i = 0; i < 5; i++) await Promise.resolve();
    clock.advance(100);
    for (let i = 0; i < 5; i++) await Promise.resolve();
  }
}

/** When each of so many calls leaves that come at once, ms; undefined for those that are refused. */
async function leave(clock: FakeClock, budget: CallBudget, count: number): Promise<(number | undefined)[]> {
  const begin = clock.elapsed();
  const left = Array.from(
    { length: count },
    () => budget.take().then((taken) => taken ? clock.elapsed() - begin : undefined),
  );
  await pass(clock, 6_000);
  return await Promise.all(left);
}

Deno.test("calls that come at once leave in their order at the rate, and those who would wait too long are refused at once", async () => {
  const clock = new FakeClock();
  const budget = new CallBudget(clock, { second: 3 });
  const left = await leave(clock, budget, 30);
  const taken = left.filter((at) => at !== undefined);
  deepEqual(taken.slice(0, 7), [0, 0, 0, 1_100, 1_100, 1_100, 2_200]);
  equal(taken.length, 15);
  ok(taken.every((at) => at <= 5_000));
  deepEqual(left.slice(taken.length).filter((at) => at !== undefined), []);
  // Those who were refused used nothing up.
  clock.advance(2_000);
  deepEqual(await leave(clock, budget, 3), [0, 0, 0]);
});

for (const [name, { limits }] of Object.entries(DATA_CALLS)) {
  Deno.test(`${name}: whoever calls as often as they can never exceeds what is documented`, async () => {
    const clock = new FakeClock();
    const budget = new CallBudget(clock, limits);
    const moments: number[] = [];
    for (let second = 0; second < 4_000; second++) {
      for (let i = 0; i < limits.second; i++) {
        budget.take().then((taken) => {
          if (taken) moments.push(clock.elapsed());
        });
      }
      await pass(clock, 1_000);
    }
    const { second, minute = Infinity, hour = Infinity }: CallLimits = limits;
    for (const [most, ms] of [[second, 1_000], [minute, 60_000], [hour, 3_600_000]] as const) {
      for (let i = most; i < moments.length; i++) ok(moments[i]! - moments[i - most]! > ms, `${i} of ${ms}`);
    }
    ok(moments.length >= Math.min(hour, minute * 60, 3_000 * second), String(moments.length));
  });
}
