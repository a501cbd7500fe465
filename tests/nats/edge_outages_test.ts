import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { InstrumentKey, Mode } from "../../lib/market/market.ts";
import type { UpstreamEvent } from "../../lib/upstream/upstream.ts";
import { EdgeInstruments } from "../../lib/upstream/nats/edge_instruments.ts";
import { EdgeOutages } from "../../lib/upstream/nats/edge_outages.ts";
import { FakeClock } from "../fakes.ts";

const KEYS = ["nse:1", "nse:2"] as const;

Deno.test("what the hub takes back and gives again has a gap, from when it was had last", () => {
  for (const isWithOutage of [false, true]) {
    const clock = new FakeClock();
    const told: UpstreamEvent[] = [];
    const wanted = new Map(KEYS.map((key): [InstrumentKey, Mode] => [key, "ltp"]));
    const instruments = new EdgeInstruments();
    const demand = { wanted, onChange: () => () => {} };
    const outages = new EdgeOutages(clock, demand, () => instruments.granted, (event) => told.push(event));
    instruments.follow(wanted);
    deepEqual(instruments.grant([[0, [...KEYS]]]), []);
    for (const key of KEYS) instruments.sync(key);
    clock.advance(1_000);
    const had = clock.now();
    if (isWithOutage) outages.down({ kind: "restarted", message: "another hub" }, had, true);
    clock.advance(isWithOutage ? 500 : 0);
    outages.takenBack(instruments.grant([[0, ["nse:1"]]]));
    if (isWithOutage) outages.connected();
    deepEqual([instruments.isGranted("nse:2"), instruments.unsynced], [false, []]);
    clock.advance(5_000);
    outages.takenBack(instruments.grant([[0, [...KEYS]]]));
    deepEqual(instruments.unsynced, ["nse:2"]);
    for (const key of KEYS) outages.acknowledge(key);
    clock.advance(1_000);
    const gaps = told.filter((event) => event.kind === "up")
      .flatMap(({ from, keys }) => keys.map((key) => [key, from - had]));
    deepEqual(gaps, isWithOutage ? [["nse:1", 0], ["nse:2", 0]] : [["nse:2", 0]]);
    outages.stop();
  }
});
