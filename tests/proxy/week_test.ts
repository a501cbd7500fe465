import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { MarketCalendar } from "../../lib/market/calendar.ts";
import { checkCalendar } from "../../lib/market/calendar_file.ts";
import { istDate, istTimestamp } from "../../lib/market/ist.ts";
import { Rig } from "./rig.ts";
import type { Message } from "./test_client.ts";

/** A week with a holiday on its Wednesday and a special session on its Saturday, and the beginning of the next. */
const CALENDAR = new MarketCalendar(checkCalendar({
  sessions: [{ exchanges: ["nse"], phases: [["pre_open", "09:00", "09:15"], ["open", "09:15", "09:25"]] }],
  years: {
    "2026": [
      { date: "2026-11-18", name: "a holiday" },
      {
        date: "2026-11-21",
        name: "a special Saturday",
        special: [{ exchanges: ["nse"], phases: [["open", "10:00", "10:10"]] }],
      },
    ],
  },
}));

const at = (day: number, time: string) => Date.parse(`2026-11-${day}T${time}:00+05:30`);

const DIALLING_MS = 4_000;

class Week {
  #outage = false;
  #nextLogin = 0;
  /** For a while from here on, a connection may be being made. */
  dialsFrom = 0;

  constructor(readonly rig: Rig) {}

  /** Lives until a moment: by minutes while nothing is under way, by less while a connection is being made. */
  async until(moment: number): Promise<void> {
    const { clock, control } = this.rig;
    while (clock.now() < moment) {
      const session = CALENDAR.isTrading("nse", clock.now()) ? "open" : "closed";
      if (control.faults.session !== session) control.set({ session });
      const step = await this.#step();
      await this.rig.turnAndReceive(Math.min(step, moment - clock.now()));
      if (step === DIALLING_MS) await this.rig.dialled();
    }
  }

