import type { z } from "zod";
import { decoded } from "../../util/decoded.ts";
import type { RoutedCall } from "./http_call.ts";
import { type HttpError, isHttpError } from "./http_error.ts";
import { type Input, type PathMatch, queryReader, type Shape } from "./query.ts";

/** Schemas of answers, by media type. */
export type Answers = Readonly<Record<string, z.ZodType>>;

/** One thing that can be asked for: what it takes, what it costs, what it answers. */
export interface RouteDefinition<Query extends Shape, Path extends Shape> {
  /** With parameters as `{name}`, each a whole part of it. */
  readonly path: string;
  readonly summary: string;
  /** Parameters of the query beside `token`; others are refused. */
  readonly query: Query;
  readonly pathParameters?: Path;
  /** What is answered with 200, by media type; for the description. */
  readonly answers: Answers;
  /** What the parameters have to be together; a sentence about what is wrong. */
  readonly check?: (input: Input<Query, Path>) => string | undefined;
  /** Units of work, one being some 50 µs; 1 when undefined. */
  readonly units?: (input: Input<Query, Path>) => number;
  /** It is answered in pieces, by turns of its own. */
  readonly inPieces?: boolean;
  readonly answer: (
    input: Input<Query, Path>,
    call: RoutedCall,
  ) => Response | Promise<Response>;
}

/** A request whose parameters were read. */
export interface ReadRequest {
  readonly units: number;
  run(call: RoutedCall): Promise<Response>;
}

/** A row of the table of routes. */
export interface HttpRoute {
  readonly path: string;
  readonly summary: string;
  readonly query: Shape;
  readonly pathParameters: Shape;
  readonly answers: Answers;
  readonly inPieces: boolean;
  /** The parameters of a path that is this route's; undefined for another path. */
  match(path: string): PathMatch | undefined;
  read(query: URLSearchParams, match: PathMatch): ReadRequest | HttpError;
}

/** Joins the schemas and the handler of a route; the handler's input type is inferred from them. */
export function defineRoute<Query extends Shape, Path extends Shape = Record<never, never>>(
  definition: RouteDefinition<Query, Path>,
): HttpRoute {
  const { path, summary, query, answers, check, units, inPieces = false, answer } = definition;
  const pathParameters = definition.pathParameters ?? ({} as Path);
  const readParameters = queryReader(path, { query, path: pathParameters });
  return {
    path,
    summary,
    query,
    pathParameters,
    answers,
    inPieces,
    match: (given) => matchOf(path, given),
    read(given, match) {
      const input = readParameters(given, match);
      if (isHttpError(input)) return input;
      const wrong = check?.(input);
      if (wrong !== undefined) return { http: 400, code: "bad_query", message: wrong };
      return {
        units: units?.(input) ?? 1,
        // What is thrown becomes a rejection, however early it is thrown.
        run: async (call) => await answer(input, call),
      };
    },
  };
}

function matchOf(pattern: string, path: string): PathMatch | undefined {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return undefined;
  const found: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    if (name === undefined) {
      if (part !== given[i]) return undefined;
    } else found[name] = decoded(given[i]!);
  }
  return found;
}
