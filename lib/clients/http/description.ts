import { z } from "zod";
import { keptJson } from "./responses.ts";
import { defineRoute, type HttpRoute } from "./route.ts";

/** A description changes with the program alone. */
const KEEP_SECONDS = 3600;

/** A route that answers with a description. It is made at the first request. */
export function descriptionRoute(
  about: { readonly path: string; readonly summary: string },
  describe: () => Record<string, unknown>,
): HttpRoute {
  let description: Record<string, unknown> | undefined;
  return defineRoute({
    ...about,
    query: {},
    answers: { "application/json": z.record(z.string(), z.unknown()) },
    units: () => 20,
    answer: (_, call) => keptJson(call, description ??= describe(), KEEP_SECONDS),
  });
}
