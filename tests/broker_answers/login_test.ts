import { deepStrictEqual as deepEqual, equal, match, ok } from "node:assert/strict";
import { logLines } from "../log/lines.ts";
import { LOGIN_ROWS } from "./login_rows.ts";
import { codeAt, secretIn } from "./secrets.ts";
import { World } from "./world.ts";

const HOUR = 3_600_000;

for (const row of LOGIN_ROWS) {
  Deno.test(`login: ${row.name}`, async () => {
    await using log = await logLines();
    const world = new World();
    const { broker, clock } = world;
    broker.login = row.answer;
    const begun = clock.now();
    await world.start();
    const said: string[] = [];
    let liveAfter: number | undefined;
    while (clock.now() - begun < HOUR) {
      await world.pass(liveAfter === undefined ? 1_000 : 600_000);
      if (liveAfter === undefined && world.prices.length > 0) liveAfter = clock.now() - begun;
      if (liveAfter === undefined) {
        const { ready, reasons } = world.readiness;
        ok(!ready, "ready without prices in open hours");
        for (const { message } of reasons) if (said.at(-1) !== message) said.push(message);
      }
    }
    if (row.liveWithin === undefined) equal(liveAfter, undefined);
    else ok(liveAfter! <= row.liveWithin, `live after ${liveAfter} ms`);
    ok((liveAfter ?? Infinity) >= (row.notBefore ?? 0), `live after ${liveAfter} ms already`);
    const { login, state, reason } = world.upstream.status();
    equal(login.failure?.final ?? false, row.final ?? false);
    if (row.final) {
      equal(state, "refused");
      ok(world.told.includes("upstream_refused"));
    } else if (row.liveWithin === undefined) {
      equal(state, "down");
      // Who subscribes while it is down is told of its exchange.
      ok(world.told.some((status) => status === "upstream_down" || status === "stale"), String(world.told));
    } else equal(world.readiness.ready, true);
    if (row.says !== undefined) {
      match(said.join("\n"), row.says);
      match(log.lines.join("\n"), row.says);
      if (row.liveWithin === undefined) {
        match(`${reason}`, row.says);
        // The clients hear the same.
        world.ask({ command: "status" });
        match(world.json.frames.at(-1)!.replaceAll('\\"', '"'), row.says);
      }
    }
    const [least, most] = row.logins;
    const count = broker.logins.length;
    ok(count >= least && count <= most, `${count} logins in an hour`);
    // No one-time code is used twice, and none is another time's.
    const codes = broker.logins.map(({ body }) => body.totp);
    equal(new Set(codes).size, codes.length);
    const gaps = broker.logins.slice(1).map(({ at }, i) => at - broker.logins[i]!.at);
    ok(gaps.every((gap) => gap >= 1_000), String(gaps));
    if (login.clockDriftMs === undefined) {
      deepEqual(codes, broker.logins.map(({ at }) => codeAt(at)));
    }
    await world.stop();
    equal(secretIn(world.outputs(), broker), undefined);
    equal(secretIn(log.lines.join("\n"), broker), undefined);
    equal(clock.pending, 0);
  });
}
