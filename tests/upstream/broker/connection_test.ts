import assert from "node:assert/strict";
import fc from "fast-check";
import { type Connection, createConnection } from "../../../lib/upstream/broker/connection.ts";
import { LoginFailure } from "../../../lib/upstream/cause.ts";
import { type ConnectionState } from "../../../lib/upstream/broker/connection_state.ts";
import { type Cause } from "../../../lib/upstream/cause.ts";
import { DEFAULT_POLICY } from "../../../lib/upstream/policy.ts";
import { Secret } from "../../../lib/util/secret.ts";
import type { BrokerSession } from "../../../lib/smartapi/rest.ts";
import type { StreamEnd, StreamEvents } from "../../../lib/smartapi/stream.ts";
import { FakeClock, seededRandom, settle } from "../../fakes.ts";

const network: StreamEnd = { kind: "network", message: "broken" };

/** A socket that does what its test says. */
class FakeStream {
  readonly sent: string[] = [];
  closes = 0;
  terminates = 0;
  gone = false;

  constructor(readonly session: BrokerSession, readonly events: StreamEvents) {}

  send(text: string): void {
    this.sent.push(text);
  }

  pause(): void {}

  resume(): void {}

  close(): void {
    this.closes++;
  }

  terminate(): void {
    this.terminates++;
  }

  end(end: StreamEnd = network): void {
    this.gone = true;
    this.events.ended(end);
  }
}

interface Setting {
  readonly clock: FakeClock;
  readonly connection: Connection;
  readonly streams: FakeStream[];
  readonly changes: string[];
  readonly forgotten: BrokerSession[];
  readonly heard: string[];
  /** How many times a session was asked for. */
  asked: number;
  /** What the next ones who ask for a session get; otherwise a new one each time. */
  readonly failures: unknown[];
  /** What the next ones who ask for a session have to wait for. */
  readonly gates: Promise<void>[];
  /** What the next dials throw. */
  readonly throws: unknown[];
  opened: number;
  stream(): FakeStream;
}

function sessionNumber(number: number): BrokerSession {
  const secret = (name: string) => new Secret(`${name}-${number}`);
  return { jwt: secret("jwt"), feedToken: secret("feed"), issuedAt: number };
}

function setUp(random: () => number = () => 0.5): Setting {
  const clock = new FakeClock();
  const setting: Setting = {
    clock,
    streams: [],
    changes: [],
    forgotten: [],
    heard: [],
    asked: 0,
    failures: [],
    throws: [],
    gates: [],
    opened: 0,
    stream: () => setting.streams.at(-1)!,
    connection: createConnection({
      clock,
      policy: { ...DEFAULT_POLICY, random },
      open(session, events) {
        if (setting.throws.length > 0) throw setting.throws.shift();
        const stream = new FakeStream(session, events);
        setting.streams.push(stream);
        return stream;
      },
      session: () => {
        setting.asked++;
        const admission = setting.gates.shift();
        const session = sessionNumber(setting.asked);
        if (admission !== undefined) return admission.then(() => session);
        return setting.failures.length > 0
          ? Promise.reject(setting.failures.shift())
          : Promise.resolve(session);
      },
      forget: (session) => setting.forgotten.push(session),
      opened: () => setting.opened++,
      text: (frame) => setting.heard.push(frame),
      binary: (frame) => setting.heard.push(`<${frame.length}>`),
      changed: (state: ConnectionState, before: ConnectionState) =>
        setting.changes.push(`${before.kind}>${state.kind}`),
    }),
  };
  return setting;
}

/** Started, logged in and open. */
async function setUpLive(random?: () => number): Promise<Setting> {
  const setting = setUp(random);
  setting.connection.start();
  await settle();
  setting.stream().events.opened();
  return setting;
}

function kindOf({ connection }: Setting): ConnectionState["kind"] {
  return connection.state().kind;
}

