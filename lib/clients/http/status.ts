import { feedReport } from "../../status/proxy_status.ts";
import { jsonResponse } from "./responses.ts";
import { defineRoute, type HttpRoute } from "./route.ts";
import { statusAnswer } from "./schemas/status.ts";
import type { HttpSources } from "./sources.ts";

/** How the feed and the markets stand. */
export function statusRoute({ budget, clock, status }: HttpSources): HttpRoute {
  return defineRoute({
    path: "/status",
    summary: "How the feed and the markets stand",
    query: {},
    answers: { "application/json": statusAnswer },
    units: () => 5,
    answer() {
      const current = status();
      return jsonResponse({
        status: "success",
        source: current.source,
        version: current.version,
        as_of: clock.now(),
        ...feedReport(current),
        budget: budget.current(),
      });
    },
  });
}
