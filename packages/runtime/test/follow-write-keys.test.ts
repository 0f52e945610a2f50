import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogger, type FollowedWriteKeys, followWriteKeys, Registry } from "../src/index.ts";

const logger = createLogger({ name: "test", level: "silent" });
const [a, b] = [
  { key: "key-a", tenant: "a", origins: ["https://a.example"] },
  { key: "key-b", tenant: "b", origins: ["https://b.example"] },
];

describe("followWriteKeys", () => {
  let file: string;
  let registry: Registry;
  let followed: FollowedWriteKeys;
  let changes: number;
  const cleanUps: (() => Promise<unknown>)[] = [];

  /** As an operator's tools do: whole, by another name first. */
  async function write(content: unknown): Promise<void> {
    await writeFile(`${file}.new`, typeof content === "string" ? content : JSON.stringify(content));
    await rename(`${file}.new`, file);
  }
  const warnings = () => followed.service.warnings!();

  beforeEach(async () => {
    const folder = await temporaryFolder();
    file = join(folder.path, "keys.json");
    registry = new Registry();
    changes = 0;
    await write([a]);
    followed = await followWriteKeys({ file, storageDir: folder.path, logger, registry, intervalMs: 5 });
    followed.onChange(() => (changes += 1));
    cleanUps.push(
      () => folder.remove(),
      () => followed.service.stop(),
    );
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  it("takes keys and origins that are added, changed and removed, and leaves the others the same objects", async () => {
    const { keys } = followed;
    const before = keys.get("key-a");
    await write([a, b]);
    await waitFor(() => keys.has("key-b"));
    expect(keys.get("key-a")).toBe(before);
    await write([{ ...a, origins: ["https://new.example"] }, b]);
    await waitFor(() => keys.get("key-a") !== before);
    expect(keys.get("key-a")?.origins).toEqual(["https://new.example"]);
    await write([b]);
    await waitFor(() => !keys.has("key-a"));
    expect([...keys.keys()]).toEqual(["key-b"]);
    expect(changes).toBe(3);
    expect(warnings()).toEqual([]);
  });

  it("keeps the keys before a broken file, or none, and tells it once until it is mended", async () => {
    const errors = async () => (await registry.getSingleMetric("footfall_errors_total")!.get()).values;
    await write('[{"key": "key-a"');
    await waitFor(() => warnings().length === 1);
    expect(warnings()[0]).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining(file) });
    expect([...followed.keys.keys()]).toEqual(["key-a"]);
    expect(await errors()).toEqual([{ labels: { app: "write-keys", code: "CONFIG_INVALID" }, value: 1 }]);
    await rm(file);
    await waitFor(() => warnings()[0]?.message.includes("ENOENT"));
    expect([...followed.keys.keys()]).toEqual(["key-a"]);
    expect(followed.service.health()).toEqual([]);
    expect(changes).toBe(0);
    await write([b]);
    await waitFor(() => followed.keys.has("key-b"));
    expect(warnings()).toEqual([]);
  });
});