Deno.test("start() asks for a session, dials with it, and tells of the opening", async () => {
  const setting = setUp();
  setting.connection.start();
  assert.equal(kindOf(setting), "login");
  await settle();
  assert.equal(kindOf(setting), "connecting");
  assert.equal(setting.stream().session.feedToken.reveal(), "feed-1");
  assert.equal(setting.opened, 0);
  setting.stream().events.opened();
  assert.equal(kindOf(setting), "live");
  assert.equal(setting.opened, 1);
  assert.deepEqual(setting.changes, ["stopped>login", "login>connecting", "connecting>live"]);
  assert.equal(setting.connection.session(), setting.stream().session);
});

Deno.test("a live connection passes on its frames", async () => {
  const setting = await setUpLive();
  setting.stream().events.text("pong");
  setting.stream().events.binary(new Uint8Array(51));
  assert.deepEqual(setting.heard, ["pong", "<51>"]);
});

Deno.test("a connection holds one timer at a time, and none once it has stopped", async () => {
  const setting = await setUpLive();
  const { clock, connection } = setting;
  for (let second = 0; second < 100; second++) {
    setting.stream().events.text("pong");
    assert.ok(clock.pending <= 1, `${clock.pending} timers`);
    await clock.advanceAsync(1_000);
  }
  setting.stream().end();
  assert.equal(clock.pending, 1);
  await clock.advanceAsync(1_000);
  assert.equal(kindOf(setting), "connecting");
  assert.equal(clock.pending, 1);
  const stopped = connection.stop();
  assert.equal(clock.pending, 1);
  setting.stream().end();
  await stopped;
  assert.equal(clock.pending, 0);
});

Deno.test("a live connection pings every 10 s", async () => {
  const setting = await setUpLive();
  const { sent, events } = setting.stream();
  const at: number[] = [];
  for (let second = 1; second <= 45; second++) {
    await setting.clock.advanceAsync(1_000);
    events.text("pong");
    while (at.length < sent.length) at.push(second);
  }
  assert.deepEqual(sent, ["ping", "ping", "ping", "ping"]);
  assert.deepEqual(at, [10, 20, 30, 40]);
});

Deno.test("a live connection pings while ticks stream in, too", async () => {
  const setting = await setUpLive();
  for (let i = 0; i < 2_500; i++) {
    setting.stream().events.binary(new Uint8Array(51));
    await setting.clock.advanceAsync(10);
  }
  assert.deepEqual(setting.stream().sent, ["ping", "ping"]);
  assert.equal(setting.heard.length, 2_500);
});

Deno.test("a connection that hears nothing for 25 s hangs up, waits for the end, and only then dials", async () => {
  const setting = await setUpLive();
  const { clock } = setting;
  await clock.advanceAsync(24_999);
  assert.equal(kindOf(setting), "live");
  await clock.advanceAsync(1);
  assert.equal(kindOf(setting), "closing");
  assert.equal(setting.stream().closes, 1);
  await clock.advanceAsync(4_000);
  assert.equal(setting.streams.length, 1);
  setting.stream().end();
  await clock.advanceAsync(0);
  assert.equal(setting.streams.length, 2);
  assert.equal(kindOf(setting), "connecting");
});

Deno.test("any frame keeps a connection alive, a pong as well as a tick", async () => {
  const setting = await setUpLive();
  for (let i = 0; i < 20; i++) {
    await setting.clock.advanceAsync(24_000);
    if (i % 2 === 0) setting.stream().events.text("pong");
    else setting.stream().events.binary(new Uint8Array(51));
  }
  assert.equal(kindOf(setting), "live");
  assert.equal(setting.stream().closes, 0);
});

Deno.test("silence is measured from the last frame to within a second, however fast frames came before", async () => {
  const setting = await setUpLive();
  const { clock } = setting;
  for (let i = 0; i < 1_000; i++) {
    setting.stream().events.binary(new Uint8Array(51));
    clock.advance(37);
  }
  clock.advance(23_900);
  assert.equal(kindOf(setting), "live");
  clock.advance(1_100);
  assert.equal(kindOf(setting), "closing");
  await settle();
});

