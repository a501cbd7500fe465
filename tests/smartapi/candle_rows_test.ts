import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { CandleInterval } from "../../lib/smartapi/candle_request.ts";
import { askedRows, candleAnswer, readCandles } from "../../lib/smartapi/candle_rows.ts";
import { atOnce } from "../../lib/util/pace.ts";

const row = (time: string, volume = 10) => `["${time}:00+05:30",1,2.5,0.05,1e2,${volume}]`;

const MONDAY = [row("2026-11-16T09:15"), row("2026-11-16T09:20"), row("2026-11-16T15:25")];
const TUESDAY = [row("2026-11-17T09:15")];

const answer = (data: string) => `{"status":true,"message":"SUCCESS","errorcode":"","data":${data}}`;

function read(text: string) {
  const days = atOnce(readCandles(text));
  return days && Object.fromEntries(days);
}

Deno.test("the rows of each day stay as they were written", () => {
  const days = { "2026-11-16": MONDAY.join(","), "2026-11-17": TUESDAY.join(",") };
  const rows = [...MONDAY, ...TUESDAY];
  deepEqual(read(answer(`[${rows}]`)), days);
  deepEqual(read(answer(`[\n  ${rows.join(",\n\t").replaceAll(",", ", ")}\r\n ]`)), days);
  deepEqual(read(`{ "data" : [${rows}], "status": true }`), days);
  deepEqual(read(answer("[]")), {});
  deepEqual(read(answer(" [ \n ] ")), {});
  equal(candleAnswer([days["2026-11-16"], "", days["2026-11-17"]]), answer(`[${rows}]`));
  equal(candleAnswer([""]), answer("[]"));
});

Deno.test("an answer with anything else in it is not read", () => {
  const [one, two] = TUESDAY[0]!.split("00+05:30");
  for (
    const text of [
      "",
      "null",
      "<html>",
      '{"status":true}',
      answer("null"),
      answer("{}"),
      answer(`[${MONDAY}`),
      answer(`[${MONDAY},]`),
      answer(`[${MONDAY},null]`),
      answer(`[${MONDAY} ${TUESDAY}]`),
      answer(`[${TUESDAY},${MONDAY}]`),
      answer(`[${TUESDAY},${TUESDAY}]`),
      answer(`[${one}00Z${two}]`),
      answer(`[${TUESDAY[0]!.replace("10]", "10,11]")}]`),
      answer(`[${TUESDAY[0]!.replace(",10]", "]")}]`),
      answer(`[${TUESDAY[0]!.replace("2.5", '"2.5"')}]`),
      answer(`[${TUESDAY[0]!.replace("2.5", "NaN")}]`),
      `${answer(`[${MONDAY}]`)}}`,
      answer(`[${MONDAY}]`).replace("true", "false"),
      answer(`[${MONDAY}]`).replace("true", '"true"'),
    ]
  ) equal(read(text), undefined, text);
});

Deno.test("of a day those rows are given that were asked for", () => {
  const asked = (interval: CandleInterval, from: string, to: string) =>
    askedRows("2026-11-16", MONDAY.join(","), { exchange: "nse", token: "3045", interval, from, to });
  equal(asked("FIVE_MINUTE", "2026-11-15 09:15", "2026-11-17 15:30"), MONDAY.join(","));
  equal(asked("FIVE_MINUTE", "2026-11-16 09:16", "2026-11-16 15:24"), MONDAY[1]);
  equal(asked("FIVE_MINUTE", "2026-11-16 09:20", "2026-11-18 00:00"), MONDAY.slice(1).join(","));
  equal(asked("FIVE_MINUTE", "2026-11-16 16:00", "2026-11-18 00:00"), "");
  equal(asked("FIVE_MINUTE", "2026-11-17 09:15", "2026-11-18 00:00"), "");
  equal(asked("ONE_DAY", "2026-11-16 16:00", "2026-11-16 17:00"), MONDAY.join(","));
});

Deno.test("long answers are read in steps", () => {
  const minute = (i: number) => new Date(Date.UTC(2026, 10, 1) + i * 60_000).toISOString().slice(0, 16);
  const rows = Array.from({ length: 20_000 }, (_, i) => row(minute(i), i));
  const work = readCandles(answer(`[${rows}]`));
  let steps = 0;
  for (; !work.next().done; steps++);
  ok(steps >= 39, String(steps));
});
