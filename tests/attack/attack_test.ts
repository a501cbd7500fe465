import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { systemClock } from "../../lib/util/clock.ts";
import { SIMULATED_INSTRUMENTS } from "../simulator/simulated.ts";
import { type Simulator, startSimulator } from "../../lib/simulator/simulator.ts";
import { type Program, simulatorEnv, startProgram } from "../proxy/process.ts";
import { connectClient, type TestClient } from "../proxy/test_client.ts";
import { handshake } from "../proxy/raw_client.ts";
import { Attacker, frame } from "./raw.ts";
import { anyText } from "../any_text.ts";

/** Without indices, so that every live tick has the next sequence number of its segment. */
const TOKENS = SIMULATED_INSTRUMENTS.filter(({ exchange }) => exchange === "mcx").map(({ token }) => token);

/** The program under attack, and one honest client that must not notice. */
class Siege implements AsyncDisposable {
  /** A connection that is let in, as soon as the limit of handshakes per second allows it. */
  async upgraded(): Promise<Attacker> {
    for (let tries = 0;; tries++) {
      try {
        return await Attacker.upgraded(this.program.port);
      } catch (error) {
        if (tries === 100) throw error;
        await this.ticks(20);
      }
    }
  }

  private constructor(
    readonly simulator: Simulator,
    readonly program: Program,
    readonly good: TestClient,
  ) {}

  static async begin(): Promise<Siege> {
    const simulator = await startSimulator({ clock: systemClock, random: Math.random, rate: 500 });
    const program = await startProgram(["--port", "0", "--host", "127.0.0.1"], {
      ...simulatorEnv(simulator),
      MAX_CLIENTS_PER_ADDRESS: "60",
      MAX_HANDSHAKES_PER_SECOND: "100",
      DEAD_CLIENT_MS: "4000",
    });
    const good = await connectClient(`ws://127.0.0.1:${program.port}/?encoding=json`);
    good.send({ command: "subscribe", exchange: "mcx", tokens: TOKENS, mode: "snapquote" });
    const siege = new Siege(simulator, program, good);
    await siege.ticks(100);
    return siege;
  }

  get port(): number {
    return this.program.port;
  }

  /** Settles when the good client has had so many more ticks. */
  async ticks(count: number): Promise<void> {
    const goal = this.good.ticks.length + count;
    while (this.good.ticks.length < goal) {
      if (this.good.closed) {
        throw new Error(`the good client was closed: ${JSON.stringify(this.good.closed)}`);
      }
      await this.good.heard();
    }
  }

  async clients(): Promise<number> {
    return (await (await fetch(`http://127.0.0.1:${this.port}/healthz`)).json()).clients;
  }

  /** Settles when only the good client is left. */
  async alone(): Promise<void> {
    while (await this.clients() > 1) await this.ticks(20);
  }

  /** Open descriptors, and resident memory in MB. */
  footprint(): { files: number; memory: number } {
    const path = `/proc/${this.program.pid}`;
    const files = [...Deno.readDirSync(`${path}/fd`)].length;
    const memory = Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`${path}/status`))![1]) / 1024;
    return { files, memory };
  }

  /**
   * Every tick came, once, in its order. On a machine so slow that the proxy is behind, it keeps the newest of each
   * instrument, and tells how many it left out.
   */
  checkGood(): void {
    const { good } = this;
    equal(good.closed, undefined);
    deepEqual(good.batches.map(({ seq }) => seq), good.batches.map((_, i) => i + 1));
    const live = good.batches.filter(({ snapshot }) => !snapshot).flatMap(({ data }) => data);
    const numbers = live.map(({ sequence_number }) => sequence_number);
    const leftOut = good.batches.reduce((sum, { conflated = 0 }) => sum + conflated, 0);
    equal(new Set(numbers).size, numbers.length, "a tick came twice");
    equal(Math.max(...numbers) - numbers[0] + 1 - numbers.length, leftOut, "a tick is missing");
    if (leftOut === 0) deepEqual(numbers, numbers.toSorted((a, b) => a - b), "an older tick came later");
    deepEqual(
      good.news.filter(({ status }) => status !== "fresh" && status !== "stale").map(({ status }) => status),
      [],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.good.close();
    await this.program[Symbol.asyncDispose]();
    await this.simulator.stop();
  }
}

