import { z } from "zod";

type JsonSchema = Record<string, unknown>;

/** JSON schemas of the schemas of zod, those that have a name once and referred to everywhere else. */
export interface JsonSchemas {
  /** By name, as they stand under `components`. */
  readonly named: Readonly<Record<string, JsonSchema>>;
  /** A reference, where the schema has a name. */
  of(schema: z.ZodType): JsonSchema;
}

/** What is read is described as it comes in, before anything is made of it. */
const INPUT = { io: "input" } as const;

export function jsonSchemas(schemas: Readonly<Record<string, z.ZodType>>): JsonSchemas {
  const names = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) names.add(schema, { id });
  const named = z.toJSONSchema(names, { ...INPUT, uri: referenceTo }).schemas;
  return {
    named: Object.fromEntries(Object.entries(named).map(([id, schema]) => [id, alone(schema)])),
    of(schema) {
      const { id } = names.get(schema) ?? {};
      return id === undefined ? alone(z.toJSONSchema(schema, INPUT)) : { $ref: referenceTo(id) };
    },
  };
}

function referenceTo(id: string): string {
  return `#/components/schemas/${id}`;
}

/** Without what a schema that stands alone says of itself. */
function alone({ $schema: _, $id: __, "~standard": ___, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
