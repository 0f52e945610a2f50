import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@footfall/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  allowsOrigin,
  createLogger,
  demoWriteKeys,
  openWriteKeys,
  pageKeyOf,
  readStoredWriteKeys,
  saveWriteKeys,
} from "../src/index.ts";

const logger = createLogger({ name: "test", level: "silent" });

async function emptyStorage(): Promise<string> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  return folder.path;
}

describe("openWriteKeys", () => {
  it("makes a page key and a historic one at the first start, and reads them at the next", async () => {
    const storageDir = await emptyStorage();
    expect(await readStoredWriteKeys(storageDir)).toBeUndefined();
    const keys = await openWriteKeys({ file: "", storageDir, logger });
    expect([...keys.values()].map(({ isHistoric }) => isHistoric)).toEqual([false, true]);
    expect([...keys.keys()].filter((key) => key.length < 20 || demoWriteKeys.has(key))).toEqual([]);
    const { origins } = pageKeyOf(keys);
    expect([allowsOrigin(origins, "http://localhost:8080"), allowsOrigin(origins, "https://x.example")]).toEqual([
      true,
      false,
    ]);
    expect(await openWriteKeys({ file: "", storageDir, logger })).toEqual(keys);
    expect(await readStoredWriteKeys(storageDir)).toEqual(keys);
    expect((await stat(join(storageDir, "keys", "write-keys.json"))).mode & 0o777).toBe(0o600);
  });

  it("gives the same keys to apps that start at once", async () => {
    const storageDir = await emptyStorage();
    const all = await Promise.all(Array.from({ length: 8 }, () => openWriteKeys({ file: "", storageDir, logger })));
    expect(new Set(all.flatMap((keys) => [...keys.keys()])).size).toBe(2);
    expect(await readdir(join(storageDir, "keys"))).toEqual(["write-keys.json"]);
  });

  it("keeps keys that are there", async () => {
    const storageDir = await emptyStorage();
    expect(await saveWriteKeys(storageDir, demoWriteKeys.values())).toBe(true);
    expect(await saveWriteKeys(storageDir, [])).toBe(false);
    expect(await openWriteKeys({ file: "", storageDir, logger })).toEqual(demoWriteKeys);
  });
});
