import { createLogger, openWriteKeys } from "@footfall/runtime";
import { temporaryFolder } from "@footfall/testkit";
import { expect, it, onTestFinished } from "vitest";
import { historicKey } from "../../scripts/historic-key.ts";

it("takes the historic key of the storage folder, and the demo's where there is none", async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  expect(await historicKey(folder.path)).toBe("demo-historic");
  const logger = createLogger({ name: "test", level: "silent" });
  const keys = await openWriteKeys({ file: "", storageDir: folder.path, logger });
  const key = await historicKey(folder.path);
  expect(keys.get(key)).toMatchObject({ tenant: "demo", isHistoric: true });
  expect(await historicKey(folder.path, "other")).toBe("demo-historic");
});
