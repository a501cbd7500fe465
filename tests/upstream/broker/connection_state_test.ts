import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ConnectionEvent,
  type ConnectionState,
  deadline,
  type Effect,
  INITIAL,
  step,
} from "../../../lib/upstream/broker/connection_state.ts";
import { type Cause } from "../../../lib/upstream/cause.ts";
import { DEFAULT_POLICY, type Policy } from "../../../lib/upstream/policy.ts";
import { seededRandom } from "../../fakes.ts";

const POLICY: Policy = { ...DEFAULT_POLICY, random: () => 0.5 };

/** The present moment of the table. */
const T = 1_000_000;

type Of<Kind extends ConnectionState["kind"]> = Extract<ConnectionState, { kind: Kind }>;

const network: Cause = { kind: "network", message: "broken" };
const throttled: Cause = { kind: "throttled", message: "429" };
const unauthorized: Cause = { kind: "unauthorized", message: "401" };
const refused: Cause = { kind: "refused", message: "502" };
const final: Cause = { kind: "login", message: "wrong PIN", final: true };
const renewed: Cause = { kind: "renewed", message: "a new day" };
const shutdown: Cause = { kind: "shutdown", message: "stopped" };

const counters = { epoch: 7, attempt: 2, denials: 0, throttles: 0, timeouts: 0 };
const stopped: Of<"stopped"> = { ...counters, kind: "stopped", cause: final };
const waiting: Of<"waiting"> = { ...counters, kind: "waiting", retryAt: T, cause: network };
const login: Of<"login"> = { ...counters, kind: "login" };
const connecting: Of<"connecting"> = { ...counters, kind: "connecting", giveUpAt: T };
const live: Of<"live"> = {
  ...counters,
  kind: "live",
  pingAt: T + 1,
  silentAt: T + 2,
  healthyAt: T + 3,
};
const closing: Of<"closing"> = {
  ...counters,
  kind: "closing",
  cause: network,
  retryAt: T + 9_000,
  terminateAt: T,
  terminated: false,
};

const due: ConnectionEvent = { kind: "due" };
const start: ConnectionEvent = { kind: "start" };
const stop: ConnectionEvent = { kind: "stop" };
const redial: ConnectionEvent = { kind: "reconnect", cause: renewed };
const session = (epoch = 7): ConnectionEvent => ({ kind: "session", epoch });
const opened = (epoch = 7): ConnectionEvent => ({ kind: "opened", epoch });
const frame = (epoch = 7): ConnectionEvent => ({ kind: "frame", epoch });
const ended = (cause: Cause, epoch = 7): ConnectionEvent => ({ kind: "ended", epoch, cause });

type Row = [
  name: string,
  state: ConnectionState,
  event: ConnectionEvent,
  now: number,
  kind: ConnectionState["kind"],
  effects: Effect[],
];