/** Ten thousand commands, from nearly right to senseless. */
function hostileCommands(seed: number): string[] {
  const anything = fc.jsonValue();
  const hostile = fc.oneof(
    fc.json(),
    anyText(),
    fc.record({
      command: fc.oneof(
        fc.constantFrom(
          "subscribe",
          "unsubscribe",
          "configure",
          "search",
          "status",
          "ping",
          "authenticate",
          "__proto__",
        ),
        fc.string(),
        anything,
      ),
      exchange: fc.oneof(fc.constantFrom("nse", "mcx", 5, "__proto__"), anything),
      tokens: fc.oneof(fc.array(fc.oneof(fc.string(), fc.integer(), anything)), anything),
      symbols: fc.oneof(fc.array(fc.string({ maxLength: 120 })), anything),
      fields: fc.oneof(fc.array(fc.string()), anything),
      query: fc.oneof(fc.string(), anything),
      interval: fc.oneof(fc.double(), fc.integer()),
      limit: fc.oneof(fc.double(), fc.integer()),
      encoding: fc.oneof(fc.constantFrom("json", "gzip"), fc.string()),
      id: fc.oneof(fc.integer(), fc.string(), anything),
      __proto__: anything,
    }, { requiredKeys: [] }).map((command) => JSON.stringify(command)),
  ).filter((text) => text.length < 60_000);
  return fc.sample(hostile, { numRuns: 10_000, seed });
}

/** Requests that are none: nothing good comes back. Some of them wait for the ten seconds that a request may take. */
async function brokenRequests(port: number): Promise<void> {
  const requests = [
    "\r\n\r\n",
    "\u0000".repeat(10_000),
    "GET\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "BREW / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\nConnection: close\r\n\r\nzz\r\n",
    `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"a".repeat(2_000_000)}\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: localhost\r\n${"X: a\r\n".repeat(200_000)}\r\n`,
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  ];
  await Promise.all(requests.map(async (request) => {
    const attacker = await Attacker.connect(port);
    const written = attacker.write(request);
    const answer = await attacker.read();
    ok(
      !answer.startsWith("HTTP/1.1 2"),
      `${JSON.stringify(request.slice(0, 40))}: ${answer.slice(0, 60)}`,
    );
    attacker.close();
    await written;
  }));
}

