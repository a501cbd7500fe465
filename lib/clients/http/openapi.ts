import { z } from "zod";
import * as schemas from "./answer_schemas.ts";
import { isList } from "./query.ts";
import { keptJson } from "./responses.ts";
import { defineRoute, type HttpRoute } from "./route.ts";

/** The description changes with the program alone. */
const KEEP_SECONDS = 3600;

/** Schemas of answers that have a name in the description. */
const NAMED = {
  Level: schemas.level,
  Quote: schemas.quote,
  QuoteWithoutPrice: schemas.quoteWithoutPrice,
  RefusedQuote: schemas.refusedQuote,
  Quotes: schemas.quotesAnswer,
  Instrument: schemas.instrumentRow,
  Search: schemas.searchAnswer,
  InstrumentAnswer: schemas.instrumentAnswer,
  Status: schemas.statusAnswer,
  Error: schemas.errorAnswer,
};

/** Describes all routes, itself as well, for programs that make clients or forms of it. */
export function openApiRoute(routes: () => readonly HttpRoute[], version: string): HttpRoute {
  return defineRoute({
    path: "/openapi.json",
    summary: "This description: OpenAPI 3.1",
    query: {},
    answers: { "application/json": z.record(z.string(), z.unknown()) },
    units: () => 20,
    answer: (_, call) => keptJson(call, openApi(routes(), version), KEEP_SECONDS),
  });
}

/** The description of some routes, made from the schemas by which they read their parameters. */
export function openApi(routes: readonly HttpRoute[], version: string): Record<string, unknown> {
  const names = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) names.add(schema, { id });
  const named = z.toJSONSchema(names, { io: "input", uri: referenceTo }).schemas;
  const ids = new Map<z.ZodType, string>(Object.entries(NAMED).map(([id, schema]) => [schema, id]));
  return {
    openapi: "3.1.1",
    info: {
      title: "SmartAPI WebSocket proxy",
      version,
      description: "Market data of one Angel One SmartAPI login. Nothing can be ordered or changed. " +
        "Times are ms since 1970, prices rupees (points for indices). HEAD is answered wherever GET is.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    // Needed only where the owner has set access tokens.
    security: [{}, { bearer: [] }, { token: [] }],
    paths: Object.fromEntries(routes.map((route) => [route.path, { get: operation(route, ids) }])),
    components: {
      schemas: Object.fromEntries(Object.entries(named).map(([id, schema]) => [id, plain(schema)])),
      responses: {
        Error: {
          description: "What was wrong, and what would do",
          content: jsonContent(referenceTo("Error")),
        },
      },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        token: {
          type: "apiKey",
          in: "query",
          name: "token",
          description: "for programs that send no headers",
        },
      },
    },
  };
}

function referenceTo(id: string): string {
  return `#/components/schemas/${id}`;
}

function jsonContent(reference: string): Record<string, unknown> {
  return { "application/json": { schema: { $ref: reference } } };
}

function operation(
  { path, summary, query, pathParameters, answers }: HttpRoute,
  ids: ReadonlyMap<z.ZodType, string>,
): Record<string, unknown> {
  const content = Object.entries(answers).map(([type, schema]) => {
    const id = ids.get(schema);
    return [type, { schema: id === undefined ? jsonSchema(schema) : { $ref: referenceTo(id) } }];
  });
  return {
    operationId: /\w+/.exec(path)![0],
    summary,
    parameters: [
      ...Object.entries(pathParameters).map(([name, schema]) => parameter("path", name, schema)),
      ...Object.entries(query).map(([name, schema]) => parameter("query", name, schema)),
    ],
    responses: {
      200: { description: summary, content: Object.fromEntries(content) },
      default: { $ref: "#/components/responses/Error" },
    },
  };
}

function parameter(place: "path" | "query", name: string, schema: z.ZodType): Record<string, unknown> {
  const { description, ...type } = jsonSchema(schema);
  return {
    name,
    in: place,
    required: place === "path" || !schema.safeParse(undefined).success,
    description,
    ...isList(schema) ? { style: "form", explode: false } : {},
    schema: type,
  };
}

function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  return plain(z.toJSONSchema(schema, { io: "input" }));
}

/** Without what a schema that stands alone says of itself. */
function plain({ $schema: _, $id: __, "~standard": ___, ...schema }: Record<string, unknown>) {
  return schema;
}
