/** What the operator's page says, as text. Pure: no DOM. */

import { age, istTime, NONE, number } from "./format.js";
import { isPrice as isNumber, textOf } from "./values.js";

/** Bytes, with the unit in which they are read best. */
export function bytes(value) {
  if (!isNumber(value)) return NONE;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  for (; value >= 1_000 && at < units.length - 1; at++) value /= 1_000;
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
}

const time = (ms, now) => isNumber(ms) ? istTime(ms, now) : NONE;
const count = (value) => isNumber(value) ? number(value) : NONE;
const part = (value, most) => isNumber(most) ? `${count(value)} of ${number(most)}` : count(value);
const lag = (ms) => ms > 0 ? `${(ms / 1000).toFixed(1)} s behind` : "none";

/** The columns of the table of clients: heading, text, and whether it is read as words. */
/** @type {[string, (client: any, now: number) => string, boolean][]} */
export const CLIENT_COLUMNS = [
  ["No.", ({ number }) => String(number), false],
  ["Name", ({ name, is_this }) => `${textOf(name, "no token")}${is_this ? " (this page)" : ""}`, true],
  ["Address", ({ from }) => textOf(from, NONE), true],
  ["Protocol", ({ protocol, encoding }) => `${textOf(protocol, NONE)}, ${textOf(encoding, NONE)}`, true],
  ["Instruments", ({ subscriptions, limit }) => part(subscriptions, limit), false],
  ["Lag", ({ lagging_ms }) => lag(lagging_ms), false],
  ["Conflated", ({ conflated }) => count(conflated), false],
  ["Sent", (client) => bytes(client.bytes), false],
  [
    "Since",
    ({ since }, now) => isNumber(since) ? `${istTime(since, now)} (${age(now - since)})` : NONE,
    false,
  ],
];

/** The slowest first, then the oldest. */
export function byLag(clients) {
  return [...clients].sort((a, b) => (b.lagging_ms ?? 0) - (a.lagging_ms ?? 0) || a.number - b.number);
}

function loginText(login, now) {
  if (login?.failure) return `failed: ${login.failure}`;
  return isNumber(login?.logged_in_at) ? `since ${time(login.logged_in_at, now)}` : "none yet";
}

function driftText(drift) {
  if (!isNumber(drift)) return NONE;
  const side = drift > 0 ? "ahead of" : "behind";
  return Math.abs(drift) < 1_000
    ? "under 1 s"
    : `the broker's is ${(Math.abs(drift) / 1000).toFixed(0)} s ${side} ours`;
}

function recordingText(recording) {
  if (recording?.state === undefined || recording.state === "off") return "off";
  const why = recording.reason ? `: ${recording.reason}` : "";
  const lost = recording.lost > 0 ? `, ${number(recording.lost)} lost` : "";
  return `${recording.state}${why}; today ${bytes(recording.day_bytes)}, all ${
    bytes(recording.total_bytes)
  } of ${bytes(recording.max_bytes)}${lost}`;
}

/** Label and text of what is known of the broker's side. */
export function feedRows(overview, now) {
  const { upstream, budget, login, recording, calendar, started_at, version, source } = overview;
  const markets = Object.entries(overview.markets ?? {}).map(([name, { state, stale }]) =>
    `${name.toUpperCase()} ${state}${stale ? ", stale" : ""}`
  );
  return [
    ["Proxy", `${version ?? ""}, ${source ?? "source unknown"}, since ${time(started_at, now)}`],
    ["Feed", `${upstream?.state ?? "not known"}${upstream?.reason ? `: ${upstream.reason}` : ""}`],
    ["Budget", `${count(budget?.used)} of ${count(budget?.capacity)} instruments`],
    ["Login", loginText(login, now)],
    ["Next login", time(login?.next_at, now)],
    ["Clock drift", driftText(login?.clock_drift_ms)],
    ["Markets", markets.join("; ") || NONE],
    ["Recording", recordingText(recording)],
    ["Calendar", calendar ?? NONE],
  ];
}

export function socketText({ state, reason, subscriptions, capacity }, i) {
  const held = part(subscriptions, capacity);
  return `Socket ${i + 1}: ${state}${reason ? ` (${reason})` : ""}, ${held} subscriptions`;
}

const seconds = (value) => isNumber(value) ? `${number(value * 1000)} ms` : "more than measured";

/** The last minute in words; they are measured one by one since the start, and for an hour. */
export function latencyText(minutes) {
  if (minutes.length === 0) return "Measured by the minute: the first one is not over yet.";
  const last = minutes.findLast(({ count }) => count > 0);
  if (last === undefined) return `No tick was sent in the minutes that were measured: ${minutes.length}.`;
  return `Last minute with ticks: half within ${seconds(last.p50)}, 99 of 100 within ${seconds(last.p99)}.`;
}

/** @param name `p50` or `p99`. @returns A path in a box of 300 by 60; what was not measured is a hole. */
export function latencyPath(minutes, name) {
  const known = minutes.map((minute) => minute[name]).filter(isNumber);
  const most = Math.max(...known, 0.001);
  let pen = "M";
  return minutes.map((minute, i) => {
    if (!isNumber(minute[name])) {
      pen = "M";
      return "";
    }
    const step = `${pen}${((300 * i) / 59).toFixed(1)} ${(58 - 56 * minute[name] / most).toFixed(1)}`;
    pen = "L";
    return step;
  }).join("");
}
