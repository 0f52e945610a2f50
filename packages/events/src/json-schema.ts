import type { TSchema } from "@sinclair/typebox";
import { ClickEventSchema } from "./click-event.ts";

/** A JSON Schema document (draft 2020-12, which OpenAPI 3.1 shares). */
export type JsonSchema = Readonly<Record<string, unknown>>;

export const clickEventJsonSchema: JsonSchema = toJsonSchema(ClickEventSchema);

/** A TypeBox schema is JSON Schema but for its symbol keys, which JSON leaves out. */
function toJsonSchema(schema: TSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}
