import { expect, it } from "vitest";
import { clickEventJsonSchema } from "../src/index.ts";

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
