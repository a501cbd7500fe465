import { ok, strictEqual as equal } from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** dist/lightweight-charts.standalone.production.js of npm's lightweight-charts 5.2.1. */
const SHA256 = "e21cc5caa0226ef30bd8549c50b9ef926615f2a4ee6b4e486353477a55f598cf";

const read = (name: string) => readFileSync(new URL(`../../static/${name}`, import.meta.url));

Deno.test("the chart library is the published one, byte for byte, with its licence and its makers named", () => {
  equal(createHash("sha256").update(read("lightweight-charts.js")).digest("hex"), SHA256);
  const licence = read("lightweight-charts.LICENSE.txt").toString();
  ok(licence.includes("lightweight-charts 5.2.1"));
  ok(licence.includes("Copyright (c) 2026 TradingView, Inc. https://www.tradingview.com/"));
  ok(licence.includes("Apache License\n"));
  ok(read("client.html").toString().includes('href="https://www.tradingview.com/"'));
});
