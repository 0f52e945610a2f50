import { mkdir } from "node:fs/promises";
import { statfsSync } from "node:fs";
import { temporaryFolder } from "@footfall/testkit";
import { expect, it } from "vitest";
import { measureStorage, Registry, storageFolders } from "../src/index.ts";

it("shows the disk of each folder that is there, and none of one that is not", async () => {
  const folder = await temporaryFolder();
  try {
    const registry = new Registry();
    const folders = storageFolders(folder.path);
    measureStorage(registry, folders);
    const lines = async (): Promise<string[]> =>
      (await registry.metrics()).split("\n").filter((line) => line.startsWith("footfall_storage_"));
    expect(await lines()).toEqual([]);
    await mkdir(folders.spool);
    const shown = new Map((await lines()).map((line) => line.split(" ") as [string, string]));
    expect([...shown.keys()]).toEqual([
      'footfall_storage_free_bytes{folder="spool"}',
      'footfall_storage_size_bytes{folder="spool"}',
    ]);
    const { blocks, bsize } = statfsSync(folders.spool);
    const size = Number(shown.get('footfall_storage_size_bytes{folder="spool"}'));
    expect(size).toBe(blocks * bsize);
    expect(Number(shown.get('footfall_storage_free_bytes{folder="spool"}'))).toBeLessThanOrEqual(size);
  } finally {
    await folder.remove();
  }
});
