import { recordingsAnswer } from "./schemas/recordings.ts";
import { jsonResponse } from "./responses.ts";
import { defineRoute, type HttpRoute } from "./route.ts";
import type { HttpSources } from "./sources.ts";

/** The days that can be replayed. */
export function recordingsRoute({ recordedDays }: HttpSources): HttpRoute {
  return defineRoute({
    path: "/recordings",
    summary: "The recorded days, which /replay gives again",
    query: {},
    answers: { "application/json": recordingsAnswer },
    units: () => 5,
    async answer() {
      const days = await recordedDays?.() ?? [];
      return jsonResponse({
        status: "success",
        message: days.length === 1 ? "1 recording" : `${days.length} recordings`,
        data: days.map(({ date, source, bytes }) => ({ date, recorded: source, bytes })),
      });
    },
  });
}
