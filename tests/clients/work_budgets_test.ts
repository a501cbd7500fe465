import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { WorkBudgets } from "../../lib/clients/work_budgets.ts";
import { FakeClock } from "../fakes.ts";

/** Comes again and again, and does each time as much as it may. @returns All that it did. */
function comesAndGoes(budgets: WorkBudgets, clock: FakeClock, times: number, ms: number): number {
  let done = 0;
  for (let i = 0; i < times; i++) {
    const budget = budgets.begin("192.168.1.20");
    while (budget.take(10)) done += 10;
    budgets.end("192.168.1.20", budget);
    clock.advance(ms / times);
  }
  return done;
}

Deno.test("who comes again and again may do little more than who stays", () => {
  const clock = new FakeClock();
  const staying = new WorkBudgets(clock, 100).begin("192.168.1.20");
  let stayed = 0;
  for (let i = 0; i < 100; i++) {
    while (staying.take(10)) stayed += 10;
    clock.advance(100);
  }
  equal(stayed, 5_990);
  const came = comesAndGoes(new WorkBudgets(clock, 100), clock, 10, 10_000);
  ok(came >= stayed - 1_000 && came <= stayed + 1_000, `${came}`);
});

Deno.test("a new client may always do something, and all of it once its address has rested", () => {
  const clock = new FakeClock();
  const budgets = new WorkBudgets(clock, 100);
  equal(comesAndGoes(budgets, clock, 3, 0), 5_200);
  equal(budgets.begin("192.168.1.20").left, 100);
  equal(budgets.begin("192.168.1.21").left, 5_000, "another address");
  clock.advance(20_000);
  equal(budgets.begin("192.168.1.20").left, 2_000);
  clock.advance(60_000);
  equal(budgets.begin("192.168.1.20").left, 5_000);
});

Deno.test("of several clients of an address the one that did most counts, not their sum", () => {
  const clock = new FakeClock();
  const budgets = new WorkBudgets(clock, 100);
  const clients = [300, 1_500, 700].map((units) => {
    const budget = budgets.begin("::1");
    budget.take(units);
    return budget;
  });
  for (const budget of clients) budgets.end("::1", budget);
  deepEqual(clients.map(({ left }) => left), [4_700, 3_500, 4_300]);
  equal(budgets.begin("::1").left, 3_500);
});
