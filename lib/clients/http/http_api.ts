import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../util/clock.ts";
import type { Limits } from "../../config/limits.ts";
import { RateLimits } from "../../util/rate_limits.ts";
import type { Traffic } from "../traffic.ts";
import type { WorkQueue } from "../work_queue.ts";
import type { HttpCall } from "./http_call.ts";
import { errorResponse, type HttpError, isHttpError } from "./http_error.ts";
import type { PathMatch } from "./query.ts";
import type { HttpRoute } from "./route.ts";

/** What can be asked for over HTTP. */
export interface HttpApi {
  /** Paths of the routes, a parameter in them as `{name}`. */
  readonly paths: readonly string[];
  /** Whether a path is one of them. */
  serves(path: string): boolean;
  /** @param call Its path is one of them. The promise never rejects for what was asked. */
  answer(call: HttpCall): Promise<Response>;
}

export interface HttpApiOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly work: WorkQueue;
  readonly traffic: Traffic;
}

/** So much work at once as is allowed in this many seconds: a workbook asks for all its tables together. */
const BURST_SECONDS = 50;

/** Addresses whose rate is remembered. */
const MAX_PEERS = 10_000;

/** Requests of one address that may wait for their turn. */
const MAX_WAITING = 100;

const log = getLogger(["clients"]);

/** Routes behind the limits that commands of the JSON wire have: units of work for each address, and turns. */
export function createHttpApi(routes: readonly HttpRoute[], options: HttpApiOptions): HttpApi {
  const { clock, limits: { commandsPerSecond }, work, traffic } = options;
  const budgets = new RateLimits(clock, commandsPerSecond, commandsPerSecond * BURST_SECONDS, MAX_PEERS);

  function find(path: string): { readonly route: HttpRoute; readonly match: PathMatch } | undefined {
    for (const route of routes) {
      const match = route.match(path);
      if (match !== undefined) return { route, match };
    }
  }

  /** Waits for the peer's turn, and does in it what the route does before it waits for anything. */
  function inTurn(peer: string, units: number, run: () => Promise<Response>): Promise<Response> {
    // Clients are objects in the queue, so a text is nobody's but this address's.
    if (work.waiting(peer) >= MAX_WAITING) return Promise.resolve(errorResponse(TOO_MANY));
    return new Promise((resolve, reject) =>
      work.add(peer, () => {
        run().then(resolve, reject);
        return units;
      })
    );
  }

  return {
    paths: routes.map(({ path }) => path),
    serves: (path) => find(path) !== undefined,
    async answer(call) {
      const { route, match } = find(call.path)!;
      const count = (outcome: { code?: string; status?: string }) => traffic.command(route.path, outcome);
      const read = route.read(call.query, match);
      const units = isHttpError(read) ? 1 : read.units;
      if (!budgets.take(call.peer, units)) {
        count(TOO_MANY);
        return errorResponse(TOO_MANY);
      }
      if (isHttpError(read)) {
        count(read);
        return errorResponse(read);
      }
      const response = await inTurn(call.peer, units, () => read.run(call)).catch((error) => {
        log.error("a fault of the proxy at {path}; please report it: {error}", { path: route.path, error });
        return errorResponse(INTERNAL);
      });
      count({ status: response.status < 400 ? "success" : "error" });
      return response;
    },
  };
}

const INTERNAL: HttpError = {
  http: 500,
  code: "internal",
  message: "The proxy failed at this request; see its log",
};

const TOO_MANY: HttpError = {
  http: 429,
  code: "rate_limited",
  message: "Too many requests; ask less often, and name many instruments in one request",
  headers: { "retry-after": "1" },
};
