import { z } from "zod";
import { candle } from "../json/schemas/candles.ts";
import { level } from "../json/schemas/fields.ts";
import { descriptionRoute } from "./description.ts";
import { type JsonSchemas, jsonSchemas } from "./json_schemas.ts";
import { isList } from "./query.ts";
import type { HttpRoute } from "./route.ts";
import { candlesAnswer, candlesRow } from "./schemas/candles.ts";
import { chainAnswer, chainSide } from "./schemas/chain.ts";
import { instrumentAnswer, instrumentRow, searchAnswer } from "./schemas/instruments.ts";
import { quote, quotesAnswer, quoteWithoutPrice, refusedQuote } from "./schemas/quotes.ts";
import { recordingsAnswer } from "./schemas/recordings.ts";
import { errorAnswer, statusAnswer } from "./schemas/status.ts";
import { udfBars, udfSymbol } from "./schemas/udf.ts";

/** Schemas of answers that have a name in the description. */
const NAMED = {
  Level: level,
  Quote: quote,
  QuoteWithoutPrice: quoteWithoutPrice,
  RefusedQuote: refusedQuote,
  Quotes: quotesAnswer,
  ChainSide: chainSide,
  Chain: chainAnswer,
  Candle: candle,
  CandlesRow: candlesRow,
  Candles: candlesAnswer,
  Instrument: instrumentRow,
  Search: searchAnswer,
  InstrumentAnswer: instrumentAnswer,
  UdfSymbol: udfSymbol,
  UdfBars: udfBars,
  Recordings: recordingsAnswer,
  Status: statusAnswer,
  Error: errorAnswer,
};

/** Describes all routes, itself as well, for programs that make clients or forms of it. */
export function openApiRoute(routes: () => readonly HttpRoute[], version: string): HttpRoute {
  const about = { path: "/openapi.json", summary: "This description: OpenAPI 3.1" };
  return descriptionRoute(about, () => openApi(routes(), version));
}

/** The description of some routes, made from the schemas by which they read their parameters. */
export function openApi(routes: readonly HttpRoute[], version: string): Record<string, unknown> {
  const schemas = jsonSchemas(NAMED);
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
    paths: Object.fromEntries(routes.map((route) => [route.path, { get: operation(route, schemas) }])),
    components: {
      schemas: schemas.named,
      responses: {
        Error: {
          description: "What was wrong, and what would do",
          content: { "application/json": { schema: schemas.of(errorAnswer) } },
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

function operation(
  { path, summary, query, pathParameters, answers }: HttpRoute,
  schemas: JsonSchemas,
): Record<string, unknown> {
  const content = Object.entries(answers).map(([type, schema]) => [type, { schema: schemas.of(schema) }]);
  return {
    operationId: path.replace(/\{.*?\}|\.json$/g, "").match(/\w+/g)!.join("_"),
    summary,
    parameters: [
      ...Object.entries(pathParameters).map(([name, schema]) => parameter("path", name, schema, schemas)),
      ...Object.entries(query).map(([name, schema]) => parameter("query", name, schema, schemas)),
    ],
    responses: {
      200: { description: summary, content: Object.fromEntries(content) },
      default: { $ref: "#/components/responses/Error" },
    },
  };
}

function parameter(
  place: "path" | "query",
  name: string,
  schema: z.ZodType,
  schemas: JsonSchemas,
): Record<string, unknown> {
  const { description, ...type } = schemas.of(schema);
  return {
    name,
    in: place,
    required: place === "path" || !schema.safeParse(undefined).success,
    description,
    ...isList(schema) ? { style: "form", explode: false } : {},
    schema: type,
  };
}
