import { printable } from "../util/printable.ts";
import type { Heard, Json } from "./proxy_events.ts";

/** What a person should know of what was heard, in sentences; nothing of ticks. */
export function notesOf(heard: Heard): string[] {
  if (heard.kind === "lost") {
    return [printable(`${heard.reason}; trying again in ${(heard.retryInMs / 1000).toFixed(1)} s`)];
  }
  if (heard.name === "info") return welcome(heard.data).map(printable);
  const news = newsOf(heard);
  return news === undefined ? [] : [news];
}

/** What has happened at the proxy, the feed or a market. */
export function newsOf(heard: Heard): string | undefined {
  if (heard.kind === "lost" || heard.name === "info" || heard.name === "message") return undefined;
  return printable(String(heard.data.message ?? heard.data.reason));
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