Deno.test("a socket that does not close is cut after 5 s and given up after another 5 s", async () => {
  const setting = await setUpLive();
  const { clock } = setting;
  await clock.advanceAsync(25_000);
  const [first] = setting.streams;
  await clock.advanceAsync(4_999);
  assert.equal(first!.terminates, 0);
  await clock.advanceAsync(1);
  assert.equal(first!.terminates, 1);
  await clock.advanceAsync(4_999);
  assert.equal(setting.streams.length, 1);
  await clock.advanceAsync(1);
  assert.equal(setting.streams.length, 2);
  setting.stream().events.opened();
  // Its late word changes nothing.
  first!.events.text("a voice from the past");
  first!.events.binary(new Uint8Array(51));
  first!.events.opened();
  first!.end();
  assert.equal(kindOf(setting), "live");
  assert.deepEqual(setting.heard, []);
  setting.connection.send("to the new one");
  assert.deepEqual(first!.sent.filter((text) => text !== "ping"), []);
  assert.ok(setting.stream().sent.includes("to the new one"));
});

Deno.test("frames that come after the hanging up are not passed on", async () => {
  const setting = await setUpLive();
  setting.connection.reconnect({ kind: "renewed", message: "a new day" });
  setting.stream().events.text("late");
  setting.stream().events.binary(new Uint8Array(51));
  assert.deepEqual(setting.heard, []);
});

Deno.test("a handshake that takes too long is hung up, and the next one is given more time: 15, 30, 60 s", async () => {
  const setting = setUp();
  setting.connection.start();
  await settle();
  for (const seconds of [15, 30, 60, 60]) {
    await setting.clock.advanceAsync(seconds * 1_000 - 1);
    assert.equal(setting.stream().closes, 0, `${seconds} s`);
    await setting.clock.advanceAsync(1);
    assert.equal(setting.stream().closes, 1, `${seconds} s`);
    const dialled = setting.streams.length;
    setting.stream().end();
    while (setting.streams.length === dialled) await setting.clock.advanceAsync(1);
  }
  // An answer after 40 s is an answer, and who was slow once may be slow again.
  await setting.clock.advanceAsync(40_000);
  setting.stream().events.opened();
  assert.equal(kindOf(setting), "live");
  setting.stream().end();
  await setting.clock.advanceAsync(60_000);
  assert.equal(kindOf(setting), "connecting");
  assert.equal(setting.stream().closes, 0);
});

Deno.test("a handshake refused with Retry-After is not tried before", async () => {
  const setting = setUp();
  setting.connection.start();
  await settle();
  setting.stream().end({ kind: "throttled", message: "HTTP 429", retryAfterMs: 600_000 });
  await setting.clock.advanceAsync(599_999);
  assert.equal(setting.streams.length, 1);
  await setting.clock.advanceAsync(1);
  assert.equal(setting.streams.length, 2);
});

Deno.test("each dial asks for a session anew", async () => {
  const setting = await setUpLive();
  for (let i = 0; i < 5; i++) {
    setting.stream().end();
    while (setting.streams.length < i + 2) await setting.clock.advanceAsync(1_000);
  }
  const tokens = setting.streams.map(({ session }) => session.feedToken.reveal());
  assert.deepEqual(tokens, ["feed-1", "feed-2", "feed-3", "feed-4", "feed-5", "feed-6"]);
});

Deno.test("a session refused with 401 is forgotten before the next one is asked for", async () => {
  const setting = setUp();
  setting.connection.start();
  await settle();
  setting.stream().end({ kind: "unauthorized", message: "401" });
  assert.deepEqual(setting.forgotten.map(({ jwt }) => jwt.reveal()), ["jwt-1"]);
  assert.equal(setting.asked, 1);
  await setting.clock.advanceAsync(1_000);
  assert.equal(setting.asked, 2);
  assert.equal(setting.stream().session.jwt.reveal(), "jwt-2");
});

Deno.test("a connection without a session waits, as long as it is told to", async () => {
  const setting = setUp();
  const { clock } = setting;
  const cause: Cause = { kind: "login", message: "not now", notBefore: clock.elapsed() + 90_000 };
  setting.failures.push(new LoginFailure(cause));
  setting.connection.start();
  await settle();
  assert.equal(kindOf(setting), "waiting");
  await clock.advanceAsync(89_999);
  assert.equal(setting.asked, 1);
  await clock.advanceAsync(1);
  assert.equal(setting.asked, 2);
  assert.equal(setting.streams.length, 1);
});

