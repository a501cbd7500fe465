import { strictEqual as equal } from "node:assert/strict";
import { parts } from "./parts.ts";

const { format } = parts;

Deno.test("number() groups as India does, and never writes -0", () => {
  equal(format.number(30_000_000, 2), "3,00,00,000.00");
  equal(format.number(124_812.355, 2), "1,24,812.36");
  equal(format.number(84.2575, 4), "84.2575");
  equal(format.number(-1500, 2), "−1,500.00");
});

Deno.test("signed() shows a sign, except for what rounds to nothing", () => {
  equal(format.signed(12.5, 2), "+12.50");
  equal(format.signed(-12.5, 2), "−12.50");
  equal(format.signed(-0.001, 2), "0.00");
});

Deno.test("istTime() is India's clock in any zone, with the date where it is another day", () => {
  const at = Date.UTC(2026, 10, 20, 4, 45, 32);
  equal(format.istTime(at, at), "10:15:32");
  equal(format.istTime(at, at + 86_400_000), "20 Nov 10:15");
  // Half past seven in the evening in London is the next day in India.
  equal(format.istTime(Date.UTC(2026, 10, 20, 19, 30), Date.UTC(2026, 10, 20, 19, 31)), "01:00:00");
});

Deno.test("age() has one unit", () => {
  equal(
    [0, 999, 1_000, 59_999, 60_000, 3_600_000, 90_000_000].map(format.age).join(),
    "<1 s,<1 s,1 s,59 s,1 min,1 h,1 d",
  );
});