const ROWS: Row[] = [
  ["logs in at the start", INITIAL, start, T, "login", ["login"]],
  ["starts again after a final refusal, when told to", stopped, start, T, "login", ["login"]],
  ["ignores a start while it waits", waiting, start, T, "waiting", []],
  ["ignores a start while it is live", live, start, T, "live", []],
  ["waits until the time has come", waiting, due, T - 1, "waiting", []],
  ["logs in when the time has come", waiting, due, T, "login", ["login"]],
  ["dials with a session", login, session(), T, "connecting", ["dial"]],
  ["ignores a session of an older try", login, session(6), T, "login", []],
  ["ignores a session that nobody waits for", live, session(), T, "live", []],
  ["waits when no session could be had", login, ended(network), T, "waiting", []],
  ["stops when the credentials are wrong", login, ended(final), T, "stopped", []],
  ["subscribes when the socket is open", connecting, opened(), T, "live", ["subscribe"]],
  ["ignores the opening of an older socket", connecting, opened(6), T, "connecting", []],
  ["ignores a second opening", live, opened(), T, "live", []],
  ["waits for a handshake until its time is up", connecting, due, T - 1, "connecting", []],
  ["hangs up on a handshake that takes too long", connecting, due, T, "closing", ["close"]],
  ["waits after a failed handshake", connecting, ended(network), T, "waiting", []],
  ["waits after an answer it does not know", connecting, ended(refused), T, "waiting", []],
  ["waits after a 429", connecting, ended(throttled), T, "waiting", []],
  ["forgets the session after a 401", connecting, ended(unauthorized), T, "waiting", ["forget-session"]],
  ["ignores the end of an older socket", live, ended(network, 6), T, "live", []],
  ["ignores the end of a future socket", live, ended(network, 8), T, "live", []],
  ["ignores a frame of an older socket", live, frame(6), T, "live", []],
  ["lives on with a frame", live, frame(), T, "live", []],
  ["ignores a frame while it is closing", closing, frame(), T, "closing", []],
  ["does nothing before the ping is due", live, due, T, "live", []],
  ["pings when the ping is due", live, due, T + 1, "live", ["ping"]],
  ["hangs up when silence has lasted too long", live, due, T + 2, "closing", ["close"]],
  ["waits after the loss of a live socket", live, ended(network), T, "waiting", []],
  ["waits for the end of a socket it has hung up on", closing, due, T - 1, "closing", []],
  ["cuts a socket that does not close", closing, due, T, "closing", ["terminate"]],
  ["gives up a cut socket", { ...closing, terminated: true }, due, T, "waiting", []],
  ["waits once the socket it hung up on is gone", closing, ended(network), T, "waiting", []],
  [
    "forgets the session if a socket it hung up on ends with 401",
    closing,
    ended(unauthorized),
    T,
    "waiting",
    [
      "forget-session",
    ],
  ],
  ["ignores the opening of a socket it has hung up on", closing, opened(), T, "closing", []],
  ["ignores the end of nothing while it waits", waiting, ended(network), T, "waiting", []],
  ["ignores the end of anything once it has stopped", stopped, ended(network), T, "stopped", []],
  ["hangs up to dial anew", live, redial, T, "closing", ["close"]],
  ["hangs up on a handshake to dial anew", connecting, redial, T, "closing", ["close"]],
  ["does not log in twice to dial anew", login, redial, T, "login", []],
  ["stays stopped when it is told to dial anew", stopped, redial, T, "stopped", []],
  ["does not hang up twice to dial anew", closing, redial, T, "closing", []],
  ["hangs up to stop", live, stop, T, "closing", ["close"]],
  ["hangs up on a handshake to stop", connecting, stop, T, "closing", ["close"]],
  ["stops at once while it waits", waiting, stop, T, "stopped", []],
  ["stops at once during the login", login, stop, T, "stopped", []],
  ["stops when the socket is gone", { ...closing, cause: shutdown }, ended(network), T, "stopped", []],
  [
    "stops when a cut socket is given up",
    { ...closing, cause: shutdown, terminated: true },
    due,
    T,
    "stopped",
    [],
  ],
  ["waits for the socket to be gone before it stops", closing, stop, T, "closing", []],
  ["stays stopped when something is due", stopped, due, T, "stopped", []],
  ["ignores a session that comes after the stop", { ...stopped, epoch: 8 }, session(7), T, "stopped", []],
];

for (const [name, state, event, now, kind, effects] of ROWS) {
  Deno.test(`step() ${name}`, () => {
    const [next, done] = step(state, event, now, POLICY);
    assert.equal(next.kind, kind);
    assert.deepEqual(done, effects);
  });
}

Deno.test("step() changes nothing at all where it ignores an event", () => {
  for (const [name, state, event, now, kind, effects] of ROWS) {
    if (!name.startsWith("ignores") || kind !== state.kind || effects.length > 0) continue;
    assert.deepEqual(step(state, event, now, POLICY)[0], state, name);
  }
});

function after(state: ConnectionState, event: ConnectionEvent, now = T, policy = POLICY): ConnectionState {
  return step(state, event, now, policy)[0];
}

/** The wait after a cause, ms. */
function waitAfter(state: ConnectionState, cause: Cause, random = 0.5): number {
  const next = after(state, ended(cause), T, { ...POLICY, random: () => random });
  return next.kind === "waiting" ? next.retryAt - T : assert.fail(`it is ${next.kind}`);
}

Deno.test("step() backs off with full jitter: from 1 s doubling up to 60 s, never beyond", () => {
  const most = [0, 1, 2, 3, 4, 5, 6, 7, 50, 5_000].map((attempt) =>
    waitAfter({ ...login, attempt }, network, 1)
  );
  assert.deepEqual(most, [
    1_000,
    2_000,
    4_000,
    8_000,
    16_000,
    32_000,
    60_000,
    60_000,
    60_000,
    60_000,
  ]);
  assert.equal(waitAfter({ ...login, attempt: 6 }, network, 0), 0);
  assert.equal(waitAfter({ ...login, attempt: 6 }, network, 0.25), 15_000);
});

