import { z } from "zod";
import { nearestName } from "../../util/nearest_name.ts";
import { show } from "../json/show.ts";
import type { HttpError } from "./http_error.ts";

/** Schemas of parameters, by name. */
export type Shape = Readonly<Record<string, z.ZodType>>;

/** The values of a path's parameters, by name. */
export type PathMatch = Readonly<Record<string, string>>;

/** What is read by schemas of a query and of a path. */
export type Input<Query extends Shape, Path extends Shape> =
  & { [Name in keyof Query]: z.output<Query[Name]> }
  & { [Name in keyof Path]: z.output<Path[Name]> };

/** Where an access token may stand; the server reads it, every route takes it. */
const TOKEN = "token";

/** Reads the parameters of a request. */
export type QueryReader<Query extends Shape, Path extends Shape> = (
  query: URLSearchParams,
  match: PathMatch,
) => Input<Query, Path> | HttpError;

/**
 * Reads the parameters of one route's requests: those of the query, and those in the path. A list is separated by commas, or
 * its parameter is there several times. Made once for each route: zod compiles a schema for its first value, which takes ten
 * times as long as the value.
 *
 * @param route For the messages.
 */
export function queryReader<Query extends Shape, Path extends Shape>(
  route: string,
  shape: { readonly query: Query; readonly path: Path },
): QueryReader<Query, Path> {
  const known = Object.keys(shape.query);
  const takes = new Map(Object.entries(shape.query).map(([name, schema]) => [name, takenAs(schema)]));
  const schema = z.object({ ...shape.query, ...shape.path });
  return (query, match) => {
    const given: Record<string, unknown> = {};
    for (const name of new Set(query.keys())) {
      if (name === TOKEN) continue;
      const as = takes.get(name);
      if (as === undefined) return unknownParameter(route, name, known, query.get(name)!);
      const texts = query.getAll(name);
      if (as === "list") given[name] = texts.flatMap((text) => text.split(",")).map((text) => text.trim());
      else if (texts.length > 1) return bad(`${show(name)} is there ${texts.length} times`);
      else given[name] = as === "number" ? numberIn(texts[0]!) : texts[0];
    }
    const read = schema.safeParse({ ...given, ...match });
    if (read.success) return read.data as Input<Query, Path>;
    const { path, message } = read.error.issues[0]!;
    return bad(`${show(path[0])} ${message}`);
  };
}

function bad(message: string): HttpError {
  return { http: 400, code: "bad_query", message };
}

function unknownParameter(route: string, name: string, known: readonly string[], value: string): HttpError {
  const nearest = nearestName(name, known);
  const hint = nearest !== undefined
    ? `; did you mean ${show(nearest)}?`
    : value === ""
    ? ". Within a name, & is written %26."
    : ".";
  const takes = known.length === 0 ? "It takes none" : `It takes ${known.map(show).join(", ")}`;
  return bad(`${route} has no parameter ${show(name)}${hint} ${takes}`);
}

/** What a schema is of, when the parameter is there. */
function inner(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault
    ? inner(schema.unwrap() as z.ZodType)
    : schema;
}

export function isList(schema: z.ZodType): boolean {
  return inner(schema) instanceof z.ZodArray;
}

function takenAs(schema: z.ZodType): "list" | "number" | "text" {
  if (isList(schema)) return "list";
  return inner(schema) instanceof z.ZodNumber ? "number" : "text";
}

/** The text itself where it is no number, for the schema to refuse. */
function numberIn(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
