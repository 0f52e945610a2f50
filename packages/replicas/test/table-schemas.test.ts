import { join } from "node:path";
import { schemaIdOf, schemaRecord, schemasTopic } from "@footfall/changes";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { temporaryFolder } from "@footfall/testkit";
import { expect, it, onTestFinished } from "vitest";
import { TableSchemas } from "../src/table-schemas.ts";

it("finds schemas as they come, past what is none", async () => {
  const folder = await temporaryFolder();
  const log = await openEmbeddedLog({ folder: join(folder.path, "log") });
  onTestFinished(async () => {
    await log.close();
    await folder.remove();
  });
  const schemaOf = (table: string) => ({
    schema: "public",
    table,
    columns: [{ name: "id", type: "integer", isNullable: false }],
    primaryKey: ["id"],
  });
  const [a, b] = [schemaOf("a"), schemaOf("b")];
  const schemas = new TableSchemas(log);
  expect(await schemas.find(schemaIdOf(a))).toBeUndefined();
  await log.createTopic({ name: schemasTopic, partitions: 2 });
  await log.append(schemasTopic, [{ key: "x", value: Buffer.from("{") }, schemaRecord(a), { key: "y", value: null }]);
  expect(await schemas.find(schemaIdOf(a))).toEqual(a);
  expect(await schemas.find(schemaIdOf(b))).toBeUndefined();
  await log.append(schemasTopic, [schemaRecord(b)]);
  expect(await schemas.find(schemaIdOf(b))).toEqual(b);
  expect(await schemas.find("x")).toBeUndefined();
});
