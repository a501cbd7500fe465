/** What must not be overlooked, worst first. */

import { istTime } from "./format.js";

/** @param rows How many instruments are listed. @returns Each with `id`, `level`, `title`, `text`; errors of commands with `code` and the `error` itself. */
function noticesOf(feed, rows) {
  const notices = [];
  const { allStale, link, locked, trouble, shutdown, errors, markets } = feed;
  if (shutdown !== undefined) {
    notices.push({
      id: "shutdown",
      level: "bad",
      title: shutdown.text,
      text: `at ${istTime(shutdown.at)} IST. The page comes back by itself when the proxy does.`,
    });
  } else if (!locked && (link.kind === "lost" || (link.kind === "connecting" && link.attempt > 1))) {
    notices.push({
      id: "lost",
      level: "bad",
      title: "No connection to the proxy",
      text: (link.reason ? `(${link.reason.slice(0, 100)}) ` : "") +
        (rows > 0 ? "The prices below are old." : "Is it running? deno task demo needs no account."),
    });
  }
  if (link.kind === "open") {
    if (trouble !== undefined) {
      notices.push({
        id: "trouble",
        level: "bad",
        title: trouble.refused ? "Refused by the broker" : "Feed down",
        text: trouble.text,
      });
    }
    const stale = [...markets].filter(([, market]) => market.stale).map(([name]) => name.toUpperCase());
    if (trouble === undefined && (allStale || stale.length > 0)) {
      notices.push({
        id: "stale",
        level: "warn",
        title: "Old prices",
        text: allStale ? "The feed has gone quiet." : `${stale.join(", ")} is open, and its feed is not up.`,
      });
    }
  }
  for (const error of errors) {
    notices.push({ id: error, level: "bad", title: "Error", text: error.text, code: error.code, error });
  }
  return notices;
}

export { noticesOf };