  /** How far time may jump without jumping over anything that needs a real socket's time. */
  async #step(): Promise<number> {
    const now = this.rig.clock.now();
    if (this.#nextLogin <= now) {
      this.dialsFrom = Math.max(this.dialsFrom, this.#nextLogin);
      await this.#lookUpLogin();
    }
    // A socket that only the broker's side knows to be open is still being made.
    const subscribed = this.rig.control.stats().subscriptions.some((each) => each.length > 0);
    // Yesterday's socket may be open, and subscribed, for a moment longer than its session.
    const dialling = now < this.dialsFrom + 30_000 ||
      now < this.dialsFrom + (this.#outage ? 150_000 : subscribed ? 0 : 400_000);
    if (dialling) return DIALLING_MS;
    const { phase, until } = CALENDAR.state("nse", now);
    const stops = [until, this.#nextLogin].filter((stop) => stop > now).map((stop) => stop - now);
    return Math.min(phase === "open" ? 4_000 : 480_000, ...stops);
  }

  setOutage(on: boolean): void {
    this.#outage = on;
    this.dialsFrom = this.rig.clock.now();
    this.rig.control.set({ refuseHandshake: on ? { status: 502, times: 1_000_000 } : null });
    if (on) this.rig.control.dropSockets();
  }

  async #lookUpLogin(): Promise<void> {
    const { login } = await this.rig.health() as { login: { next_at?: number } };
    if (login.next_at !== undefined && login.next_at > this.#nextLogin) this.#nextLogin = login.next_at;
  }
}

Deno.test("a week in the life: midnights, a holiday, a special Saturday, a mute night, 53 hours of outage", async () => {
  await using rig = await Rig.start({
    start: "2026-11-16T08:45:00+05:30",
    simulator: { rate: 2 },
    // Pings are rarer, so that minutes can pass in one step.
    proxy: {
      calendar: CALENDAR,
      policy: { pingEvery: 480_000, silentAfter: 5_000_000, handshakeTimeout: 60_000 },
    },
  });
  rig.control.set({ idleSeconds: 0 });
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => client.ticks.length >= 3);
  const week = new Week(rig);

  // Tuesday's and Friday's logins meet a busy rate limiter; Thursday's night finds the sockets open, but mute.
  await week.until(at(16, "23:50"));
  rig.control.set({ login: { answer: "throttled", times: 2 } });
  await week.until(at(18, "23:50"));
  rig.control.set({ midnight: "mute" });
  await week.until(at(19, "23:50"));
  rig.control.set({ midnight: "drop", login: { answer: "throttled", times: 2 } });
  await week.until(at(21, "14:00"));
  week.setOutage(true);
  await week.until(at(23, "19:00"));
  week.setOutage(false);
  await week.until(at(24, "09:24"));

  const stats = rig.control.stats();
  deepEqual(stats.subscriptions, [["nse:99926000 ltp", "nse:3045 ltp", "nse:2885 ltp"]]);
  equal(stats.maxSockets, 1);
  // One login for each day, and the tries that the rate limiter refused.
  const logins = stats.logins.map(({ at, outcome }) => `${istDate(at).slice(8)} ${outcome}`);
  deepEqual(logins, [
    "16 ok",
    ...["17 throttled", "17 throttled", "17 ok"],
    "18 ok",
    "19 ok",
    ...["20 throttled", "20 throttled", "20 ok"],
    "21 ok",
    "22 ok",
    "23 ok",
    "24 ok",
  ]);
  for (const { at } of stats.logins.slice(1)) {
    const minutes = (at + 5.5 * 3_600_000) % 86_400_000 / 60_000;
    ok(minutes >= 5 && minutes < 8 * 60 + 45, `a login at minute ${minutes} of the day`);
  }
  const refused = stats.handshakes[502];
  ok(refused! > 300 && refused! < 53 * 60 * 5, `${refused} tries in 53 hours`);
  equal(stats.handshakes[101], 8);
  equal(stats.handshakes[401], undefined);

  const downs = client.news.filter(({ status }) => status === "upstream_down");
  const ups = client.news.filter(({ status }) => status === "upstream_up");
  deepEqual(ups.map(({ from }) => from), downs.map(({ since }) => since));
  equal(ups.length, 7, "a gap record for each hole");
  const longest = ups.reduce((a, b) => b.to - b.from > a.to - a.from ? b : a);
  ok(
    Math.abs(longest.from - at(21, "14:00")) <= 500_000 &&
      longest.to - longest.from > 53 * 3_600_000 - 700_000,
  );
  equal(
    ups.some(({ from, to }) => from <= at(19, "00:00") && to > at(19, "00:00")),
    false,
    "the mute night was open",
  );

  deepEqual(
    client.news.filter(({ status }) => status === "market").map(({ state, day }: Message) =>
      day ? `${state} (${day})` : state
    ),
    [
      ...["pre_open", "open", "closed"],
      ...["pre_open", "open", "closed"],
      ...["holiday (a holiday)", "closed"],
      ...["pre_open", "open", "closed"],
      ...["pre_open", "open", "closed"],
      ...[
        "holiday (a special Saturday)",
        "open (a special Saturday)",
        "holiday (a special Saturday)",
        "closed",
      ],
      ...["pre_open", "open", "closed"],
      ...["pre_open", "open"],
    ],
  );
  // Only Monday's session was missed, and it was said.
  const stale = client.news.filter(({ status }) => status === "stale");
  deepEqual(stale.map(({ since }) => istDate(since)), ["2026-11-23"]);
  const lastDay = client.ticks.filter(({ exchange_timestamp: time }) => time >= at(24, "09:15"));
  ok(lastDay.length > 500);
  // Off-hours snapshots are marked; the last ticks of a session may arrive a step of the clock after it.
  const closed = (time: number) => CALENDAR.isClosed("nse", time);
  for (const { exchange_timestamp: time, freshness } of client.ticks) {
    if (freshness === "closed") ok(closed(time + 10_000), `${istTimestamp(time)} was marked closed`);
    else ok(!closed(time), `${istTimestamp(time)} was not marked closed`);
  }
  ok(client.ticks.some(({ freshness }) => freshness === "closed"));
  equal(client.closed, undefined);
});
