import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { FrameTurns } from "../../../lib/upstream/broker/frame_turns.ts";
import type { Clock } from "../../../lib/util/clock.ts";
import { settle } from "../../fakes.ts";

/** Frames of which each takes a millisecond to follow. */
class Stage {
  readonly followed: string[] = [];
  readonly cameAt: number[] = [];
  readonly socket: string[] = [];
  /** Elapsed ms, all of it work. */
  #worked = 0;
  readonly #timers = new Set<() => void>();
  /** Called with each frame that is followed. */
  whenFollowed: (frame: string) => void = () => {};
  readonly #clock: Clock = {
    now: () => this.#worked,
    elapsed: () => this.#worked,
    after: (_ms, run) => {
      this.#timers.add(run);
      return () => this.#timers.delete(run);
    },
  };
  readonly turns = new FrameTurns({
    clock: this.#clock,
    follow: (frame, cameAt) => {
      this.followed.push(String(frame));
      this.cameAt.push(cameAt);
      this.#worked++;
      this.whenFollowed(String(frame));
    },
    pause: () => this.socket.push("pause"),
    resume: () => this.socket.push("resume"),
  });

  /** Frames of one read. */
  read(from: number, to: number): void {
    for (let i = from; i < to; i++) this.turns.take(String(i), this.#clock.elapsed());
  }

  turn(): void {
    const due = [...this.#timers];
    this.#timers.clear();
    for (const run of due) run();
  }

  get timers(): number {
    return this.#timers.size;
  }
}

const upTo = (end: number) => Array.from({ length: end }, (_, i) => String(i));

Deno.test("frames of a small read are followed at once, read after read, and the socket is left alone", async () => {
  const stage = new Stage();
  for (let at = 0; at < 30; at += 3) {
    stage.read(at, at + 3);
    equal(stage.followed.length, at + 3);
    await settle();
  }
  deepEqual(stage.socket, []);
  equal(stage.timers, 0);
});

Deno.test("frames of a large read are followed in turns of 3 ms, in their order, while the socket is paused", async () => {
  const stage = new Stage();
  stage.read(0, 12);
  const seen = [stage.followed.length];
  deepEqual(stage.socket, ["pause"]);
  await settle();
  // What was read before the pause took effect goes behind.
  stage.read(12, 13);
  seen.push(stage.followed.length);
  while (stage.timers > 0) {
    stage.turn();
    seen.push(stage.followed.length);
  }
  deepEqual(seen, [3, 3, 6, 9, 12, 13]);
  deepEqual(stage.followed, upTo(13));
  deepEqual(stage.socket, ["pause", "resume"]);
  // The time of a frame is that of its coming.
  deepEqual(stage.cameAt, [0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]);
  await settle();
  stage.read(13, 14);
  equal(stage.followed.at(-1), "13");
});

Deno.test("what waits when the connection ends is followed before its end, once, also where a frame ends it", () => {
  const stage = new Stage();
  stage.read(0, 12);
  stage.turns.finish();
  deepEqual(stage.followed, upTo(12));
  deepEqual(stage.socket, ["pause", "resume"]);
  equal(stage.timers, 0);

  const ending = new Stage();
  ending.whenFollowed = (frame) => frame === "7" && ending.turns.finish();
  ending.read(0, 20);
  while (ending.timers > 0) ending.turn();
  deepEqual(ending.followed, upTo(20));
  deepEqual(ending.socket, ["pause", "resume"]);
});