Deno.test("step() counts each failed try", () => {
  assert.equal(after(login, ended(network)).attempt, 3);
  assert.equal(after(connecting, ended(network)).attempt, 3);
  assert.equal(after(live, ended(network)).attempt, 3);
  assert.equal(after(connecting, due).attempt, 3);
  assert.equal(after(live, due, T + 2).attempt, 3);
});

Deno.test("step() waits at least 30 s and at most 5 min after a 429", () => {
  assert.equal(waitAfter({ ...connecting, attempt: 60, throttles: 0 }, throttled, 0), 30_000);
  assert.equal(waitAfter({ ...connecting, attempt: 60, throttles: 0 }, throttled, 1), 30_000);
  assert.equal(waitAfter({ ...connecting, attempt: 60, throttles: 1 }, throttled, 1), 60_000);
  assert.equal(waitAfter({ ...connecting, attempt: 60, throttles: 60 }, throttled, 0), 30_000);
  assert.equal(waitAfter({ ...connecting, attempt: 60, throttles: 60 }, throttled, 1), 300_000);
});

Deno.test("step() tries a new session soon after the first 401, and waits long after the second", () => {
  const first = after(connecting, ended(unauthorized));
  assert.equal(first.denials, 1);
  assert.ok(first.kind === "waiting" && first.retryAt - T <= 4_000);
  const waits = [1, 2, 3, 4, 5, 6, 60].map((denials) => waitAfter({ ...connecting, denials }, unauthorized));
  assert.deepEqual(waits, [30_000, 60_000, 120_000, 240_000, 480_000, 960_000, 3_600_000]);
});

Deno.test("step() forgets how often it was denied once a handshake succeeds", () => {
  assert.equal(after({ ...connecting, denials: 3 }, opened()).denials, 0);
});

Deno.test("step() waits until the time that a cause names, and not into the past", () => {
  assert.equal(waitAfter(login, { ...network, notBefore: T + 123_456 }), 123_456);
  assert.equal(waitAfter(login, { ...network, notBefore: T - 5 }), 0);
});

Deno.test("step() raises the epoch with each try", () => {
  assert.equal(after(INITIAL, start).epoch, 1);
  assert.equal(after(waiting, due).epoch, 8);
});

Deno.test("step() raises the epoch when it gives up a cut socket, so that its late end means nothing", () => {
  const given = after({ ...closing, terminated: true }, due);
  assert.ok(given.epoch > closing.epoch);
  const again = after(given, due, T + 9_000);
  assert.equal(again.kind, "login");
  assert.deepEqual(after(again, ended(network, closing.epoch)), again);
});

Deno.test("step() raises the epoch when it stops during a login, so that its session is not dialled with", () => {
  const state = after(login, stop);
  assert.equal(after(after(state, start), session(login.epoch)).kind, "login");
});

Deno.test("step() starts from the base again only after 60 s of health", () => {
  let state: ConnectionState = after(connecting, opened());
  assert.equal(state.attempt, 2);
  // Frames and pings alone do not do it.
  for (let now = T; now < T + 59_999; now += 5_000) {
    state = after(after(state, frame(), now), due, now);
    assert.equal(state.attempt, 2, `after ${now - T} ms`);
  }
  state = after(after(state, frame(), T + 60_000), due, T + 60_000);
  assert.equal(state.attempt, 0);
  assert.equal(waitAfter(state, network, 1), 1_000);
});

Deno.test("step() resets nothing when the socket opens and is lost again", () => {
  const open = after(connecting, opened());
  assert.equal(waitAfter(open, network, 1), 4_000);
});

Deno.test("step() moves the end of patience with each frame, and nothing else", () => {
  const state = after(live, frame(), T);
  assert.deepEqual(state, { ...live, silentAt: T + 25_000 });
});

