import { ADDRESS_PARAMETERS, unknownParameter } from "../clients/json/address_parameters.ts";
import { MAX_SPEED, SPEED } from "../clients/json/commands/replay.ts";
import { boundsOfDay, isDay, readTimeOfDay } from "../market/day_range.ts";
import type { RecordedSource } from "../recording/format.ts";

/** Which part of which day a client wants, and how. Times in ms since the Unix epoch. */
export interface ReplayRequest {
  /** `2026-11-20`; undefined where the client joins a session that is there. */
  readonly date?: string;
  /** By default that which there is, live prices before made-up ones. */
  readonly recorded?: RecordedSource;
  readonly from?: number;
  /** Not included. */
  readonly to?: number;
  readonly speed?: number;
  /** It waits for `resume`. */
  readonly paused: boolean;
  /** The name under which several clients share one clock. */
  readonly session?: string;
}

const NAMES = ["date", "from", "to", "speed", "session", "paused", "recorded"] as const;

/**
 * Reads what an address asks for.
 *
 * @param day The name of the day's parameter: on the broker's wire, programs add parameters of their own.
 * @returns A sentence about what is wrong with it, where something is.
 */
export function readReplayRequest(query: URLSearchParams, day: "date" | "replay"): ReplayRequest | string {
  if (day === "date") {
    const unknown = unknownParameter(query, [...NAMES, ...ADDRESS_PARAMETERS]);
    if (unknown !== undefined) return unknown;
  }
  const given = (name: string) => query.get(name)?.trim() || undefined;
  const date = given(day);
  const session = given("session");
  const recorded = given("recorded");
  const paused = given("paused") ?? "false";
  const speed = given("speed");
  if (date === undefined && session === undefined) {
    return `${day}: is missing; a day in India such as 2026-11-20`;
  }
  if (date !== undefined && !isDay(date)) return `${day}: must be a day in India such as 2026-11-20`;
  if (session !== undefined && !/^[\w.-]{1,64}$/.test(session)) {
    return "session: must be a name of up to 64 letters, digits, dots and dashes";
  }
  if (recorded !== undefined && recorded !== "live" && recorded !== "simulated") {
    return "recorded: must be live or simulated";
  }
  if (!/^(true|false|1|0)$/.test(paused)) return "paused: must be true or false";
  if (speed !== undefined && !(/^[0-9]+(\.[0-9]+)?$/.test(speed) && Number(speed) <= MAX_SPEED)) {
    return `speed: ${SPEED}`;
  }
  const times: { from?: number; to?: number } = {};
  for (const name of ["from", "to"] as const) {
    const text = given(name);
    if (text === undefined) continue;
    if (date === undefined) return `${name}: needs a ${day}`;
    // A plus that was not encoded is read as a blank.
    const time = timeOn(date, text.replace(/ (?=[0-9]{2}:?[0-9]{2}$)/, "+"));
    if (time === undefined) {
      return `${name}: must be a time of ${date} such as 09:15, 09:15:30.250 or ${date}T09:15:00+05:30, or ms since 1970`;
    }
    times[name] = time;
  }
  if (times.from !== undefined && times.to !== undefined && times.to <= times.from) {
    return "to: is not after from";
  }
  return {
    ...date === undefined ? {} : { date },
    ...recorded === undefined ? {} : { recorded },
    ...times,
    ...speed === undefined ? {} : { speed: Number(speed) },
    paused: paused === "true" || paused === "1",
    ...session === undefined ? {} : { session },
  };
}

/** `2026-11-20T09:15:00+05:30`. */
const WITH_ZONE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:?[0-9]{2})$/;

/**
 * A time of a day in India, a time with its zone that lies on that day, or ms since 1970 that do; undefined where it is
 * none of them.
 */
export function timeOn(date: string, text: string): number | undefined {
  const { from, to } = boundsOfDay(date);
  if (/^[0-9]{12,14}$/.test(text)) {
    return Number(text) >= from && Number(text) <= to ? Number(text) : undefined;
  }
  const time = readTimeOfDay(text);
  if (time !== undefined) return from + time;
  const moment = WITH_ZONE.test(text) ? Date.parse(text) : NaN;
  return moment >= from && moment <= to ? moment : undefined;
}