Deno.test(
  "under attack the proxy serves its good client with every tick, and is afterwards what it was before",
  {
    ignore: Deno.build.os !== "linux",
  },
  async (t) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    // Before anything runs: it takes seconds in which this process answers no ping.
    const commands = hostileCommands(seed);
    await using siege = await Siege.begin();
    const { port } = siege;
    // Once through everything, so that what is only made at first use is there.
    await siege.ticks(500);
    const before = siege.footprint();
    // They go on beside the next steps.
    const refused = brokenRequests(port);
    refused.catch(() => {});

    await t.step("a page of a foreign origin, and a foreign name for this machine", async () => {
      const foreign: Record<string, string>[] = [
        { origin: "https://evil.example" },
        { host: "evil.example", origin: "http://evil.example" },
      ];
      for (const headers of foreign) {
        const attacker = await Attacker.connect(port);
        await attacker.write(handshake(port, headers));
        match(await attacker.read(), /^HTTP\/1\.1 403 /);
        attacker.close();
      }
    });

    await t.step("paths out of the page's folder, by every spelling", async () => {
      const paths = [
        ...[
          "/../main.ts",
          "/../../etc/passwd",
          "/%2e%2e/main.ts",
          "/..%2fmain.ts",
          "/%2e%2e%2fmain.ts",
          "/..%5cmain.ts",
        ],
        ...[
          "/....//main.ts",
          "/./../deno.json",
          "/static/../../.env",
          "//etc/passwd",
          "/\\..\\main.ts",
          "/%00",
          "/.env",
        ],
        ...[
          "/client.html%00.js",
          "/client.html/..",
          "/client.html/../../main.ts",
          "/%c0%ae%c0%ae/main.ts",
          "/client.js/",
        ],
        ...["http://evil.example/main.ts", "*", "/" + "a/".repeat(5_000), "/?" + "a".repeat(50_000)],
      ];
      for (const path of paths) {
        const attacker = await Attacker.connect(port);
        await attacker.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
        const answer = await attacker.ended();
        const isPage = answer.startsWith("HTTP/1.1 200") && answer.includes("<!DOCTYPE html>");
        ok(isPage || /^HTTP\/1\.1 4/.test(answer), `${path}: ${answer.slice(0, 60)}`);
        ok(!/root:|SMARTAPI_PIN|startProxy|"tasks"/.test(answer), path);
        attacker.close();
      }
    });

    await t.step("handshakes that are none", async () => {
      const broken: Record<string, string>[] = [
        { "sec-websocket-key": "" },
        { "sec-websocket-version": "8" },
        { connection: "close" },
        { "sec-websocket-key": "x".repeat(10_000) },
      ];
      for (const headers of broken) {
        const attacker = await Attacker.connect(port);
        await attacker.write(handshake(port, headers));
        match(await attacker.read(), /^HTTP\/1\.1 4/, JSON.stringify(headers).slice(0, 60));
        attacker.close();
      }
    });

    await t.step("frames that break the protocol end their connection, and no other", async () => {
      const frames: Record<string, Uint8Array> = {
        "not masked": frame(0x81, '{"command":"ping"}', false),
        "reserved bit, as a compressed one would have": frame(0xc1, new Uint8Array(1_000)),
        "unknown opcode": frame(0x83, "x"),
        "a ping in pieces": frame(0x09, "x"),
        "a ping of 200 bytes": frame(0x89, new Uint8Array(200)),
        "a continuation of nothing": frame(0x80, "x"),
        "text that is not UTF-8": frame(0x81, new Uint8Array([0xff, 0xfe, 0xfd])),
        "a close frame of one byte": frame(0x88, new Uint8Array(1)),
        "a length of 2^63": new Uint8Array([
          0x81,
          0xff,
          0xff,
          0xff,
          0xff,
          0xff,
          0xff,
          0xff,
          0xff,
          0xff,
          0,
          0,
          0,
          0,
        ]),
        "10 MB in one frame": frame(0x81, `{"command":"${"x".repeat(10_000_000)}"}`),
        "1 MB of nesting": frame(0x81, "[".repeat(1_000_000)),
      };
      for (const [name, bytes] of Object.entries(frames)) {
        const attacker = await Attacker.upgraded(port);
        const written = attacker.write(bytes);
        // Ours is a close frame; that the connection ends after it is for the client to do.
        let heard = "";
        for (let text; !heard.includes("\x88") && (text = await attacker.read()) !== "";) heard += text;
        attacker.close();
        await written;
        if (bytes.length > 1_000_000) ok(heard.includes("too large"), name);
      }
      await siege.alone();
    });

    await t.step("commands in a thousand pieces, and one that never ends", async () => {
      const attacker = await Attacker.upgraded(port);
      const text = '{"command":"ping","ts":1}';
      await attacker.write(frame(0x01, text.slice(0, 1)));
      for (const letter of text.slice(1, -1)) await attacker.write(frame(0x00, letter));
      await attacker.write(frame(0x80, text.slice(-1)));
      let heard = "";
      while (!heard.includes("pong")) heard += await attacker.read();
      // The runtime collects a command to its end before it shows it to us; what it has is freed with the connection.
      await attacker.write(frame(0x01, "{"));
      for (let i = 0; i < 300; i++) await attacker.write(frame(0x00, "x".repeat(60_000)));
      attacker.close();
      await siege.alone();
    });

    await t.step("ten thousand hostile commands are answered, each", async () => {
      // The rate of one client allows five thousand at once.
      for (const half of [commands.slice(0, 5_000), commands.slice(5_000)]) {
        const client = await connectClient(`ws://127.0.0.1:${port}/`);
        for (const command of half) client.sendRaw(command);
        while (
          client.messages.filter(({ type }) => type === "pong").length + client.answers.length < half.length
        ) {
          ok(client.closed === undefined, `closed, seed ${seed}: ${JSON.stringify(client.closed)}`);
          await client.heard();
        }
        await client.close();
      }
      await siege.alone();
    });

    await t.step("requests that are none, and headers without end", () => refused);

    await t.step(
      "a storm of connections: refused beyond the limits, and their places come back",
      async () => {
        const statuses = new Map<string, number>();
        const attackers: Attacker[] = [];
        for (let round = 0; round < 20; round++) {
          await Promise.all(Array.from({ length: 25 }, async () => {
            const attacker = await Attacker.connect(port);
            attackers.push(attacker);
            await attacker.write(handshake(port));
            const status = (await attacker.read()).slice(9, 12);
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
          }));
        }
        // 59 beside the good one; what came beyond 120 connections was not even listened to.
        equal(statuses.get("101"), 59);
        ok(
          [...statuses.keys()].every((status) => ["101", "429", ""].includes(status)),
          JSON.stringify([...statuses]),
        );
        for (const attacker of attackers) attacker.close();
        await siege.alone();
      },
    );

    await t.step("peers that never answer our close frame keep no place and lock nobody out", async () => {
      const silent: Attacker[] = [];
      for (let i = 0; i < 150; i++) {
        const attacker = await siege.upgraded();
        // Too large: closed with 1009. A raw socket answers no close frame.
        await attacker.write(frame(0x81, "x".repeat(70_000)));
        silent.push(attacker);
      }
      for (const each of silent) each.close();
      await siege.alone();
    });

    await t.step("half-open: connections that never answer a ping are dropped", async () => {
      const silent = await Promise.all(Array.from({ length: 20 }, async () => {
        const attacker = await siege.upgraded();
        await attacker.write(frame(0x81, '{"command":"list_exchanges"}'));
        return attacker;
      }));
      await Promise.all(silent.map((each) => each.ended()));
      for (const each of silent) each.close();
      await siege.alone();
    });

    await t.step("the good client missed nothing, and files and memory are what they were", async () => {
      await siege.ticks(200);
      siege.checkGood();
      const after = siege.footprint();
      ok(after.files <= before.files + 3, `${before.files} files before, ${after.files} after`);
      ok(after.memory < before.memory + 150, `${before.memory} MB before, ${after.memory} MB after`);
      ok(!/error {3,}/.test(siege.program.log), siege.program.log.slice(-2_000));
    });

    await t.step(
      "an upstream that sends 10 MB frames and endless text is left and dialled again",
      async () => {
        const { control } = siege.simulator;
        for (const data of [new Uint8Array(10_000_000), "x".repeat(10_000_000), "pong".repeat(100_000)]) {
          control.send(data);
          await siege.ticks(50);
        }
        const texts = setInterval(
          () => control.send('{"errorCode":"E1002","errorMessage":"' + "y".repeat(10_000) + '"}'),
          1,
        );
        await siege.ticks(500);
        clearInterval(texts);
        await siege.ticks(100);
        equal(control.stats().sockets, 1);
        ok(siege.footprint().memory < before.memory + 200, `${siege.footprint().memory} MB`);
        ok(siege.program.log.length < 200_000, `${siege.program.log.length} characters of log`);
      },
    );
  },
);