Deno.test("step() pings every 10 s and sets all deadlines of a new socket", () => {
  const state = after(connecting, opened());
  assert.ok(state.kind === "live");
  assert.equal(state.pingAt, T + 10_000);
  assert.equal(state.silentAt, T + 25_000);
  assert.equal(state.healthyAt, T + 60_000);
  const pinged = after(state, due, T + 10_007);
  assert.ok(pinged.kind === "live");
  assert.equal(pinged.pingAt, T + 20_007);
  assert.equal(pinged.silentAt, T + 25_000);
});

Deno.test("step() gives a handshake 10 s", () => {
  assert.equal(deadline(after(login, session())), T + 15_000);
});

Deno.test("step() gives a closing handshake 5 s, and the cut that follows another 5 s", () => {
  const hungUp = after(live, due, T + 2);
  assert.equal(deadline(hungUp), T + 2 + 5_000);
  const cut = after(hungUp, due, T + 2 + 5_000);
  assert.equal(deadline(cut), T + 2 + 10_000);
});

Deno.test("step() keeps the wait that it hung up with, from the moment of the hanging up", () => {
  const hungUp = after(live, due, T + 2);
  assert.ok(hungUp.kind === "closing");
  // 2 troubles before: half of 4 s.
  assert.equal(hungUp.retryAt, T + 2 + 2_000);
  const early = after(hungUp, ended(network), T + 100);
  assert.ok(early.kind === "waiting" && early.retryAt === T + 2 + 2_000);
  assert.equal(early.cause?.kind, "silent");
  const late = after(hungUp, ended(network), T + 4_000);
  assert.ok(late.kind === "waiting" && late.retryAt === T + 4_000);
});

Deno.test("step() dials anew without a wait, as soon as the old socket is gone", () => {
  const hungUp = after({ ...live, attempt: 5 }, redial);
  const gone = after(hungUp, ended(network), T + 30);
  assert.ok(gone.kind === "waiting");
  assert.equal(gone.retryAt, T + 30);
  assert.equal(gone.attempt, 0);
  assert.equal(gone.cause?.kind, "renewed");
});

Deno.test("step() tries at once when it waits and is told to dial anew", () => {
  const state = after({ ...waiting, retryAt: T + 3_000_000, denials: 3 }, redial);
  assert.ok(state.kind === "waiting");
  assert.equal(state.retryAt, T);
  assert.equal(state.denials, 0);
});

Deno.test("step() tells why it stopped", () => {
  const state = after(login, ended(final));
  assert.ok(state.kind === "stopped");
  assert.deepEqual(state.cause, final);
});

Deno.test("step() starts with fresh counters after a stop", () => {
  const state = after({ ...stopped, attempt: 9, denials: 4 }, start);
  assert.deepEqual([state.attempt, state.denials], [0, 0]);
});

Deno.test("deadline() is the earliest thing due, and none where only an event helps", () => {
  assert.equal(deadline(live), T + 1);
  assert.equal(deadline({ ...live, pingAt: T + 50 }), T + 2);
  assert.equal(deadline({ ...live, pingAt: T + 50, silentAt: T + 60 }), T + 3);
  assert.equal(deadline(waiting), T);
  assert.equal(deadline(connecting), T);
  assert.equal(deadline(closing), T);
  assert.equal(deadline(login), undefined);
  assert.equal(deadline(stopped), undefined);
});

// ---------------------------------------------------------------------------------------------------------------
// Storms

/** A cause with which a login may fail. */
const loginCause: fc.Arbitrary<Cause> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Cause>({ kind: "login", message: "refused" }) },
  {
    weight: 3,
    arbitrary: fc.integer({ min: -10_000, max: 400_000 }).map((ms) => ({ ...network, notBefore: ms })),
  },
  { weight: 1, arbitrary: fc.constant(final) },
);

/** A cause with which a socket may end. */
const socketCause = fc.constantFrom<Cause>(network, throttled, unauthorized, refused, {
  kind: "closed",
  message: "1000",
});

const redialCause = fc.constantFrom<Cause>(renewed, { kind: "mute", message: "no tick" });

