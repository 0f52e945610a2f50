import { writeFile } from "node:fs/promises";
import { configPage, environmentExample, knownVariablesSource } from "./generate-docs/config-page.ts";
import { errorsPage } from "./generate-docs/errors-page.ts";
import { eventSchemaPage } from "./generate-docs/event-schema-page.ts";

/** `npm run docs`: writes the pages whose source is code. A test holds them equal. */
const pages: Readonly<Record<string, string>> = {
  "docs/errors.md": errorsPage(),
  "docs/event-schema.md": eventSchemaPage(),
  "docs/config.md": await configPage(),
  ".env.example": await environmentExample(),
  "packages/runtime/src/known-variables.ts": await knownVariablesSource(),
};

for (const [path, text] of Object.entries(pages)) {
  await writeFile(new URL(`../${path}`, import.meta.url), text);
  console.log(`wrote ${path}`);
}
