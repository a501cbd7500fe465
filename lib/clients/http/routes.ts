import { asyncApiRoute } from "./asyncapi.ts";
import { chainRoute } from "./chain.ts";
import { eventsRoute } from "./events.ts";
import { candlesRoute } from "./candles.ts";
import { createHttpApi, type HttpApi } from "./http_api.ts";
import { instrumentRoute, searchRoute } from "./instruments.ts";
import { openApiRoute } from "./openapi.ts";
import { quotesRoute } from "./quotes.ts";
import { recordingsRoute } from "./recordings.ts";
import type { HttpSources } from "./sources.ts";
import { udfRoutes } from "./udf.ts";
import { statusRoute } from "./status.ts";

/** All that can be asked for over HTTP. */
export function createRoutes(sources: HttpSources): HttpApi {
  const routes = [
    quotesRoute,
    candlesRoute,
    chainRoute,
    eventsRoute,
    searchRoute,
    instrumentRoute,
    recordingsRoute,
    statusRoute,
  ]
    .map((route) => route(sources));
  routes.push(...udfRoutes(sources));
  const { version } = sources.status();
  routes.push(openApiRoute(() => routes, version), asyncApiRoute(version));
  return createHttpApi(routes, sources);
}
