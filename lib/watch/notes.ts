import { printable } from "../util/printable.ts";
import type { Json, ProxyEvent } from "./proxy_events.ts";

/** What a person should know of what was event, in sentences; nothing of ticks. */
export function notesOf(event: ProxyEvent): string[] {
  if (event.kind === "lost") {
    return [printable(`${event.reason}; trying again in ${(event.retryInMs / 1000).toFixed(1)} s`)];
  }
  if (event.name === "info") return welcome(event.data).map(printable);
  const news = newsOf(event);
  return news === undefined ? [] : [news];
}

/** What has happened at the proxy, the feed or a market. */
export function newsOf(event: ProxyEvent): string | undefined {
  if (event.kind === "lost" || event.name === "info" || event.name === "message") return undefined;
  return printable(String(event.data.message ?? event.data.reason));
}

function welcome({ source, results }: Json): string[] {
  const notes = source === "live" ? [] : [
    source === "replay" ? "REPLAY: every price is of a recorded day" : "SIMULATED: every price is made up",
  ];
  for (const row of Array.isArray(results) ? results as Json[] : []) {
    if (row.status !== "refused") continue;
    const hint = Array.isArray(row.suggestions) ? `; did you mean ${row.suggestions.join(", ")}?` : "";
    notes.push(`${row.instrument}: ${row.message}${hint}`);
  }
  return notes;
}
