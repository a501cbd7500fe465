import { asyncApiRoute } from "./asyncapi.ts";
import { chainRoute } from "./chain.ts";
import { eventsRoute } from "./events.ts";
import { createHttpApi, type HttpApi } from "./http_api.ts";
import { instrumentRoute, searchRoute } from "./instruments.ts";
import { openApiRoute } from "./openapi.ts";
import { quotesRoute } from "./quotes.ts";
import type { HttpSources } from "./sources.ts";
import { statusRoute } from "./status.ts";

/** All that can be asked for over HTTP. */
export function createRoutes(sources: HttpSources): HttpApi {
  const routes = [quotesRoute, chainRoute, eventsRoute, searchRoute, instrumentRoute, statusRoute]
    .map((route) => route(sources));
  const { version } = sources.status();
  routes.push(openApiRoute(() => routes, version), asyncApiRoute(version));
  return createHttpApi(routes, sources);
}