Deno.test("a final refusal of the login stops the connection for good", async () => {
  const setting = setUp();
  setting.failures.push(new LoginFailure({ kind: "login", message: "wrong PIN", final: true }));
  setting.connection.start();
  await setting.clock.advanceAsync(86_400_000);
  const state = setting.connection.state();
  assert.ok(state.kind === "stopped" && state.cause.final);
  assert.equal(setting.asked, 1);
  assert.equal(setting.clock.pending, 0);
  setting.connection.reconnect({ kind: "renewed", message: "" });
  assert.equal(setting.connection.state().kind, "stopped");
});

Deno.test("a login that fails in an unforeseen way is tried again", async () => {
  const setting = setUp();
  setting.failures.push(new TypeError("unforeseen"), "not even an Error", undefined);
  setting.connection.start();
  await setting.clock.advanceAsync(10_000);
  assert.equal(setting.asked, 4);
  assert.equal(kindOf(setting), "connecting");
});

Deno.test("a dial that throws is a failed try, and the next one comes after a wait", async () => {
  const setting = setUp();
  setting.throws.push(new TypeError("Invalid character in header content"));
  setting.connection.start();
  await settle();
  assert.equal(kindOf(setting), "waiting");
  assert.equal(setting.streams.length, 0);
  await setting.clock.advanceAsync(1_000);
  assert.equal(setting.streams.length, 1);
  setting.stream().events.opened();
  assert.equal(kindOf(setting), "live");
});

Deno.test("a dial that always throws does not spin", async () => {
  const setting = setUp();
  for (let i = 0; i < 10_000; i++) setting.throws.push(new Error("no"));
  setting.connection.start();
  await setting.clock.advanceAsync(600_000);
  assert.ok(setting.asked >= 10 && setting.asked <= 40, `${setting.asked} tries in ten minutes`);
});

Deno.test("reconnect() replaces the socket at once, when the old one is gone", async () => {
  const setting = await setUpLive();
  setting.connection.reconnect({ kind: "renewed", message: "a new day" });
  assert.equal(setting.stream().closes, 1);
  await setting.clock.advanceAsync(3_000);
  assert.equal(setting.streams.length, 1);
  setting.stream().end();
  await setting.clock.advanceAsync(0);
  assert.equal(setting.streams.length, 2);
});

Deno.test("stop() hangs up, and settles once the socket is gone", async () => {
  const setting = await setUpLive();
  let stopped = false;
  const stopping = setting.connection.stop().then(() => stopped = true);
  await setting.clock.advanceAsync(1_000);
  assert.equal(stopped, false);
  assert.equal(setting.stream().closes, 1);
  setting.stream().end();
  await stopping;
  assert.equal(kindOf(setting), "stopped");
});

Deno.test("stop() settles within 10 s even if the socket never says goodbye", async () => {
  const setting = await setUpLive();
  let stopped = false;
  const stopping = setting.connection.stop().then(() => stopped = true);
  await setting.clock.advanceAsync(9_999);
  assert.equal(stopped, false);
  assert.equal(setting.stream().terminates, 1);
  await setting.clock.advanceAsync(1);
  await stopping;
  assert.equal(setting.clock.pending, 0);
});

for (
  const [when, prepare] of Object.entries({
    "before the start": () => {},
    "during the login": ({ connection }: Setting) => connection.start(),
    "while it waits": async ({ connection, failures }: Setting) => {
      failures.push(new Error("no"));
      connection.start();
      await settle();
      assert.equal(connection.state().kind, "waiting");
    },
    "after a final refusal": async ({ connection, failures }: Setting) => {
      failures.push(new LoginFailure({ kind: "login", message: "wrong PIN", final: true }));
      connection.start();
      await settle();
    },
  })
) {
  Deno.test(`stop() ${when} settles at once and dials no more`, async () => {
    const setting = setUp();
    // An await of nothing would let the login come to its end.
    const prepared = prepare(setting);
    if (prepared instanceof Promise) await prepared;
    await setting.connection.stop();
    await setting.clock.advanceAsync(3_600_000);
    assert.equal(setting.streams.length, 0);
    assert.equal(kindOf(setting), "stopped");
    assert.equal(setting.clock.pending, 0);
  });
}

