import { z } from "zod";
import { time } from "./fields.ts";

const replayState = z.enum(["waiting", "playing", "paused", "ended"])
  .describe("waiting: until somebody subscribes");
const speed = z.number().describe("of market time to real time; 0: as fast as it is read");

/** Which day is replayed, and where it is. */
export const replay = z.object({
  date: z.string().describe("in India, 2026-11-20"),
  recorded: z.enum(["live", "simulated"]).describe("what the prices were when they were recorded"),
  from: time,
  to: time,
  time: time.describe("of the market"),
  state: replayState,
  speed,
  session: z.string().optional().describe("its name, where clients share it"),
});

/** The time of the replayed market: at each of its seconds, and when its state changes. */
export const clock = z.object({
  type: z.literal("clock"),
  source: z.literal("replay"),
  time,
  timestamp: z.string().describe("the same in Indian time, as 2026-11-20 10:15:32"),
  state: replayState,
  speed,
});

/** A replay has come to its end. */
export const end = z.object({
  type: z.literal("end"),
  source: z.literal("replay"),
  time,
  message: z.string(),
});