/** What a lawful world may do next; what it cannot do just then is left out. */
type Move =
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "timer" }
  | { readonly kind: "start" | "stop" | "granted" | "opens" | "frame" }
  | { readonly kind: "reconnect" | "fails" | "ends"; readonly cause: Cause }
  /** A socket other than the newest speaks up: an index among those that are not gone. */
  | { readonly kind: "stray"; readonly which: number; readonly says: "opened" | "frame" | "ended" };

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: "timer" as const }) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 30_000 }).map((ms) => ({ kind: "wait" as const, ms })) },
  { weight: 8, arbitrary: fc.constantFrom("granted", "opens").map((kind) => ({ kind } as Move)) },
  { weight: 4, arbitrary: fc.constant({ kind: "frame" as const }) },
  { weight: 1, arbitrary: fc.constantFrom("start", "stop").map((kind) => ({ kind } as Move)) },
  { weight: 1, arbitrary: redialCause.map((cause) => ({ kind: "reconnect" as const, cause })) },
  { weight: 2, arbitrary: loginCause.map((cause) => ({ kind: "fails" as const, cause })) },
  { weight: 4, arbitrary: socketCause.map((cause) => ({ kind: "ends" as const, cause })) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("stray" as const),
      which: fc.nat(5),
      says: fc.constantFrom("opened" as const, "frame" as const, "ended" as const),
    }),
  },
);

/** One dialled socket as the world knows it. */
interface Encoder {
  readonly epoch: number;
  gone: boolean;
  terminatedAt?: number;
  openedAt?: number;
}

/** The machine in a lawful world: what it asks for is done, what it is told has happened; watched at each step. */
class World {
  now = T;
  state: ConnectionState = INITIAL;
  dials = 0;
  readonly kinds = new Set<string>();
  readonly #wires: Encoder[] = [];
  readonly #policy: Policy;
  /** Sessions are numbered; the machine always gets the newest one that was not forgotten. */
  #session = 0;
  #held: number | undefined;
  #dialledWith: number | undefined;
  readonly #denied = new Set<number>();
  /** Not to be dialled before, since a 429. */
  #throttledUntil = 0;

  constructor(seed: number) {
    this.#policy = { ...DEFAULT_POLICY, random: seededRandom(seed) };
  }

  get open(): Encoder[] {
    return this.#wires.filter((wire) => !wire.gone);
  }

  do(move: Move): void {
    const { epoch, kind } = this.state;
    const newest = this.#wires.find((wire) => wire.epoch === epoch && !wire.gone);
    switch (move.kind) {
      case "wait":
        return this.#turn(this.now + move.ms);
      case "timer":
        return this.#turn(deadline(this.state) ?? this.now);
      case "stop":
        return this.tell({ kind: "stop" });
      case "start":
        // The owner's word counts for more than the pause.
        if (kind === "stopped") this.#throttledUntil = 0;
        return this.tell({ kind: "start" });
      case "reconnect":
        this.#throttledUntil = 0;
        return this.tell({ kind: "reconnect", cause: move.cause });
      case "granted":
        if (kind !== "login") return;
        this.#held ??= ++this.#session;
        return this.tell({ kind: "session", epoch });
      case "fails": {
        if (kind !== "login") return;
        const { notBefore } = move.cause;
        const cause = notBefore === undefined
          ? move.cause
          : { ...move.cause, notBefore: this.now + notBefore };
        return this.tell({ kind: "ended", epoch, cause });
      }
      case "opens":
        if (newest === undefined || newest.openedAt !== undefined) return;
        newest.openedAt = this.now;
        return this.tell({ kind: "opened", epoch });
      case "frame":
        if (newest?.openedAt !== undefined) this.tell({ kind: "frame", epoch });
        return;
      case "ends":
        if (newest !== undefined) this.#end(newest, move.cause);
        return;
      case "stray": {
        const stray = this.open.filter((wire) => wire !== newest)[move.which];
        if (stray === undefined) return;
        const before = this.state;
        if (move.says === "ended") this.#end(stray, network);
        else this.tell({ kind: move.says, epoch: stray.epoch });
        assert.deepEqual(this.state, before, "an older socket changed something");
      }
    }
  }

