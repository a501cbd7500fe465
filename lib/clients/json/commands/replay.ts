import { z } from "zod";
import { refusal } from "../reply.ts";
import { type CommandContext, defineCommand, type Reply, success } from "./define_command.ts";
import { numberFrom } from "./fields.ts";

/** Faster than this, 0 is meant. */
export const MAX_SPEED = 10_000;

/** What a speed may be. */
export const SPEED = `must be a number from 0 to ${MAX_SPEED}; 0 is as fast as it is read`;

/** The clock of a replay stands still. */
export const pause = defineCommand({
  name: "pause",
  fields: {},
  handle: (_, context) => {
    replayOf(context).pause();
    return state("Paused", context);
  },
});

/** It goes on. */
export const resume = defineCommand({
  name: "resume",
  fields: {},
  handle: (_, context) => {
    replayOf(context).resume();
    return state("Playing", context);
  },
});

/** It goes on from another time of the day. */
export const seek = defineCommand({
  name: "seek",
  fields: {
    to: z.union([z.string().max(40), z.number()], "must be a time in India, 10:15:30, or ms since 1970"),
  },
  // What was recorded before that time is looked through.
  units: () => 20,
  handle: ({ to }, context) => {
    const replay = replayOf(context);
    const at = typeof to === "number" ? to : replay.timeOf(to);
    const problem = at === undefined ? "is no time in India, such as 10:15:30" : replay.seek(at);
    if (problem !== undefined) {
      return { answer: refusal({ code: "bad_command", message: `"to" ${problem}` }) };
    }
    return state("Sought", context);
  },
});

/** How fast it goes. */
export const speed = defineCommand({
  name: "speed",
  fields: { speed: numberFrom(z.number(SPEED).min(0, SPEED).max(MAX_SPEED, SPEED)) },
  handle: ({ speed }, context) => {
    replayOf(context).setSpeed(speed);
    return state(speed === 0 ? "As fast as it is read" : `${speed} times as fast as it was`, context);
  },
});

function state(message: string, context: CommandContext): Reply {
  return success(message, replayOf(context).report());
}

function replayOf({ replay }: CommandContext) {
  if (replay === undefined) throw new Error("a command of replays came on another wire");
  return replay;
}
