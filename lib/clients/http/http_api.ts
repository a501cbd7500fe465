import { getLogger } from "@logtape/logtape";
import type { Traffic } from "../traffic.ts";
import type { HttpCall, Turn } from "./http_call.ts";
import { errorResponse, type HttpError, isHttpError } from "./http_error.ts";
import type { Begun, PeerTurns } from "./peer_turns.ts";
import type { PathMatch } from "./query.ts";
import type { HttpRoute, ReadRequest } from "./route.ts";

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
  readonly turns: PeerTurns;
  readonly traffic: Traffic;
}

const log = getLogger(["clients"]);

/** Routes behind the limits that commands of the JSON wire have: units of work for each address, and turns. */
export function createHttpApi(routes: readonly HttpRoute[], options: HttpApiOptions): HttpApi {
  const { traffic, turns } = options;

  function find(path: string): { readonly route: HttpRoute; readonly match: PathMatch } | undefined {
    for (const route of routes) {
      const match = route.match(path);
      if (match !== undefined) return { route, match };
    }
  }

  return {
    paths: routes.map(({ path }) => path),
    serves: (path) => find(path) !== undefined,
    async answer(call) {
      const { route, match } = find(call.path)!;
      const count = (outcome: { code?: string; status?: string }) => traffic.command(route.path, outcome);
      const refused = (error: HttpError) => {
        count(error);
        return errorResponse(error);
      };
      return await turns.begin(call.peer, begin) ?? refused(TOO_MANY);

      function begin(): Begun<Response> {
        const read = route.read(call.query, match);
        const units = isHttpError(read) ? 1 : read.units;
        if (!turns.take(call.peer, units)) return { units: 1, answer: Promise.resolve(refused(TOO_MANY)) };
        if (isHttpError(read)) return { units: 1, answer: Promise.resolve(refused(read)) };
        return { units: route.inPieces ? 1 : units, answer: answered(read) };
      }

      async function answered(read: ReadRequest): Promise<Response> {
        const turn: Turn = (units, piece) => turns.turn(call.peer, units, piece);
        const response = await read.run({ ...call, turn }).catch((error) => {
          log.error("a fault of the proxy at {path}; please report it: {error}", { path: route.path, error });
          return errorResponse(INTERNAL);
        });
        count({ status: response.status < 400 ? "success" : "error" });
        return response;
      }
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