  #end(wire: Encoder, cause: Cause): void {
    wire.gone = true;
    // Whatever ended with 401 or 429 was a handshake.
    const refusal = cause.kind === "unauthorized" || cause.kind === "throttled";
    const lawful = refusal && wire.openedAt !== undefined ? network : cause;
    if (lawful.kind === "unauthorized") this.#denied.add(this.#dialledWith!);
    this.tell({ kind: "ended", epoch: wire.epoch, cause: lawful });
  }

  /** Time passes; the one timer rings at each deadline on the way. */
  #turn(to: number): void {
    for (let rings = 0;; rings++) {
      assert.ok(rings < 10_000, "the timer rings without end");
      const at = deadline(this.state);
      if (at === undefined || at > to) break;
      this.now = Math.max(this.now, at);
      this.tell({ kind: "due" });
    }
    this.now = Math.max(this.now, to);
  }

  tell(event: ConnectionEvent): void {
    const before = this.state;
    const [state, effects] = step(before, event, this.now, this.#policy);
    this.state = state;
    this.kinds.add(state.kind);
    for (const effect of effects) this.#perform(effect);
    this.#watch(before, event, effects);
  }

  #perform(effect: Effect): void {
    const { epoch } = this.state;
    const own = this.#wires.find((wire) => wire.epoch === epoch);
    switch (effect) {
      case "login":
        return;
      case "dial":
        this.dials++;
        for (const wire of this.#wires) {
          const givenUp = wire.terminatedAt !== undefined &&
            this.now >= wire.terminatedAt + this.#policy.closeTimeout;
          assert.ok(wire.gone || givenUp, `dialled while the socket of epoch ${wire.epoch} is there`);
        }
        assert.equal(own, undefined, "one epoch dialled twice");
        assert.ok(!this.#denied.has(this.#held!), "dialled with a token that was refused");
        assert.ok(this.now >= this.#throttledUntil, "dialled too soon after a 429");
        this.#dialledWith = this.#held;
        this.#wires.push({ epoch, gone: false });
        return;
      case "forget-session":
        this.#held = undefined;
        return;
      case "terminate":
        assert.ok(own !== undefined && !own.gone, "cut a socket that is not there");
        own.terminatedAt = this.now;
        return;
      case "subscribe":
      case "ping":
        assert.ok(own !== undefined && !own.gone && own.openedAt !== undefined, `${effect} without a socket`);
        return;
      case "close":
        assert.ok(own !== undefined && !own.gone, "hung up a socket that is not there");
    }
  }

  #watch(before: ConnectionState, event: ConnectionEvent, effects: readonly Effect[]): void {
    const { now, state } = this;
    const policy = this.#policy;
    assert.ok(state.epoch >= before.epoch, "the epoch fell");
    assert.ok(state.attempt >= 0 && state.denials >= 0);
    if (effects.includes("login")) assert.ok(state.epoch > before.epoch, "a new try with an old epoch");

    if (before.kind === "stopped" && event.kind !== "start") {
      assert.equal(state.kind, "stopped", "it did not stay stopped");
      assert.deepEqual(effects, []);
    }
    if (state.attempt < before.attempt) {
      const wire = this.#wires.find(({ epoch }) => epoch === before.epoch);
      const healthy = before.kind === "live" && event.kind === "due" &&
        now - wire!.openedAt! >= policy.healthyAfter;
      assert.ok(
        healthy || event.kind === "start" || event.kind === "reconnect",
        `attempt reset by ${event.kind} in ${before.kind}`,
      );
    }
    if (event.kind === "ended" && event.epoch === before.epoch && event.cause.kind === "unauthorized") {
      assert.ok(effects.includes("forget-session"), `a 401 in ${before.kind} was not believed`);
    }
    if (state.kind === "waiting" && before.kind !== "waiting") this.#watchWait(before, event);
    this.#watchDeadline();
  }

  #watchWait(before: ConnectionState, event: ConnectionEvent): void {
    const { now, state } = this;
    const policy = this.#policy;
    assert.ok(state.kind === "waiting");
    const wait = state.retryAt - now;
    assert.ok(wait >= 0, "it waits for the past");
    if (before.kind === "closing" || event.kind !== "ended") {
      assert.ok(wait <= policy.denialCap);
      if (before.kind === "closing") assert.equal(state.retryAt, Math.max(now, before.retryAt));
      return;
    }
    const { cause } = event;
    if (cause.notBefore !== undefined) {
      assert.equal(state.retryAt, Math.max(now, cause.notBefore));
    } else if (cause.kind === "throttled") {
      assert.ok(wait >= policy.throttleBase && wait <= policy.throttleCap, `${wait} ms after a 429`);
      this.#throttledUntil = now + policy.throttleBase;
    } else if (state.denials > 1) {
      assert.ok(wait >= policy.denialBase && wait <= policy.denialCap, `${wait} ms after the second 401`);
    } else {
      const ceiling = Math.min(policy.backoffCap, policy.backoffBase * 2 ** before.attempt);
      assert.ok(wait <= ceiling, `${wait} ms after try ${before.attempt}`);
    }
  }

  /** Ringing at the deadline gets somewhere: what is due now is done within a few rings. */
  #watchDeadline(): void {
    let state = this.state;
    const at = deadline(state);
    if (at === undefined || at > this.now) return;
    const policy = { ...this.#policy, random: () => 0.5 };
    for (let ring = 0; ring < 4; ring++) {
      state = step(state, { kind: "due" }, this.now, policy)[0];
      if ((deadline(state) ?? Infinity) > this.now) return;
    }
    assert.fail(`${this.state.kind}: due at ${at}, and still at ${this.now}`);
  }
}

