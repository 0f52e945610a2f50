import { expect, it } from "vitest";
import { eventSchemaPage } from "../../scripts/generate-docs/event-schema-page.ts";
import { readProjectFile } from "./project-files.ts";

it("docs/event-schema.md is what the schema generates; run `npm run docs` to renew it", () => {
  expect(readProjectFile("docs/event-schema.md")).toBe(eventSchemaPage());
});
