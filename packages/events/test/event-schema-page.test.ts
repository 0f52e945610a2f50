import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { eventSchemaPage } from "../../../scripts/generate-docs/event-schema-page.ts";
import { clickEventJsonSchema } from "../src/index.ts";

it("docs/event-schema.md is what the schema generates; run `npm run docs` to renew it", () => {
  const page = readFileSync(new URL("../../../docs/event-schema.md", import.meta.url), "utf8");
  expect(page).toBe(eventSchemaPage());
});

it("every field says what it is", () => {
  const describe = (schema: object): string[] =>
    Object.entries((schema as { properties?: Record<string, Record<string, unknown>> }).properties ?? {}).flatMap(
      ([name, property]) => [...(property["description"] ? [] : [name]), ...describe(property)],
    );
  expect(describe(clickEventJsonSchema)).toEqual([]);
});

it("the JSON Schema export is plain JSON with the names listed", () => {
  expect(clickEventJsonSchema).toMatchObject({
    type: "object",
    additionalProperties: false,
    properties: { name: { enum: expect.arrayContaining(["purchase"]) as unknown } },
  });
});