Deno.test("step() keeps its promises through 4,000 storms of a lawful world", () => {
  const kinds = new Set<string>();
  let dials = 0;
  fc.assert(
    fc.property(fc.nat(), fc.array(move, { minLength: 40, maxLength: 160, size: "max" }), (seed, moves) => {
      const world = new World(seed);
      world.do({ kind: "start" });
      for (const move of moves) world.do(move);
      for (const kind of world.kinds) kinds.add(kind);
      dials += world.dials;
    }),
    { numRuns: 4_000 },
  );
  assert.deepEqual(
    [...kinds].sort(),
    ["closing", "connecting", "live", "login", "stopped", "waiting"],
    "the storms do not reach every state",
  );
  assert.ok(dials > 10_000, `only ${dials} dials: the storms test too little`);
});

Deno.test("step() is live again after any storm, once the world is kind", () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(move, { maxLength: 80, size: "max" }), (seed, moves) => {
      const world = new World(seed);
      world.do({ kind: "start" });
      for (const move of moves) world.do(move);
      // The stop and the final refusal are left by a start; all else gets over by itself.
      for (let i = 0; i < 30 && world.state.kind !== "live"; i++) {
        world.do({ kind: "start" });
        world.do({ kind: "timer" });
        world.do({ kind: "granted" });
        world.do({ kind: "opens" });
      }
      assert.equal(world.state.kind, "live");
      assert.equal(world.open.filter((wire) => wire.terminatedAt === undefined).length, 1);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("step() comes to rest after any storm and a stop, with no socket left", () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(move, { maxLength: 80, size: "max" }), (seed, moves) => {
      const world = new World(seed);
      world.do({ kind: "start" });
      for (const move of moves) world.do(move);
      world.do({ kind: "stop" });
      world.do({ kind: "wait", ms: 2 * DEFAULT_POLICY.closeTimeout });
      assert.equal(world.state.kind, "stopped");
      assert.equal(deadline(world.state), undefined);
      for (const wire of world.open) assert.ok(wire.terminatedAt !== undefined, "a socket was left uncut");
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("step() takes any event in any state, in any order and at any time", () => {
  const epoch = fc.integer({ min: 0, max: 6 });
  const cause = fc.oneof(loginCause, socketCause, redialCause);
  const anyEvent: fc.Arbitrary<ConnectionEvent> = fc.oneof(
    fc.constantFrom("start" as const, "due" as const, "stop" as const).map((kind) => ({ kind })),
    fc.record({ kind: fc.constantFrom("session" as const, "opened" as const, "frame" as const), epoch }),
    fc.record({ kind: fc.constant("ended" as const), epoch, cause }),
    fc.record({ kind: fc.constant("reconnect" as const), cause }),
  );
  // A clock that is set while we run jumps both ways.
  const jump = fc.oneof(fc.nat(60_000), fc.integer({ min: -100_000_000, max: 100_000_000 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(anyEvent, jump), { maxLength: 100, size: "max" }), (storm) => {
      let state: ConnectionState = INITIAL;
      let now = T;
      for (const [event, ms] of storm) {
        now += ms;
        const [next] = step(state, event, now, POLICY);
        assert.ok(next.epoch >= state.epoch);
        const at = deadline(next);
        assert.ok(at === undefined || Number.isFinite(at), `deadline ${at} in ${next.kind}`);
        state = next;
      }
    }),
    { numRuns: 3_000 },
  );
});