Deno.test("stop() called twice settles twice", async () => {
  const setting = await setUpLive();
  const both = Promise.all([setting.connection.stop(), setting.connection.stop()]);
  setting.stream().end();
  await both;
  await setting.connection.stop();
  assert.equal(setting.stream().closes, 1);
});

Deno.test("a session that comes after the stop is not dialled with, nor after a start that followed", async () => {
  const setting = setUp();
  setting.connection.start();
  await setting.connection.stop();
  setting.connection.start();
  await settle();
  assert.equal(setting.streams.length, 1);
  assert.equal(setting.stream().session.feedToken.reveal(), "feed-2");
});

Deno.test("a session that comes late, after another was dialled with, is not taken for that one's", async () => {
  const setting = setUp();
  let open = () => {};
  setting.gates.push(new Promise((resolve) => open = resolve));
  setting.connection.start();
  await setting.connection.stop();
  setting.connection.start();
  await settle();
  open();
  await settle();
  assert.equal(setting.connection.session()?.jwt.reveal(), "jwt-2");
  setting.stream().end({ kind: "unauthorized", message: "401" });
  assert.deepEqual(setting.forgotten.map(({ jwt }) => jwt.reveal()), ["jwt-2"]);
  await setting.connection.stop();
});

Deno.test("send() does nothing without a socket", async () => {
  const setting = setUp();
  setting.connection.send("nobody there");
  setting.connection.start();
  await settle();
  setting.stream().events.opened();
  setting.stream().end();
  setting.connection.send("nobody there any more");
  assert.deepEqual(setting.stream().sent, []);
});

Deno.test("a connection never has two sockets, through 1,000 reconnections of every sort", async () => {
  const random = seededRandom(1_000);
  const setting = setUp(random);
  const { clock, connection, streams } = setting;
  connection.start();
  let lived = 0;
  for (let i = 0; i < 1_000; i++) {
    while (connection.state().kind !== "connecting") await clock.advanceAsync(1_000);
    assert.equal(streams.filter((stream) => !stream.gone && stream.terminates === 0).length, 1);
    const stream = setting.stream();
    const way = Math.floor(random() * 6);
    if (way >= 2) {
      stream.events.opened();
      lived++;
    }
    if (way === 0) stream.end({ kind: "throttled", message: "429" });
    else if (way === 1) await clock.advanceAsync(10_000);
    else if (way === 2) stream.end({ kind: "closed", message: "1000" });
    else if (way === 3) await clock.advanceAsync(25_000);
    else if (way === 4) connection.reconnect({ kind: "mute", message: "" });
    else stream.end(network);
    if (!stream.gone && random() < 0.7) stream.end(network);
  }
  assert.equal(setting.opened, lived);
  assert.ok(lived > 500);
  const stopping = connection.stop();
  await clock.advanceAsync(10_000);
  await stopping;
  assert.equal(clock.pending, 0);
});

Deno.test("a connection is steered by the socket of its last dial alone, whatever older ones say", async () => {
  const says = fc.constantFrom("opened", "text", "binary", "ended", "advance");
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(says, fc.nat(3)), { maxLength: 60 }), async (storm) => {
      const setting = await setUpLive();
      for (let i = 0; i < 3; i++) {
        setting.connection.reconnect({ kind: "renewed", message: "" });
        // Cut and given up without a word.
        await setting.clock.advanceAsync(10_000);
        setting.stream().events.opened();
      }
      const { connection, clock, streams } = setting;
      assert.equal(streams.length, 4);
      for (const [what, which] of storm) {
        const { events } = streams[which % 3]!;
        if (what === "advance") {
          streams[3]!.events.text("mine");
          await clock.advanceAsync(5_000);
        } else if (what === "text") events.text("older");
        else if (what === "binary") events.binary(new Uint8Array(51));
        else if (what === "opened") events.opened();
        else events.ended(network);
        assert.equal(connection.state().kind, "live");
      }
      assert.ok(setting.heard.every((text) => text === "mine"));
      assert.equal(setting.opened, 4);
      assert.equal(streams.length, 4);
    }),
    { numRuns: 200 },
  );
});
